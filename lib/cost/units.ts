/**
 * What the parts of the store ask of the tables, in DynamoDB's units. The tests count the same on tables in memory: for events as
 * `representativeEvents` makes them the numbers are exact. Others of the same size may compress better or worse, and a started kilobyte
 * is a whole one, so a commit or an entry may differ by one unit.
 */
import { BATCH_ITEMS_MAX, PAGE_EVENTS_MAX } from '../projections/bounds.ts';
import { readUnits, writeUnits } from '../tables/capacity.ts';
import type { ItemSizes } from './representative-items.ts';
import type { Workload } from './workload.ts';

export interface Units {
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** One append: with the state of its stream by the library; over HTTP with a version, which the stream's last commit proves. */
export function unitsOfAppend({ through }: Workload, { commit }: ItemSizes): Units {
  return { writeUnits: writeUnits(commit), readUnits: through === 'library' ? 0 : readUnits(commit, 'eventual') };
}

/** One batch of commits that is put into the log, none of whose streams the sequencer remembers: the entry, and a mark for each. */
export function unitsOfSequencing({ commitsPerBatch }: Workload, { entry, mark }: ItemSizes): Units {
  return {
    writeUnits: writeUnits(entry) + commitsPerBatch * writeUnits(mark),
    readUnits: commitsPerBatch * readUnits(mark, 'strong'),
  };
}

/** One batch read from the log by whoever has read all before: the entry, and its commits. */
export function unitsOfReadingLog({ commitsPerBatch }: Workload, { entry, commit }: ItemSizes): Units {
  return {
    writeUnits: 0,
    readUnits: readUnits(entry, 'eventual') + commitsPerBatch * readUnits(commit, 'eventual'),
  };
}

/** One batch of the log, applied to a document for each of its streams, none of which the runner remembers. */
export function unitsOfProjecting(workload: Workload, sizes: ItemSizes): Units {
  const { documents, transactions, pages } = documentWrites(workload);
  const written = documents * writeUnits(sizes.document) + transactions * writeUnits(sizes.checkpoint);
  return {
    writeUnits: 2 * written,
    readUnits:
      unitsOfReadingLog(workload, sizes).readUnits +
      // A page that is not the first looks for the end of the log anew.
      (pages > 1 ? 0.5 : 0) +
      workload.commitsPerBatch * readUnits(sizes.document, 'strong'),
  };
}

/** A page of events is applied in transactions of as many documents as they take; a commit on the edge of a page is in both. */
function documentWrites({ commitsPerBatch, eventsPerAppend }: Workload) {
  let documents = 0;
  let transactions = 0;
  let pages = 0;
  for (let from = 0; from < commitsPerBatch * eventsPerAppend; from += PAGE_EVENTS_MAX) {
    const through = Math.min(from + PAGE_EVENTS_MAX, commitsPerBatch * eventsPerAppend);
    const inPage = Math.ceil(through / eventsPerAppend) - Math.floor(from / eventsPerAppend);
    pages += 1;
    documents += inPage;
    transactions += Math.ceil(inPage / BATCH_ITEMS_MAX);
  }
  return { documents, transactions, pages };
}

/**
 * One batch of the log, verified on schedule: its entry, its commits with the ones before them, and the marks of their streams. What all
 * batches since the last verification share is `unitsOfVerification`.
 */
export function unitsOfVerifying({ commitsPerBatch }: Workload, { entry, commit, mark }: ItemSizes): Units {
  return {
    writeUnits: 0,
    readUnits:
      readUnits(entry, 'strong') + commitsPerBatch * (2 * readUnits(commit, 'eventual') + readUnits(mark, 'strong')),
  };
}

/** One verification besides what it verifies: its place, and five looks at the ends of the log. */
export function unitsOfVerification({ entry }: ItemSizes): Units {
  return { writeUnits: 1, readUnits: 1 + 5 * readUnits(entry, 'strong') };
}
