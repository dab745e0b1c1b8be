import { UnreadableItem } from '../events/errors.ts';
import type { ItemKey } from '../events/item.ts';
import type { Table } from '../tables/definitions.ts';
import { REPORTED_DAMAGES_MAX } from './bounds.ts';
import type { Damage } from './damage.ts';

/** The damages that a verification has found. They are handed on, not kept: only as much as tells a repetition. */
export class Findings {
  #found: Damage[] = [];
  #isLogDamaged = false;
  readonly #reported = new Set<string>();

  /** Whether anything is wrong with the log itself. */
  get isLogDamaged(): boolean {
    return this.#isLogDamaged;
  }

  /** Several walks, and several passes, come across the same damage: it is named once. */
  add(damage: Damage): void {
    this.#isLogDamaged ||= damage.table === 'log';
    const name = JSON.stringify([nameOf(damage.kind, damage.key), damage.table, damage.streamId, damage.version]);
    if (this.#reported.has(name)) {
      return;
    }
    if (this.#reported.size < REPORTED_DAMAGES_MAX) {
      this.#reported.add(name);
      this.#reported.add(nameOf(damage.kind, damage.key));
    }
    this.#found.push(damage);
  }

  has(kind: Damage['kind'], key: ItemKey): boolean {
    return this.#reported.has(nameOf(kind, key));
  }

  /** What was found since the last call. */
  take(): readonly Damage[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** What `decode` makes of an item; undefined, and a damage, where it cannot be read. */
  decoded<Stored extends ItemKey, Decoded>(
    table: Table,
    item: Stored,
    decode: (item: Stored) => Decoded,
  ): Decoded | undefined {
    try {
      return decode(item);
    } catch (error) {
      if (!(error instanceof UnreadableItem)) {
        throw error;
      }
      const { PK, SK } = item;
      this.add({ kind: 'unreadable', table, key: { PK, SK }, message: error.message });
      return undefined;
    }
  }
}

function nameOf(kind: Damage['kind'], { PK, SK }: ItemKey): string {
  return JSON.stringify([kind, PK, SK]);
}
