import type { IConstruct } from 'constructs';
import { STREAM_READERS_MAX } from './bounds.ts';

/** Who reads the stream of which Log table, in each app: stacks do not matter, it is one stream. */
const readersOfApps = new WeakMap<IConstruct, Map<string, string[]>>();

/**
 * Takes one of the two places at the stream of a Log table.
 *
 * @throws where both are taken, at synth rather than by throttling in AWS
 */
export function addLogReader(reader: IConstruct, logTableName: string): void {
  const tables = readersOfApps.get(reader.node.root) ?? new Map<string, string[]>();
  readersOfApps.set(reader.node.root, tables);
  const readers = tables.get(logTableName) ?? [];
  tables.set(logTableName, readers);
  if (readers.length >= STREAM_READERS_MAX) {
    throw new Error(
      `${reader.node.path} would be one too many at the stream of the table ${logTableName}: DynamoDB Streams serves ` +
        `${STREAM_READERS_MAX} readers of a shard, and those are ${readers.join(' and ')}. ` +
        `Set trigger: 'queue' on this projection and on all but one of the others: they are then told by SNS and SQS, ` +
        'which takes one reader for as many projections as you like',
    );
  }
  readers.push(reader.node.path);
}
