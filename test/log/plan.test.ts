/** The plan of a batch, as a pure function over what was read. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CommitHead, GroupMember } from '../../lib/events/stored-commit.ts';
import { cutEntries } from '../../lib/log/cut-entries.ts';
import { type PendingStream, planBatch } from '../../lib/log/plan.ts';
import { logSeed, seed } from '../seed.ts';

logSeed();

function commit(streamId: string, version: number, more: Partial<CommitHead> = {}): CommitHead {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    streamId,
    version,
    count: 1,
    previous: version - 1,
    commitId: 'c',
    timestamp,
    types: ['A'],
    hash: 'h',
    ...more,
  };
}

function streams(...some: PendingStream[]): Map<string, PendingStream> {
  return new Map(some.map((stream) => [stream.streamId, stream]));
}

const names = (commits: readonly CommitHead[]) => commits.map(({ streamId, version }) => `${streamId}@${version}`);

const pair = [
  { streamId: 'A-1', version: 2 },
  { streamId: 'B-1', version: 1 },
];

test('a group waits for what its streams still lack', () => {
  const plan = planBatch(
    streams(
      { streamId: 'B-1', sequencedThrough: 0, commits: [commit('B-1', 1, { group: pair })] },
      { streamId: 'A-1', sequencedThrough: 0, commits: [commit('A-1', 1), commit('A-1', 2, { group: pair })] },
    ),
  );
  expect(plan).toMatchObject({ kind: 'planned', waiting: [] });
  expect(plan.kind === 'planned' && plan.units.map(names)).toEqual([['A-1@1'], ['A-1@2', 'B-1@1']]);
});

test.each<[string, PendingStream | undefined]>([
  ['not at all', undefined],
  ['not so far', { streamId: 'A-1', sequencedThrough: 0, commits: [commit('A-1', 1)] }],
])('a group whose other stream was read %s is not planned', (_, other) => {
  const one = { streamId: 'B-1', sequencedThrough: 0, commits: [commit('B-1', 1, { group: pair }), commit('B-1', 2)] };
  const plan = planBatch(streams(one, ...(other === undefined ? [] : [other])));
  expect(plan.kind === 'planned' && plan.units.flat()).toEqual(other?.commits ?? []);
  expect(plan.kind === 'planned' && names(plan.waiting)).toEqual(['B-1@1']);
});

test('a group of which one mark tells and another does not has moved', () => {
  const one = { streamId: 'B-1', sequencedThrough: 0, commits: [commit('B-1', 1, { group: pair })] };
  const other = { streamId: 'A-1', sequencedThrough: 2, commits: [] };
  expect(planBatch(streams(one, other))).toMatchObject({ kind: 'moved', commit: { streamId: 'B-1', version: 1 } });
});

test('where the order is free, it is that of time', () => {
  const at = (second: number) => ({ timestamp: `2026-01-01T00:00:0${second}.000Z` });
  const plan = planBatch(
    streams(
      { streamId: 'A-1', sequencedThrough: 0, commits: [commit('A-1', 1, at(1)), commit('A-1', 2, at(5))] },
      { streamId: 'B-1', sequencedThrough: 0, commits: [commit('B-1', 1, at(3)), commit('B-1', 2, at(7))] },
    ),
  );
  expect(plan.kind === 'planned' && names(plan.units.flat())).toEqual(['A-1@1', 'B-1@1', 'A-1@2', 'B-1@2']);
});

/** A store that grew by appends to one stream or to several at once, of which each stream is in the log up to a point. */
const history = fc.array(fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }), { maxLength: 40 });

test('every history that was read as a whole is planned as a whole: each once, in order, groups together', () => {
  fc.assert(
    fc.property(history, fc.nat(40), fc.infiniteStream(fc.nat(9)), (appends, sequenced, seconds) => {
      const ends = new Map<string, number>();
      const all = appends.map((members) => {
        const group: GroupMember[] = members.map((member) => {
          const streamId = `S-${member}`;
          const version = (ends.get(streamId) ?? 0) + 1;
          ends.set(streamId, version);
          return { streamId, version };
        });
        const timestamp = `2026-01-01T00:00:0${seconds.next().value}.000Z`;
        return group.map(({ streamId, version }) =>
          commit(streamId, version, { timestamp, ...(group.length === 1 ? {} : { group }) }),
        );
      });
      const pending = all.slice(sequenced).flat();
      const read = [...ends.keys()].map((streamId) => {
        const commits = pending.filter((one) => one.streamId === streamId);
        return { streamId, commits, sequencedThrough: (commits[0]?.version ?? (ends.get(streamId) ?? 0) + 1) - 1 };
      });
      const plan = planBatch(streams(...read));
      expect(plan).toMatchObject({ kind: 'planned', waiting: [] });
      const units = plan.kind === 'planned' ? plan.units : [];
      expect(names(units.flat()).toSorted()).toEqual(names(pending).toSorted());
      for (const { streamId, commits } of read) {
        expect(units.flat().filter((one) => one.streamId === streamId)).toEqual(commits);
      }
      for (const unit of units) {
        expect(names(unit)).toEqual(
          unit[0]?.group?.map(({ streamId, version }) => `${streamId}@${version}`) ?? names(unit),
        );
      }
    }),
    { seed, numRuns: 500 },
  );
});

test('units are cut into entries of at most 1,000 commits and 200 KB of references, and none is torn', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ size: fc.integer({ min: 1, max: 100 }), name: fc.integer({ min: 1, max: 250 }) }), {
        maxLength: 60,
      }),
      (shapes) => {
        const units = shapes.map(({ size, name }, index) =>
          Array.from({ length: size }, (_, member) => commit(`${'x'.repeat(name)}-${index}.${member}`, 1)),
        );
        const entries = cutEntries(units);
        expect(entries.flat()).toEqual(units.flat());
        const ends = new Set(entries.map((entry) => entry.at(-1)));
        for (const unit of units) {
          expect(unit.slice(0, -1).some((one) => ends.has(one))).toBe(false);
        }
        for (const [index, entry] of entries.entries()) {
          const bytes = (commits: readonly CommitHead[]) =>
            commits.reduce(
              (sum, { streamId, version, count, types }) =>
                sum + JSON.stringify([streamId, version, count, types]).length + 1,
              0,
            );
          expect(entry.length).toBeLessThanOrEqual(1_000);
          expect(bytes(entry)).toBeLessThanOrEqual(200 * 1024);
          const next = units.find((unit) => unit[0] === entries[index + 1]?.[0]) ?? [];
          expect(
            next.length === 0 || entry.length + next.length > 1_000 || bytes([...entry, ...next]) > 200 * 1024,
          ).toBe(true);
        }
      },
    ),
    { seed, numRuns: 200 },
  );
});
