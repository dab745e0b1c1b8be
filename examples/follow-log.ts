/** The README's follower of the log: it sees each event once, in an order that never changes. Runs beside `npm start`. */
import { createEventStore, dynamoDbClient, dynamoDbTables, tableNames } from 'tidemark';

const client = dynamoDbClient({
  endpoint: process.env['DYNAMODB_ENDPOINT'] ?? 'http://127.0.0.1:8000',
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const store = createEventStore({ tables: dynamoDbTables(client, tableNames('tidemark')) });

/** A consumer keeps it with what it makes of the events, and begins behind it the next time. */
let checkpoint = 0;

for await (const { position, streamId, version, type } of store.subscribe({ after: checkpoint, category: 'Order' })) {
  console.log(position, `${streamId}@${version}`, type);
  checkpoint = position;
  if (checkpoint === 3) {
    break;
  }
}
