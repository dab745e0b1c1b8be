/** The README's TypeScript of the library, run as it stands there, but for the names of the tables. */
import { expect, onTestFinished, test } from 'vitest';
import { createEventStore, dynamoDbTables } from '../../lib/index.ts';
import { dynamoDbForTest } from '../support/dynamodb.ts';
import { outputProblems } from './examine.ts';
import { runnableReadme } from './readme-chapters.ts';
import { setUpWorkshop } from './workshop.ts';

test('the README can be followed with the library', async () => {
  const { client, names, endpoint, stop } = await dynamoDbForTest();
  onTestFinished(stop);
  const workshop = setUpWorkshop(runnableReadme(names.events.replace(/-events$/, '')));
  onTestFinished(() => workshop.remove());
  const problems = await outputProblems(workshop, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  expect(problems.map(({ where, message }) => `${where}: ${message}`).join('\n\n')).toBe('');
  const { events } = await createEventStore({ tables: dynamoDbTables(client, names) }).read('Order-3');
  expect(events.map(({ type, metadata }) => [type, metadata.correlationId])).toEqual([
    ['OrderPlaced', undefined],
    ['OrderShipped', 'request-7'],
  ]);
}, 120_000);
