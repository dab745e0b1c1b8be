import { hash } from 'node:crypto';
import type { IdempotencyKey } from '../store/idempotency.ts';
import type { Reaction } from './command.ts';

/**
 * The key of a command that reacts to an event. By the place of the event, which is its own for certain, and not by its id. What the
 * command asks for does not count: code that would react in another way by now must not react a second time.
 */
export function reactionKey({ name, event, index = 0 }: Reaction): IdempotencyKey {
  const place = hash('sha256', JSON.stringify([name, event.streamId, event.version, index]), 'base64url');
  return { kind: 'KEY', name: `${name}:${place}`, command: place, isLasting: true };
}

/** The metadata by which whoever looks at an event finds what has caused it. An event without a correlation begins one. */
export function causeOf({ event }: Reaction): { readonly correlationId: string; readonly causationId: string } {
  return { correlationId: event.metadata.correlationId ?? event.id, causationId: event.id };
}
