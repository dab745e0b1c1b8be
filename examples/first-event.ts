/** The README's first event, from TypeScript. Runs against the store that `npm start` serves. */
import { createEventStore, dynamoDbClient, dynamoDbTables, tableNames, WrongExpectedVersion } from 'tidemark';

const client = dynamoDbClient({
  endpoint: process.env['DYNAMODB_ENDPOINT'] ?? 'http://127.0.0.1:8000',
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const store = createEventStore({ tables: dynamoDbTables(client, tableNames('tidemark')) });

const placed = await store.append('Order-2', [{ type: 'OrderPlaced', data: { totalCents: 4200 } }], {
  expect: 'no-stream',
});
await store.append('Order-2', [{ type: 'OrderShipped', data: {} }], { expect: placed.state });

try {
  await store.append('Order-2', [{ type: 'OrderShipped', data: {} }], { expect: placed.state });
} catch (error) {
  if (!(error instanceof WrongExpectedVersion)) {
    throw error;
  }
  console.log(error.message);
}

const { events } = await store.read('Order-2');
for (const { version, type, data } of events) {
  console.log(version, type, JSON.stringify(data));
}
