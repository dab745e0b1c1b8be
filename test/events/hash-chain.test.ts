/** Each commit's hash covers the one before it, so a stream cannot be changed anywhere without it showing in its head. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyStream } from '../../lib/events/event.ts';
import { newCommit } from '../../lib/events/new-commit.ts';
import { type Commit, commitAfter, commitHash, decodeCommit, stateAfter } from '../../lib/events/stored-commit.ts';
import { readGoldenCommits } from '../golden/read-golden.ts';
import { logSeed, seed } from '../seed.ts';
import { group, streamState, timestamp, validEvents, validName } from './arbitraries.ts';

logSeed();

/** The documented hash, made again from the documentation: text put together by hand, then SHA-256. */
function hashByHand(previousHash: string, commit: Omit<Commit, 'hash'>): string {
  const quoted = (text: string) => JSON.stringify(text);
  const members = commit.group?.map(({ streamId, version }) => `[${quoted(streamId)},${version}]`).join(',');
  const parts = [
    quoted(previousHash),
    '1',
    quoted(commit.streamId),
    String(commit.version),
    String(commit.count),
    String(commit.previous),
    quoted(commit.commitId),
    quoted(commit.timestamp),
    `[${commit.types.map(quoted).join(',')}]`,
    members === undefined ? 'null' : `[${members}]`,
  ];
  const sha256 = createHash('sha256');
  sha256.update(Buffer.from(`[${parts.join(',')}]`, 'utf8'));
  sha256.update(Buffer.from([0x0a]));
  sha256.update(Buffer.from(commit.eventsJson, 'utf8'));
  return sha256.digest('base64').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

describe('the hash is what its documentation says', () => {
  test.each(readGoldenCommits('commit-format-1.json').commits)('of $name', ({ given, item }) => {
    expect.assert(item !== undefined);
    const commit = decodeCommit(item);
    expect(commit.hash).toBe(hashByHand(given.after.hash, commit));
  });

  test('of any commit', () => {
    fc.assert(
      fc.property(streamState, validName, validEvents, timestamp, group, (state, commitId, events, time, members) => {
        const commit = commitAfter(state, newCommit(state.streamId, commitId, events), time, members);
        expect(commit.hash).toBe(hashByHand(state.hash, commit));
      }),
      { seed, numRuns: 50 },
    );
  });
});

const commit: Omit<Commit, 'hash'> = {
  streamId: 'Order-1',
  version: 5,
  count: 2,
  previous: 3,
  commitId: 'c-1',
  timestamp: '2026-03-14T15:09:26.535Z',
  types: ['Opened', 'Closed'],
  group: [
    { streamId: 'Order-1', version: 5 },
    { streamId: 'Order-2', version: 1 },
  ],
  eventsJson: '[{"type":"Opened","data":{"a":1}},{"type":"Closed","data":{"b":2}}]',
};
const { group: _, ...withoutGroup } = commit;

describe('a change changes the hash', () => {
  const changes: Record<string, Omit<Commit, 'hash'>> = {
    'of the stream id': { ...commit, streamId: 'Order-2' },
    'of the version': { ...commit, version: 6 },
    'of the count': { ...commit, count: 3 },
    'of the previous commit': { ...commit, previous: 4 },
    'of the commit id': { ...commit, commitId: 'c-2' },
    'of the time': { ...commit, timestamp: '2026-03-14T15:09:26.536Z' },
    'of a type': { ...commit, types: ['Opened', 'closed'] },
    'of the order of types': { ...commit, types: ['Closed', 'Opened'] },
    'of where one type ends': { ...commit, types: ['Opened,Closed'] },
    'of the number of types': { ...commit, types: ['Opened'] },
    "of a group's stream": {
      ...commit,
      group: [
        { streamId: 'Order-1', version: 5 },
        { streamId: 'Order-3', version: 1 },
      ],
    },
    "of a group's version": {
      ...commit,
      group: [
        { streamId: 'Order-1', version: 5 },
        { streamId: 'Order-2', version: 2 },
      ],
    },
    "of a group's order": {
      ...commit,
      group: [
        { streamId: 'Order-2', version: 1 },
        { streamId: 'Order-1', version: 5 },
      ],
    },
    "of a group's size": { ...commit, group: [{ streamId: 'Order-1', version: 5 }] },
    'to no group': withoutGroup,
    'of the data of an event': { ...commit, eventsJson: commit.eventsJson.replace('"a":1', '"a":2') },
    'of the order of events': {
      ...commit,
      eventsJson: '[{"type":"Closed","data":{"b":2}},{"type":"Opened","data":{"a":1}}]',
    },
    'of the spelling of an event': { ...commit, eventsJson: commit.eventsJson.replace('"a":1', '"a": 1') },
  };

  test.each(Object.entries(changes))('%s', (_name, changed) => {
    expect(commitHash('before', changed)).not.toBe(commitHash('before', commit));
  });

  test('of the hash before it', () => {
    expect(commitHash('before.', commit)).not.toBe(commitHash('before', commit));
  });

  test('and no part can pass for a part of its neighbour', () => {
    const moved = { ...commit, commitId: `${commit.commitId}","${commit.timestamp}`, timestamp: '' };
    expect(commitHash('', moved)).not.toBe(commitHash('', commit));
    const broken = { ...commit, commitId: 'c-1\n[]', eventsJson: '' };
    expect(commitHash('', broken)).not.toBe(commitHash('', { ...commit, commitId: 'c-1', eventsJson: '[]\n' }));
  });

  test('anywhere in a stream, and with it every hash after', () => {
    const hashesOf = (changedAt: number) => {
      let state = emptyStream('Order-1');
      return Array.from({ length: 5 }, (_, index) => {
        const data = index === changedAt ? 'changed' : 'as it was';
        const next = commitAfter(state, newCommit('Order-1', `c-${index}`, [{ type: 'T', data }]), commit.timestamp);
        state = stateAfter(next);
        return next.hash;
      });
    };
    const original = hashesOf(-1);
    for (let changedAt = 0; changedAt < 5; changedAt++) {
      const isSame = hashesOf(changedAt).map((hash, index) => hash === original[index]);
      expect(isSame).toEqual([0, 1, 2, 3, 4].map((index) => index < changedAt));
    }
  });
});

test('the same commit has the same hash, whatever the order of the properties it is made of', () => {
  const { eventsJson, types, streamId, ...rest } = commit;
  expect(commitHash('before', { eventsJson, types, ...rest, streamId })).toBe(commitHash('before', commit));
});
