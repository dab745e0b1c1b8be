/** Calls and answers in a line of a history. */

import type { Item, ItemKey } from '../../lib/events/item.ts';
import { decodeCommitHead } from '../../lib/events/stored-commit.ts';
import { decodeEntry } from '../../lib/log/log-entry.ts';
import { decodeMark, isMarkKey } from '../../lib/log/sequenced-mark.ts';
import { decodeCheckpoint } from '../../lib/projections/stored-checkpoint.ts';
import type {
  BatchGetResult,
  ConditionalPut,
  PutOutcome,
  QueryPage,
  TransactionOutcome,
} from '../../lib/tables/tables.ts';

type Answer = BatchGetResult | QueryPage | PutOutcome | TransactionOutcome | Item | undefined;

/** `STREAM#A-1 VERSION#00000000000000000003` as `A-1@3`. */
export function keyText({ PK, SK }: ItemKey): string {
  return SK === 'MARK'
    ? `mark ${PK.slice('SEQUENCED#'.length)}`
    : `${PK.replace(/^STREAM#/, '')}${SK.replace(/^[A-Z]+#0*/, '@')}`;
}

export function callText(operation: string, table: string, options: object): string {
  const shown = Object.entries(options).filter(([name]) => name !== 'attributes');
  return `${operation} ${table} ${shown.map(([name, value]) => `${name}=${plain(value)}`).join(' ')}`;
}

export function putText({ table, item, over }: ConditionalPut): string {
  return `put ${table} ${itemText(item)}${over === undefined ? '' : ` over ${JSON.stringify(over)}`}`;
}

export function outcomeText(answer: unknown): string {
  return isAnswer(answer) ? answerText(answer) : String(answer);
}

function answerText(answer: Answer): string {
  if (answer === undefined) {
    return 'none';
  }
  if ('found' in answer && typeof answer.outcome === 'string') {
    return `occupied by ${isItem(answer.found) ? itemText(answer.found) : '?'}`;
  }
  if ('puts' in answer) {
    return `cancelled: ${listOf(answer.puts).map(outcomeText).join(', ')}`;
  }
  if ('items' in answer) {
    const items = listOf(answer.items).map((item) => (isItem(item) ? itemText(item) : '?'));
    const unprocessed = 'unprocessed' in answer ? listOf(answer.unprocessed).length : 0;
    return `[${items.join(', ')}]${unprocessed > 0 ? `, ${unprocessed} unprocessed` : ''}`;
  }
  return isItem(answer) ? itemText(answer) : String(answer.outcome);
}

function itemText(item: Item): string {
  if (isMarkKey(item)) {
    const { streamId, version, position } = decodeMark(item);
    return `mark ${streamId} through ${version} at ${position}`;
  }
  if (item.PK.startsWith('STREAM#')) {
    const { count, timestamp, group, streamId, version } = decodeCommitHead(item);
    const members = (group ?? []).map((member) => `${member.streamId}@${member.version}`).join('+');
    return `${streamId}@${version}×${count} ${timestamp.slice(17, -1)}${members === '' ? '' : ` of ${members}`}`;
  }
  if (item.PK.startsWith('LOG#')) {
    const { position, commits } = decodeEntry(item);
    return `entry ${position} {${commits.map(({ streamId, version, count }) => `${streamId}@${version}×${count}`).join(' ')}}`;
  }
  if (item.SK.startsWith('BUILD#')) {
    const { position, revision, parked, runner, isRetired } = decodeCheckpoint(item);
    return `${keyText(item)} at ${position}, revision ${revision} by ${runner}, ${parked} parked${isRetired ? ', retired' : ''}`;
  }
  return keyText(item);
}

function isAnswer(value: unknown): value is Answer {
  return value === undefined || (typeof value === 'object' && value !== null);
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && 'PK' in value && 'SK' in value;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value.replace(/#0+/, '#') : JSON.stringify(value);
}
