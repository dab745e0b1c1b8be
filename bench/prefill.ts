/** Stores that are filled by batches of commits and entries as they would have been appended: the same items, in a fraction of the time. */
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { StreamState } from '../lib/events/event.ts';
import type { Item } from '../lib/events/item.ts';
import { newCommit } from '../lib/events/new-commit.ts';
import { type Commit, commitAfter, encodeCommit, stateAfter } from '../lib/events/stored-commit.ts';
import type { NewEvent } from '../lib/index.ts';
import { inParallel } from '../lib/tables/in-parallel.ts';

/** Items of a BatchWriteItem ("BatchWriteItem", Amazon DynamoDB API reference). */
const ITEMS_EACH_REQUEST = 25;
const REQUESTS_AT_ONCE = 8;
/** Requests for items that DynamoDB leaves unprocessed; a local one leaves none. */
const ATTEMPTS_MAX = 10;

export const EMPTY_STREAM = { version: 0, lastCommit: 0, hash: '' };

/** So many commits behind a state of a stream, each with the same events. */
export function commitsAfter(state: StreamState, count: number, events: NewEvent[]): Commit[] {
  const commits: Commit[] = [];
  let last = state;
  for (let index = 0; index < count; index++) {
    const id = `${state.streamId}-${last.version}`;
    const commit = commitAfter(last, newCommit(state.streamId, id, events), '2026-11-25T12:00:00.000Z');
    commits.push(commit);
    last = stateAfter(commit);
  }
  return commits;
}

export async function putCommits(client: DynamoDBClient, table: string, commits: readonly Commit[]): Promise<void> {
  await putItems(client, table, commits.map(encodeCommit));
}

export async function putItems(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / ITEMS_EACH_REQUEST) }, (_, index) =>
    items.slice(index * ITEMS_EACH_REQUEST, (index + 1) * ITEMS_EACH_REQUEST),
  );
  await inParallel(batches, REQUESTS_AT_ONCE, async (batch) => {
    let left: WriteRequest[] = batch.map((item) => ({ PutRequest: { Item: marshall(item) } }));
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS_MAX) {
        throw new Error(`${left.length} items of a batch were left unprocessed ${ATTEMPTS_MAX} times`);
      }
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
      left = UnprocessedItems?.[table] ?? [];
    }
  });
}
