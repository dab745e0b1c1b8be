/**
 * What DynamoDB's exceptions say of puts that it has refused, as outcomes. Whatever else they say is thrown as it is.
 */
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../events/item.ts';
import { toItem } from './attributes.ts';
import { needsItem } from './replaceable.ts';
import type { ConditionalPut, PutOutcome, TransactionOutcome } from './tables.ts';
import { isContention } from './translate-sdk-error.ts';

/**
 * The item that was there, as far as DynamoDB says it. Of one that was replaced it says nothing: its put is reckoned by the new
 * item alone, and is too cheap where the old one was larger. What is replaced has about the same size each time.
 */
export function itemInTheWay(result: PutOutcome): Item | undefined {
  return result.outcome === 'occupied' ? result.found : undefined;
}

/** What has become of a put that has failed. */
export function refusedPut(error: unknown, { over }: ConditionalPut): PutOutcome {
  if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) {
    return { outcome: 'occupied', found: toItem(error.Item) };
  }
  if (error instanceof ConditionalCheckFailedException && needsItem(over)) {
    return { outcome: 'missing' };
  }
  if (error instanceof TransactionConflictException) {
    return { outcome: 'contended' };
  }
  throw error;
}

/** What has become of a transaction that has failed. */
export function cancelledTransaction(error: unknown, puts: readonly ConditionalPut[]): TransactionOutcome {
  if (error instanceof TransactionCanceledException && error.CancellationReasons !== undefined) {
    return {
      outcome: 'cancelled',
      puts: error.CancellationReasons.map((reason, index) => cancellation(reason, puts[index], error)),
    };
  }
  if (error instanceof Error && isContention(error.name) && error.name.startsWith('Transaction')) {
    return {
      outcome: 'cancelled',
      puts: puts.map(() => ({ outcome: 'contended' })),
    };
  }
  throw error;
}

function cancellation(
  { Code, Item: found }: CancellationReason,
  put: ConditionalPut | undefined,
  error: Error,
): PutOutcome {
  if (Code === 'None' || Code === undefined) {
    return { outcome: 'written' };
  }
  if (Code === 'ConditionalCheckFailed' && found !== undefined) {
    return { outcome: 'occupied', found: toItem(found) };
  }
  if (Code === 'ConditionalCheckFailed' && needsItem(put?.over)) {
    return { outcome: 'missing' };
  }
  if (isContention(Code)) {
    return { outcome: 'contended' };
  }
  throw error;
}
