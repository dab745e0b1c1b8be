/**
 * STORAGE FORMAT of sequenced marks, items of the State table: up to where a stream is in the log. A mark only moves forward, so
 * moving it late or twice does no harm; and it can be made again from the log.
 */
import { UnreadableItem } from '../events/errors.ts';
import type { Item, ItemKey } from '../events/item.ts';
import { isWhole } from '../events/stored-value.ts';
import type { ConditionalPut } from '../tables/tables.ts';
import { type LogEntry, placedCommits } from './log-entry.ts';

const FORMAT = 1;
const PARTITION = 'SEQUENCED#';
const SORT_KEY = 'MARK';

/** Up to where a stream is in the log. */
export interface SequencedMark {
  readonly streamId: string;
  /** Of its last event that is in the log. */
  readonly version: number;
  /** Where that event stands in the log. */
  readonly position: number;
}

export function markKey(streamId: string): ItemKey {
  return { PK: `${PARTITION}${streamId}`, SK: SORT_KEY };
}

/** The marks of the streams of an entry as they must be once it is in the log. */
export function marksOf(entry: LogEntry): Map<string, SequencedMark> {
  const marks = new Map<string, SequencedMark>();
  for (const { streamId, version, count, position } of placedCommits(entry)) {
    marks.set(streamId, { streamId, version: version + count - 1, position: position + count - 1 });
  }
  return marks;
}

export function encodeMark({ streamId, version, position }: SequencedMark): Item {
  return { ...markKey(streamId), format: FORMAT, version, position };
}

/** Puts a mark where none is, or where the one that is there is behind it. */
export function markForward(mark: SequencedMark): ConditionalPut {
  return { table: 'state', item: encodeMark(mark), over: { attribute: 'version', below: mark.version } };
}

/** The stream that a mark is of. */
export function streamOfMark({ PK }: ItemKey): string {
  return PK.slice(PARTITION.length);
}

/** Whether an item of the State table is a mark. */
export function isMarkKey({ PK, SK }: ItemKey): boolean {
  return PK.startsWith(PARTITION) && SK === SORT_KEY;
}

/** @throws {UnreadableItem} the item is damaged, or of a format that this version does not know */
export function decodeMark({ PK, SK, format, version, position }: Item): SequencedMark {
  if (format !== FORMAT || !isMarkKey({ PK, SK }) || !isWhole(version, 1) || !isWhole(position, 1)) {
    throw new UnreadableItem(PK, SK, 'it is not a sequenced mark of a format that this version knows');
  }
  return { streamId: streamOfMark({ PK, SK }), version, position };
}
