import { itemSizes } from '../../lib/cost/representative-items.ts';
import { WORKLOAD } from '../../lib/cost/workload.ts';
import { COMMITS_AT_ONCE, ENTRY_COMMITS_MAX, REQUESTS_AT_ONCE } from '../../lib/log/bounds.ts';
import { BATCH_ITEMS_MAX, PAGE_EVENTS_MAX } from '../../lib/projections/bounds.ts';
import { BATCH_GET_ITEMS_MAX } from '../../lib/tables/bounds.ts';
import { readUnits, writeUnits } from '../../lib/tables/capacity.ts';
import type { Limits } from './limits.ts';

/** What a limit allows at the most, and how that comes about. */
export interface Ceiling {
  readonly what: string;
  readonly perSecond: number;
  readonly how: string;
}

/** What each limit allows by itself, for commits of one event of 300 bytes, each of another stream, in full batches. */
export function ceilings(limits: Limits): readonly Ceiling[] {
  const { partitionWriteUnits, partitionReadUnits, readMs, writeMs, transactionMs, callMs, recordMs } = limits;
  const { commit, entry } = itemSizes({ ...WORKLOAD, commitsPerBatch: ENTRY_COMMITS_MAX });
  const marksMs = (ENTRY_COMMITS_MAX / REQUESTS_AT_ONCE) * writeMs;
  const batchMs = callMs + recordMs * ENTRY_COMMITS_MAX + writeMs + marksMs;
  const readPageMs = readMs + Math.ceil(PAGE_EVENTS_MAX / COMMITS_AT_ONCE) * readMs;
  const transactions = Math.ceil(PAGE_EVENTS_MAX / BATCH_ITEMS_MAX);
  const pageMs = readPageMs + transactions * (readMs + transactionMs);
  return [
    {
      what: 'one stream',
      perSecond: partitionWriteUnits / writeUnits(commit),
      how: `${partitionWriteUnits} write units of its partition, 1 a commit`,
    },
    {
      what: 'the log, as it is written',
      perSecond: (partitionWriteUnits / writeUnits(entry)) * ENTRY_COMMITS_MAX,
      how: `${partitionWriteUnits} write units of its partition, ${writeUnits(entry)} an entry of ${ENTRY_COMMITS_MAX} commits`,
    },
    {
      what: 'the log, as it is read by ten projections',
      perSecond: ((partitionReadUnits / readUnits(entry, 'eventual')) * ENTRY_COMMITS_MAX) / 10,
      how: `${partitionReadUnits} read units of its partition, ${readUnits(entry, 'eventual')} for the same entry`,
    },
    {
      what: 'the sequencer',
      perSecond: (1_000 * ENTRY_COMMITS_MAX) / batchMs,
      how: `${writeMs} ms for an entry, ${marksMs} ms for its ${ENTRY_COMMITS_MAX} marks, ${REQUESTS_AT_ONCE} at once; then the next`,
    },
    {
      what: 'a document projection, events',
      perSecond: (1_000 * PAGE_EVENTS_MAX) / pageMs,
      how: `${transactions} transactions for a page of ${PAGE_EVENTS_MAX}, one after the other, each behind a read of its documents by ${BATCH_GET_ITEMS_MAX}`,
    },
  ];
}
