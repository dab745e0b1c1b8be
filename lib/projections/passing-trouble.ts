import { AppendContention, CommandContention, Throttled, Unavailable } from '../events/errors.ts';

/**
 * Whether an error is trouble of the moment and says nothing of the event that was handled in it: DynamoDB throttles or is away, or other
 * writers were faster. Such an event is neither counted as one that fails nor set aside: a minute of throttling would otherwise halt every
 * process manager until somebody redrives it.
 */
export function isPassingTrouble(error: unknown): boolean {
  return (
    error instanceof Throttled ||
    error instanceof Unavailable ||
    error instanceof AppendContention ||
    error instanceof CommandContention
  );
}
