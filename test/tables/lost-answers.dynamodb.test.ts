/** Answers that are lost after the request took effect: a proxy in front of DynamoDB hands requests on, and cuts answers off. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Unavailable } from '../../lib/events/errors.ts';
import { REQUEST_TIMEOUT_MS } from '../../lib/tables/bounds.ts';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { newPartition } from '../../lib/testing/tables-contract/items.ts';
import { dynamoDbForTest, type TestDynamoDb } from '../support/dynamodb.ts';
import { type Answer, withFakeEndpoint } from './fake-endpoint.ts';

let dynamoDb: TestDynamoDb;
let direct: Tables;
beforeAll(async () => {
  dynamoDb = await dynamoDbForTest();
  direct = dynamoDbTables(dynamoDb.client, dynamoDb.names);
});
afterAll(() => dynamoDb.stop());

/** Hands every request on to DynamoDB, waits until it has taken effect, and then loses the first `lost` answers. */
function losingAnswers(lost: number): Answer {
  return async ({ message, body, attempt }, response) => {
    const answer = await fetch(dynamoDb.endpoint, {
      method: 'POST',
      headers: headersFor(message.headers),
      body: new Uint8Array(body),
    });
    const content = Buffer.from(await answer.arrayBuffer());
    if (attempt <= lost) {
      message.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(content);
  };
}

/** What DynamoDB reads of a request; the rest is between the client and the proxy. */
function headersFor(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}

function newItem() {
  return { PK: newPartition(), SK: 'a', text: 'ours', bytes: new Uint8Array([1, 2, 3]) };
}

describe('a write whose answer is lost', () => {
  test('as a put is repeated by the SDK, and finds its own item', async () => {
    const item = newItem();
    const proxy = losingAnswers(1);
    await withFakeEndpoint(
      proxy,
      async ({ tables, requests }) => {
        expect(await tables.put({ table: 'events', item })).toEqual({ outcome: 'occupied', found: item });
        expect(requests).toEqual(['PutItem', 'PutItem']);
      },
      { names: dynamoDb.names },
    );
    expect(await direct.get('events', item, 'strong')).toEqual(item);
  });

  test('as a transaction is repeated by the SDK with the same token, and is answered as the first was', async () => {
    const puts = [newItem(), newItem()].map((item) => ({ table: 'events', item }) as const);
    await withFakeEndpoint(
      losingAnswers(1),
      async ({ tables, requests }) => {
        expect(await tables.transact(puts)).toEqual({ outcome: 'written' });
        expect(requests).toEqual(['TransactWriteItems', 'TransactWriteItems']);
      },
      { names: dynamoDb.names },
    );
    for (const { item } of puts) {
      expect(await direct.get('events', item, 'strong')).toEqual(item);
    }
  });

  test('every time is Unavailable, although it took effect: nobody can know', async () => {
    const item = newItem();
    await withFakeEndpoint(
      losingAnswers(Number.POSITIVE_INFINITY),
      async ({ tables }) => {
        await expect(tables.put({ table: 'events', item })).rejects.toThrow(Unavailable);
      },
      { names: dynamoDb.names },
    );
    expect(await direct.get('events', item, 'strong')).toEqual(item);
  });
});

test('a read whose answer is lost is made again, and not noticed', async () => {
  const item = newItem();
  await direct.put({ table: 'events', item });
  await withFakeEndpoint(
    losingAnswers(2),
    async ({ tables, requests }) => {
      expect(await tables.get('events', item, 'strong')).toEqual(item);
      expect(requests).toEqual(['GetItem', 'GetItem', 'GetItem']);
    },
    { names: dynamoDb.names },
  );
});

test('a connection on which nothing comes is given up in time, and is Unavailable', async () => {
  const begun = performance.now();
  await withFakeEndpoint(
    () => undefined,
    async ({ tables, requests }) => {
      await expect(tables.put({ table: 'events', item: newItem() })).rejects.toThrow(Unavailable);
      expect(requests).toHaveLength(1);
    },
    { config: { maxAttempts: 1 } },
  );
  expect(performance.now() - begun).toBeLessThan(REQUEST_TIMEOUT_MS + 2_000);
});
