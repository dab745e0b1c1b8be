/** Each entry's hash covers the one before it, so the log cannot be cut or changed anywhere without it showing behind. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type CommitReference, entryAfter, entryHash } from '../../lib/log/log-entry.ts';

const COMMITS: readonly CommitReference[] = [
  { streamId: 'Order-1', version: 3, count: 2, types: ['Placed', 'Paid'] },
  { streamId: 'Order-"2"', version: 1, count: 1, types: ['Paid'] },
];
const PREVIOUS = 'of the entry before it';

test('the hash is what its documentation says', () => {
  const text = String.raw`["of the entry before it",1,8,["Placed","Paid"]]
[["Order-1",3,2,[0,1]],["Order-\"2\"",1,1,[1]]]`;
  const byHand = createHash('sha256').update(text).digest('base64url');
  expect(entryAfter({ position: 7, hash: PREVIOUS }, COMMITS).hash).toBe(byHand);
});

test('another entry before it, place or commit is another hash', () => {
  const [first, second] = COMMITS;
  expect.assert(first !== undefined && second !== undefined);
  const others = [
    entryHash(PREVIOUS, { position: 8, commits: COMMITS }),
    entryHash('', { position: 8, commits: COMMITS }),
    entryHash(PREVIOUS, { position: 9, commits: COMMITS }),
    entryHash(PREVIOUS, { position: 8, commits: [second, first] }),
    entryHash(PREVIOUS, { position: 8, commits: [first] }),
    entryHash(PREVIOUS, { position: 8, commits: [{ ...first, version: 4 }, second] }),
    entryHash(PREVIOUS, { position: 8, commits: [{ ...first, count: 3 }, second] }),
    entryHash(PREVIOUS, { position: 8, commits: [{ ...first, types: ['Paid', 'Placed'] }, second] }),
  ];
  expect(new Set(others).size).toBe(others.length);
});
