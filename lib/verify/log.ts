import { COMMITS_AT_ONCE } from '../log/bounds.ts';
import { endAfter, placedCommits } from '../log/log-entry.ts';
import { type EntryReference, verifyReferences } from './commits.ts';
import { verifyEntries } from './entries.ts';
import { reportGap } from './order.ts';
import type { VerifyRun } from './run.ts';

/**
 * Walks the log to its end, and checks each commit of the pass that it names. Yields after each 400 of them.
 *
 * Costs one consistent Query for each MB of entries, and for each commit half a read unit for each 4 KB; in later passes only for
 * those that were not read before, and for one of each stream.
 */
export async function* verifyLog(run: VerifyRun): AsyncGenerator<void, void, undefined> {
  let wave: EntryReference[] = [];
  let read = run.from - 1;
  run.position = read;
  for await (const entry of verifyEntries(run)) {
    run.head = Math.max(run.head, endAfter(entry).position);
    for (const [index, reference] of placedCommits(entry).entries()) {
      read = Math.max(read, reference.position + reference.count - 1);
      if (reference.position + reference.count > run.from && run.streams.includes(reference.streamId)) {
        wave.push({ reference, entry, index });
      }
      if (wave.length >= COMMITS_AT_ONCE) {
        await verifyReferences(run, wave);
        wave = [];
        run.position = read;
        yield;
      }
    }
  }
  await verifyReferences(run, wave);
  run.position = read;
  yield* reportGaps(run);
  yield;
}

/** What streams have passed over, and what did not come later either. */
function* reportGaps(run: VerifyRun): Generator<void, void, undefined> {
  for (const [streamId, { gaps }] of run.streams.entries()) {
    for (const [first, last] of gaps) {
      reportGap(run, streamId, first, last);
    }
    if (gaps.length > 0) {
      yield;
    }
  }
}
