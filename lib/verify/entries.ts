import type { Item } from '../events/item.ts';
import {
  decodeEntry,
  EMPTY_LOG,
  endAfter,
  entryHash,
  entryKey,
  entrySortKey,
  LOG_PARTITION,
  type LogEntry,
} from '../log/log-entry.ts';
import { queryAll } from '../tables/read-all.ts';
import type { QueryRange } from '../tables/tables.ts';
import type { VerifyRun } from './run.ts';

const FORWARD = { consistency: 'strong', direction: 'forward' } as const;

/** What the next entry must go on from. */
interface Chain {
  /** The position it must have; undefined where that is not known. */
  next: number | undefined;
  /** The hash of the entry before it. Two where the stored and the computed one differ; none where it is not known. */
  hashes: readonly string[];
  /** The range of positions that an unreadable entry has begun. */
  unreadableFrom: number | undefined;
}

/**
 * The entries of the log from the one that holds `run.from`, each checked against the one before it: one consistent Query for
 * each MB. What cannot be read is passed over.
 */
export async function* verifyEntries(run: VerifyRun): AsyncGenerator<LogEntry, void, undefined> {
  const { tables } = run.context;
  const { from, chain } = await startOf(run);
  for await (const item of queryAll(tables, 'log', { partition: LOG_PARTITION, ...from }, FORWARD)) {
    // A page is not read in one instant: an entry that was written meanwhile may be missing in it although the next one is there.
    const between = rangeBefore(item, chain);
    if (between !== undefined) {
      for await (const late of queryAll(tables, 'log', between, FORWARD)) {
        yield* verifyEntry(run, chain, late);
      }
    }
    yield* verifyEntry(run, chain, item);
  }
}

/** Where to begin: at the entry that holds the first position, with the hash of the one before it. */
async function startOf(run: VerifyRun): Promise<{ readonly from: Pick<QueryRange, 'from'>; readonly chain: Chain }> {
  const chain: Chain = { next: 1, hashes: [EMPTY_LOG.hash], unreadableFrom: undefined };
  if (run.from === 1) {
    return { from: {}, chain };
  }
  const range = { partition: LOG_PARTITION, through: entrySortKey(run.from) };
  const options = { direction: 'backward', limit: 2, consistency: 'strong' } as const;
  const { items } = await run.context.tables.query('log', range, options);
  const [first, before] = items;
  if (first === undefined || before === undefined) {
    return { from: {}, chain };
  }
  const predecessor = run.findings.decoded('log', before, decodeEntry);
  chain.next = predecessor === undefined ? undefined : endAfter(predecessor).position + 1;
  chain.hashes = predecessor === undefined ? [] : [predecessor.hash];
  return { from: { from: first.SK }, chain };
}

/** The range of positions that an entry leaves out. */
function rangeBefore({ SK }: Item, { next }: Chain): QueryRange | undefined {
  const position = Number(SK.slice('POSITION#'.length));
  const isHole = next !== undefined && position > next;
  return isHole
    ? { partition: LOG_PARTITION, from: entrySortKey(next), through: entrySortKey(position - 1) }
    : undefined;
}

function* verifyEntry(run: VerifyRun, chain: Chain, item: Item): Generator<LogEntry, void, undefined> {
  const entry = run.findings.decoded('log', item, decodeEntry);
  if (entry === undefined) {
    chain.unreadableFrom ??= chain.next ?? run.from;
    run.unreadable.set(chain.unreadableFrom, Number.POSITIVE_INFINITY);
    chain.next = undefined;
    chain.hashes = [];
    return;
  }
  if (chain.unreadableFrom !== undefined) {
    run.unreadable.set(chain.unreadableFrom, entry.position - 1);
    chain.unreadableFrom = undefined;
  }
  if (isInPlace(run, chain, entry)) {
    verifyHash(run, chain, entry);
    chain.next = endAfter(entry).position + 1;
  }
  yield entry;
}

/** Whether an entry belongs to the chain: one that begins where another one holds the positions does not. */
function isInPlace(run: VerifyRun, chain: Chain, { position }: LogEntry): boolean {
  const { next } = chain;
  if (next === undefined || next === position) {
    return true;
  }
  if (position > next) {
    run.findings.add({
      kind: 'hole-in-log',
      table: 'log',
      key: entryKey(next),
      message: `No entry holds the positions ${next} to ${position - 1} of the log, although later ones are there`,
      position: next,
    });
    run.unreadable.set(next, position - 1);
    chain.hashes = [];
    return true;
  }
  run.findings.add({
    kind: 'overlapping-entry',
    table: 'log',
    key: entryKey(position),
    message: `The entry begins at position ${position} of the log, although another one goes through ${next - 1}`,
    position,
  });
  return false;
}

function verifyHash({ findings }: VerifyRun, chain: Chain, entry: LogEntry): void {
  const computed = chain.hashes.map((hash) => entryHash(hash, entry));
  const isRight = computed.length === 0 || computed.includes(entry.hash);
  chain.hashes = isRight ? [entry.hash] : [entry.hash, ...computed.slice(0, 1)];
  if (!isRight) {
    const { position } = entry;
    findings.add({
      kind: 'wrong-entry-hash',
      table: 'log',
      key: entryKey(position),
      message: `The hash of the entry at position ${position} is not that of what it says and of the entry before it: it was changed`,
      position,
    });
  }
}
