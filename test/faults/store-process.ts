/**
 * A process that uses the library: it does what it is told over its channel, and follows the log. Started by `store-handle.ts` with the
 * endpoint of DynamoDB.
 */
import { createEventStore, dynamoDbTables, TidemarkError, tableNames } from '../../lib/index.ts';
import { localDynamoDbClient } from '../../lib/local/local-client.ts';
import { TOLD_EVENTS_MAX } from './bounds.ts';
import { type FromStore, type SeenEvent, type StoreRequest, ToStore } from './store-messages.ts';

const [endpoint = ''] = process.argv.slice(2);
const store = createEventStore({ tables: dynamoDbTables(localDynamoDbClient(endpoint), tableNames('tidemark')) });

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const told = ToStore.parse(message);
  void (told.kind === 'follow' ? follow(told.after) : answer(told.number, told.request));
});
tell({ kind: 'ready' });

async function answer(number: number, request: StoreRequest): Promise<void> {
  const begun = performance.now();
  const ms = () => performance.now() - begun;
  try {
    switch (request.kind) {
      case 'append': {
        const result = await store.append(request.streamId, request.events, request.options);
        return tell({ kind: 'answer', number, ms: ms(), results: [result] });
      }
      case 'append-many': {
        const results = await store.appendMany(request.appends, request.options);
        return tell({ kind: 'answer', number, ms: ms(), results });
      }
      case 'read': {
        const { from, limit, streamId } = request;
        const { events } = await store.read(streamId, { from, limit });
        return tell({ kind: 'read', number, ms: ms(), ids: events.map(({ id }) => id) });
      }
    }
  } catch (error) {
    tell({ kind: 'failed', number, ...failureOf(error) });
  }
}

/** Faults are waited out by the subscription for half a minute; then it is begun again behind what was told. */
async function follow(after: number): Promise<void> {
  let told = after;
  let seen: SeenEvent[] = [];
  const tellSeen = () => {
    if (seen.length > 0) {
      tell({ kind: 'seen', events: seen });
      told = seen.at(-1)?.position ?? told;
      seen = [];
    }
  };
  // As long as the process lives.
  for (;;) {
    try {
      for await (const { position, id } of store.subscribe({ after: told })) {
        seen.push({ position, id });
        if (seen.length >= TOLD_EVENTS_MAX) {
          tellSeen();
        } else if (seen.length === 1) {
          setTimeout(tellSeen, 0);
        }
      }
    } catch (error) {
      tellSeen();
      const { code, message } = failureOf(error);
      if (code !== 'throttled' && code !== 'unavailable') {
        tell({ kind: 'failed', number: -1, code, message: `follower: ${message}` });
      }
    }
  }
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof TidemarkError) {
    return { code: error.code, message: error.message };
  }
  return error instanceof Error
    ? { code: error.name, message: error.message }
    : { code: 'thrown', message: `${error}` };
}

function tell(message: FromStore): void {
  // Nobody listens any more when the run has ended.
  if (process.connected) {
    process.send?.(message);
  }
}
