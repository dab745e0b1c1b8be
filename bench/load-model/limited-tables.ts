import { createHash } from 'node:crypto';
import type { Table } from '../../lib/tables/definitions.ts';
import { memoryTables } from '../../lib/tables/memory-tables.ts';
import type { ConditionalPut, PutOutcome, Tables } from '../../lib/tables/tables.ts';
import type { Limits } from './limits.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a partition has given, and how long requests had to wait for it. */
export interface PartitionUse {
  readUnits: number;
  writeUnits: number;
  waitedMs: number;
}

export interface LimitedTables {
  readonly tables: Tables;
  /** The same without time and limits. */
  readonly stored: Tables;
  /** By table; the partitions of each by their number. */
  readonly use: Readonly<Record<Table, readonly PartitionUse[]>>;
}

interface Partition extends PartitionUse {
  /** When what was used will have been given, at the rate of the limit: at most a second may be used in advance. */
  readPaidAt: number;
  writePaidAt: number;
}

/** A second's units may be used at once; DynamoDB's burst of up to five minutes is not counted on. */
const IN_ADVANCE_MS = 1_000;

/**
 * Tables in memory that take DynamoDB's time, and give no partition more than it has. A request to one that has nothing left waits, where
 * DynamoDB refuses and the SDK tries again: so the model is kinder than the truth where a partition is at its limit.
 *
 * @param told is told of each put and what became of it
 */
export function limitedTables(
  clock: VirtualClock,
  random: () => number,
  limits: Limits,
  told: (put: ConditionalPut, outcome: PutOutcome['outcome']) => void,
): LimitedTables {
  let units = { readUnits: 0, writeUnits: 0 };
  const memory = memoryTables({ observer: ({ readUnits, writeUnits }) => (units = { readUnits, writeUnits }) });
  const parts: Record<Table, Partition[]> = {
    events: partitions(limits.eventsPartitions),
    log: partitions(1),
    state: partitions(limits.otherPartitions),
    readModels: partitions(limits.otherPartitions),
  };
  const partitionOf = (table: Table, key: string): Partition => {
    const found = parts[table][placeOf(key, parts[table].length)];
    if (found === undefined) {
      throw new RangeError('A table has no partition');
    }
    return found;
  };
  const limited = async <Answer>(
    ms: number,
    asked: readonly Partition[],
    call: () => Promise<Answer>,
  ): Promise<Answer> => {
    const way = ms * (0.5 + random());
    await clock.delay(way / 2);
    for (let paidAt = latest(asked); paidAt > clock.now; paidAt = latest(asked)) {
      for (const partition of asked) {
        partition.waitedMs += (paidAt - clock.now) / asked.length;
      }
      await clock.delay(paidAt - clock.now);
    }
    // Tables in memory answer at once, so these are the units of this call.
    const answer = call();
    pay(asked, units, limits, clock.now);
    const result = await answer;
    await clock.delay(way / 2);
    return result;
  };
  const tables: Tables = {
    get: (table, key, ...rest) =>
      limited(limits.readMs, [partitionOf(table, key.PK)], () => memory.get(table, key, ...rest)),
    query: (table, range, ...rest) =>
      limited(limits.readMs, [partitionOf(table, range.partition)], () => memory.query(table, range, ...rest)),
    scan: (table, ...rest) => limited(limits.readMs, parts[table], () => memory.scan(table, ...rest)),
    batchGet: (table, keys, ...rest) =>
      limited(limits.readMs, [...new Set(keys.map(({ PK }) => partitionOf(table, PK)))], () =>
        memory.batchGet(table, keys, ...rest),
      ),
    put: (put) =>
      limited(limits.writeMs, [partitionOf(put.table, put.item.PK)], async () => {
        const result = await memory.put(put);
        told(put, result.outcome);
        return result;
      }),
    remove: (table, keys) =>
      limited(limits.writeMs, [...new Set(keys.map(({ PK }) => partitionOf(table, PK)))], () =>
        memory.remove(table, keys),
      ),
    transact: (puts) =>
      limited(
        limits.transactionMs,
        [...new Set(puts.map(({ table, item }) => partitionOf(table, item.PK)))],
        async () => {
          const result = await memory.transact(puts);
          for (const [index, put] of puts.entries()) {
            told(put, result.outcome === 'written' ? 'written' : (result.puts[index]?.outcome ?? 'contended'));
          }
          return result;
        },
      ),
  };
  return { tables, stored: memory, use: parts };
}

/** Which of so many a key belongs to. */
export function placeOf(key: string, count: number): number {
  return count === 1 ? 0 : createHash('sha1').update(key).digest().readUInt32BE() % count;
}

function partitions(count: number): Partition[] {
  return Array.from({ length: count }, () => ({
    readUnits: 0,
    writeUnits: 0,
    waitedMs: 0,
    readPaidAt: Number.NEGATIVE_INFINITY,
    writePaidAt: Number.NEGATIVE_INFINITY,
  }));
}

function latest(asked: readonly Partition[]): number {
  return Math.max(...asked.flatMap(({ readPaidAt, writePaidAt }) => [readPaidAt, writePaidAt]));
}

/** Units of a request to several partitions are divided among them. */
function pay(
  asked: readonly Partition[],
  { readUnits, writeUnits }: { readonly readUnits: number; readonly writeUnits: number },
  { partitionReadUnits, partitionWriteUnits }: Limits,
  now: number,
): void {
  for (const partition of asked) {
    const [read, write] = [readUnits / asked.length, writeUnits / asked.length];
    partition.readUnits += read;
    partition.writeUnits += write;
    const begin = now - IN_ADVANCE_MS;
    partition.readPaidAt = Math.max(partition.readPaidAt, begin) + (1_000 * read) / partitionReadUnits;
    partition.writePaidAt = Math.max(partition.writePaidAt, begin) + (1_000 * write) / partitionWriteUnits;
  }
}
