import { quote } from '../events/errors.ts';
import { requireValid } from '../log/log-filter.ts';
import { readLogHead } from '../log/read-log.ts';
import type { ReadContext } from '../tables/read-all.ts';
import { PART_COMMITS_MAX } from './bounds.ts';
import type { Damage } from './damage.ts';
import { verifyPart } from './verify-part.ts';
import { moveVerifyPlace, readVerifyPlace, type VerifyPlace } from './verify-place.ts';

export interface VerifyOnOptions {
  /** The position of the log to begin with, from 1 to the one behind its end. Default: where the last part has ended. */
  readonly from?: unknown;
  /** Whether there is time for another part. */
  readonly mayGoOn: () => boolean;
  readonly now: () => Date;
  /** Is told of each damage, before the place moves past it. */
  readonly onDamage: (damage: Damage) => void;
  /** Commits after which a part ends, and the place is kept. Default: 5,000. */
  readonly commitsMax?: number;
}

/**
 * How it has ended:
 * - `caught-up`: everything that was in the log is verified;
 * - `more`: there was no time for the rest;
 * - `overtaken`: another one does the same work.
 */
export interface VerifiedOn {
  readonly outcome: 'caught-up' | 'more' | 'overtaken';
  /** Of the log: it is verified up to there. */
  readonly position: number;
  /** What was verified now. */
  readonly commits: number;
  readonly events: number;
  /** Damages that were found now. */
  readonly found: number;
  /** Damages that were found since it began with the beginning, or where it was told to begin: they do not go away by looking on. */
  readonly damages: number;
}

/**
 * Goes on verifying the log where it ended the last time, part by part, and keeps its place after each: so a log of any length is
 * verified, whatever time there is at once, and from then on what is new. With `from` 1 it begins anew, and forgets what it has found.
 *
 * A crash in the middle of a part costs that part. Of two at once, the slower one stops.
 *
 * @throws {InvalidArgument} `from` is no position that it can begin with
 * @throws {UnreadableItem} the place cannot be read
 * @throws {Throttled | Unavailable} the same call goes on from there
 */
export async function verifyOn(context: ReadContext, options: VerifyOnOptions): Promise<VerifiedOn> {
  const { from, mayGoOn, now, onDamage, commitsMax = PART_COMMITS_MAX } = options;
  const stored = await readVerifyPlace(context.tables);
  const start = from === undefined ? stored : await placeBefore(context, from);
  let place: VerifyPlace | undefined = stored;
  let { position, hash, damages } = start ?? { position: 0, hash: '', damages: 0 };
  const done = { commits: 0, events: 0, found: 0 };
  do {
    const part = await verifyPart(context, { position, hash }, commitsMax);
    done.commits += part.commits;
    done.events += part.events;
    done.found += part.found.length;
    part.found.forEach(onDamage);
    ({ position, hash } = part.end);
    damages += part.found.length;
    const next = { revision: (place?.revision ?? 0) + 1, position, hash, damages, updatedAt: now().toISOString() };
    if (!(await moveVerifyPlace(context.tables, place, next))) {
      return { outcome: 'overtaken', position, ...done, damages };
    }
    place = next;
    if (part.isLast) {
      return { outcome: 'caught-up', position, ...done, damages };
    }
  } while (mayGoOn());
  return { outcome: 'more', position, ...done, damages };
}

async function placeBefore(context: ReadContext, from: unknown): Promise<Omit<VerifyPlace, 'revision' | 'updatedAt'>> {
  const max = (await readLogHead(context, 'strong')) + 1;
  const isRight = Number.isSafeInteger(from) && Number(from) >= 1 && Number(from) <= max;
  const message = `must be a whole number from 1 to ${max}, the position behind the log's end, not ${quote(from)}`;
  requireValid(isRight ? [] : [{ path: 'from', message }]);
  return { position: Number(from) - 1, hash: '', damages: 0 };
}
