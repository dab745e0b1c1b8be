import { expect, test } from 'vitest';
import { countDone } from '../../lib/local/stream-batch.ts';
import type { StreamRecord } from '../../lib/local/stream-source.ts';

const BATCH: readonly StreamRecord[] = ['8', '9', '10', '11'].map((sequenceNumber) => ({
  sequenceNumber,
  bytes: 1,
  record: {},
}));

test.each([
  ['nothing', undefined, 4],
  ['null', null, 4],
  ['an empty answer', {}, 4],
  ['no list', { batchItemFailures: null }, 4],
  ['an empty list', { batchItemFailures: [] }, 4],
  ['the first', { batchItemFailures: [{ itemIdentifier: '8' }] }, 0],
  ['the last', { batchItemFailures: [{ itemIdentifier: '11' }] }, 3],
  ['several, not in order', { batchItemFailures: [{ itemIdentifier: '11' }, { itemIdentifier: '9' }] }, 1],
  ['one twice', { batchItemFailures: [{ itemIdentifier: '10' }, { itemIdentifier: '10' }] }, 2],
  ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, 0],
  ['null as identifier', { batchItemFailures: [{ itemIdentifier: null }] }, 0],
  ['a wrong name', { batchItemFailures: [{ itemId: '11' }] }, 0],
  ['no object', { batchItemFailures: ['11'] }, 0],
  ['one of another batch', { batchItemFailures: [{ itemIdentifier: '12' }] }, 0],
  ['one of another batch among others', { batchItemFailures: [{ itemIdentifier: '11' }, { itemIdentifier: '7' }] }, 0],
  ['text instead of a list', { batchItemFailures: 'all' }, 0],
])('%s', (_, answer, done) => {
  expect(countDone(BATCH, answer)).toBe(done);
});
