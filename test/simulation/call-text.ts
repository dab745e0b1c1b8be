/** Calls and answers in a line of a history. */

import type { Item, ItemKey } from '../../lib/events/item.ts';
import { decodeCommitHead } from '../../lib/events/stored-commit.ts';
import { decodeEntry } from '../../lib/log/log-entry.ts';
import { decodeMark, isMarkKey } from '../../lib/log/sequenced-mark.ts';
import { decodeCheckpoint } from '../../lib/projections/stored-checkpoint.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import type {
  BatchGetResult,
  ConditionalPut,
  PutOutcome,
  QueryPage,
  QueryRange,
  TransactionOutcome,
} from '../../lib/tables/tables.ts';

type Answer = BatchGetResult | QueryPage | PutOutcome | TransactionOutcome | Item | undefined;

/** `STREAM#A-1 VERSION#00000000000000000003` as `A-1@3`. */
export function keyText({ PK, SK }: ItemKey): string {
  return SK === 'MARK'
    ? `mark ${PK.slice('SEQUENCED#'.length)}`
    : `${PK.replace(/^STREAM#/, '')}${SK.replace(/^[A-Z]+#0*/, '@')}`;
}

const KINDS: Readonly<Record<string, string>> = {
  SEQUENCED: 'mark',
  IDEMPOTENCY: 'key',
  SNAPSHOT: 'snapshot',
  PROJECTION: 'checkpoint',
  PROJECTIONS: 'projection',
  PARKED: 'parked',
  SCAN: 'place',
};

/** What an item is, in a word: crash points are counted by it. */
export function kindOf(table: Table, { PK }: Pick<ItemKey, 'PK'>): string {
  switch (table) {
    case 'events':
      return 'commit';
    case 'log':
      return 'entry';
    case 'readModels':
      return 'document';
    default: {
      const prefix = PK.split('#', 1)[0] ?? '';
      return KINDS[prefix] ?? prefix;
    }
  }
}

export function kindOfRange(table: Table, { partition }: QueryRange): string {
  return kindOf(table, { PK: partition });
}

export function kindsOf(kinds: readonly string[]): string {
  return [...new Set(kinds)].join('+');
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
