/** Stores as sets of items, so that a test can plant a damage that no call makes. */

import type { Item, ItemKey } from '../../lib/events/item.ts';
import {
  COMMIT_HEAD_ATTRIBUTES,
  type Commit,
  type CommitHead,
  commitKey,
  decodeCommit,
  decodeCommitHead,
  encodeCommit,
} from '../../lib/events/stored-commit.ts';
import { createEventStore, createSequencer, memoryTables } from '../../lib/index.ts';
import {
  type CommitReference,
  decodeEntry,
  EMPTY_LOG,
  encodeEntry,
  endAfter,
  entryAfter,
  type LogEntry,
} from '../../lib/log/log-entry.ts';
import { decodeMark, encodeMark, markKey, marksOf, type SequencedMark } from '../../lib/log/sequenced-mark.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { type ReadContext, scanAll } from '../../lib/tables/read-all.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { type Damage, type VerifyOptions, type VerifyProgress, verify } from '../../lib/verify/verify.ts';
import { numbered, orderEvents } from '../support/events.ts';

export type Items = { readonly [table in Table]: Map<string, Item> };

const ALL_TABLES: readonly Table[] = ['events', 'log', 'state', 'readModels'];

export function nameOf({ PK, SK }: ItemKey): string {
  return `${PK} / ${SK}`;
}

export async function allItems(tables: Tables): Promise<Items> {
  const items: Items = { events: new Map(), log: new Map(), state: new Map(), readModels: new Map() };
  for (const table of ALL_TABLES) {
    for await (const page of scanAll(tables, table, { consistency: 'strong' })) {
      for (const item of page.items) {
        items[table].set(nameOf(item), item);
      }
    }
  }
  return items;
}

/** Fresh tables with these items. */
export async function tablesOf(items: Items, into: Tables = memoryTables()): Promise<Tables> {
  for (const table of ALL_TABLES) {
    for (const item of items[table].values()) {
      await into.put({ table, item });
    }
  }
  return into;
}

/** A store of items that can be altered. */
export class Altered {
  readonly items: Items;

  constructor(items: Items) {
    this.items = items;
  }

  commit(streamId: string, version: number): Commit {
    return decodeCommit(this.#item('events', commitKey(streamId, version)));
  }

  /** Alters a commit and leaves its hash as it is, unless that is altered. */
  setCommit(streamId: string, version: number, alter: (commit: Commit) => Commit): void {
    this.set('events', encodeCommit(alter(this.commit(streamId, version))));
  }

  entries(): LogEntry[] {
    return [...this.items.log.values()].map(decodeEntry).toSorted((one, other) => one.position - other.position);
  }

  /** Makes the log again of other references, with hashes that are right, and the marks that it asks for. */
  setLog(references: readonly (readonly CommitReference[])[], marks: 'marks' | 'no marks' = 'marks'): void {
    this.items.log.clear();
    let end = EMPTY_LOG;
    for (const commits of references.filter(({ length }) => length > 0)) {
      const entry = entryAfter(end, commits);
      end = endAfter(entry);
      this.set('log', encodeEntry(entry));
      for (const mark of marks === 'marks' ? marksOf(entry).values() : []) {
        this.setMark(mark);
      }
    }
  }

  mark(streamId: string): SequencedMark {
    return decodeMark(this.#item('state', markKey(streamId)));
  }

  setMark(mark: SequencedMark): void {
    this.set('state', encodeMark(mark));
  }

  set(table: Table, item: Item): void {
    this.items[table].set(nameOf(item), item);
  }

  delete(table: Table, key: ItemKey): void {
    if (!this.items[table].delete(nameOf(key))) {
      throw new Error(`there is no ${nameOf(key)}`);
    }
  }

  #item(table: Table, key: ItemKey): Item {
    const item = this.items[table].get(nameOf(key));
    if (item === undefined) {
      throw new Error(`there is no ${nameOf(key)}`);
    }
    return item;
  }
}

export function contextOf(tables: Tables, delay: ReadContext['delay'] = async () => {}): ReadContext {
  return { tables, delay, random: () => 0.5 };
}

export interface Verified {
  readonly found: readonly Damage[];
  readonly progress: readonly VerifyProgress[];
}

export async function verified(context: ReadContext, options?: VerifyOptions): Promise<Verified> {
  const progress: VerifyProgress[] = [];
  for await (const one of verify(context, options)) {
    progress.push(one);
  }
  return { found: progress.flatMap(({ found }) => found), progress };
}

/** What was found, in short: `kind table PK / SK`. */
export async function damagesOf(context: ReadContext, options?: VerifyOptions): Promise<string[]> {
  const { found } = await verified(context, options);
  return found.map(short);
}

export function short({ kind, key }: Damage): string {
  return `${kind} ${nameOf(key)}`;
}

/** The heads of all commits. */
export async function allHeads(tables: Tables): Promise<CommitHead[]> {
  const heads: CommitHead[] = [];
  const options = { consistency: 'strong', attributes: COMMIT_HEAD_ATTRIBUTES } as const;
  for await (const { items } of scanAll(tables, 'events', options)) {
    heads.push(...items.map(decodeCommitHead));
  }
  return heads;
}

/** Whole numbers below a bound, the same for the same seed (a linear congruential generator). */
export function chanceOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * A store of random streams, groups and large commits, put into the log by several sequencers in random parts: with small
 * and large entries.
 */
export async function randomStore(tables: Tables, seed: number, steps = 40): Promise<void> {
  const chance = chanceOf(seed);
  const context = contextOf(tables);
  const store = createEventStore({ tables, delay: context.delay, random: () => 0.5 });
  const sequencers = [createSequencer(context), createSequencer(context), createSequencer(context)];
  for (let step = 0; step < steps; step++) {
    const kind = chance(6);
    if (kind === 0) {
      const ids = [...new Set(Array.from({ length: 2 + chance(3) }, () => `Order-${chance(6)}`))];
      await store.appendMany(ids.map((streamId) => ({ streamId, events: numbered(1 + chance(3)) })));
    } else {
      const events = kind === 1 ? orderEvents(20, step) : numbered(1 + chance(3), `${step}`);
      await store.append(`Order-${chance(8)}`, events, kind === 2 ? { idempotencyKey: `${step}` } : {});
    }
    if (chance(3) === 0) {
      const heads = await allHeads(tables);
      const hints = heads.filter(() => chance(3) === 0);
      await sequencers[chance(3)]?.sequence(hints);
    }
  }
  await sequencers[0]?.sequence(await allHeads(tables));
}
