import type { ItemKey } from '../events/item.ts';
import type { Table } from '../tables/definitions.ts';

/**
 * What can be wrong with a store: a closed list.
 *
 * In Events:
 * - `changed-commit`: its hash is not that of what it says and of the commit before it;
 * - `missing-commit`: the log, or the commit that follows it, names it, and it is not there;
 * - `not-following`: it does not begin where the commit that it names as the one before it ends: it overlaps another, or
 *   leaves a gap;
 * - `not-in-log`: the log does not have it.
 *
 * In Log:
 * - `hole-in-log`: positions that no entry holds, though later ones are there;
 * - `overlapping-entry`: an entry begins at a position that another one holds;
 * - `wrong-entry-hash`: an entry's hash is not that of what it says and of the entry before it;
 * - `wrong-reference`: what an entry says of a commit (count, types) is not what the commit says;
 * - `out-of-order`: a stream's commit stands before one that it follows;
 * - `twice-in-log`: a commit (or a version of it) stands in the log already;
 * - `torn-group`: commits of one `appendMany` do not stand side by side in one entry, in the caller's order.
 *
 * In State:
 * - `mark-ahead`: a mark says that more of its stream is in the log than is;
 * - `mark-behind`: it says that less is;
 * - `mark-missing`: a stream is in the log, and has no mark;
 * - `mark-position`: it names the right version, and a wrong position.
 *
 * Anywhere:
 * - `unreadable`: an item is not in the form that its format promises, or of a format that this version does not know.
 */
export type DamageKind =
  | 'changed-commit'
  | 'missing-commit'
  | 'not-following'
  | 'not-in-log'
  | 'hole-in-log'
  | 'overlapping-entry'
  | 'wrong-entry-hash'
  | 'wrong-reference'
  | 'out-of-order'
  | 'twice-in-log'
  | 'torn-group'
  | 'mark-ahead'
  | 'mark-behind'
  | 'mark-missing'
  | 'mark-position'
  | 'unreadable';

/** Something that is wrong: the item that it is wrong in (or that is missing), and what. */
export interface Damage {
  readonly kind: DamageKind;
  readonly table: Table;
  readonly key: ItemKey;
  /** A sentence with what was found, what would be right, and what helps. */
  readonly message: string;
  /** Of the log, of the first event that is concerned. */
  readonly position?: number;
  readonly streamId?: string;
  /** Of the stream, of the first event that is concerned. */
  readonly version?: number;
}
