/** What becomes of DynamoDB's faults: the real SDK, in front of a server that fails in DynamoDB's place. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { Throttled, TidemarkError, Unavailable } from '../../lib/events/errors.ts';
import { SDK_ATTEMPTS_MAX } from '../../lib/tables/bounds.ts';
import { dynamoDbTables } from '../../lib/tables/dynamodb-tables.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { type Answer, answering, clientFor, failing, inTurn, withFakeEndpoint } from './fake-endpoint.ts';

const item = { PK: 'P', SK: 'a' };
const put = { table: 'events', item } as const;

const calls: Record<string, (tables: Tables) => Promise<unknown>> = {
  get: (tables) => tables.get('events', item, 'strong'),
  query: (tables) => tables.query('events', { partition: 'P' }, { consistency: 'strong', direction: 'forward' }),
  scan: (tables) => tables.scan('state', { consistency: 'strong' }),
  batchGet: (tables) => tables.batchGet('events', [item], 'strong'),
  put: (tables) => tables.put(put),
  remove: (tables) => tables.remove('state', [item]),
  transact: (tables) => tables.transact([put, put]),
};

const once: DynamoDBClientConfig = { maxAttempts: 1 };

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

describe.concurrent('throttling', () => {
  // The SDK waits up to a second before it repeats a throttled request, so there is one repeat here, and not four.
  const twice: DynamoDBClientConfig = { maxAttempts: 2 };

  test.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
    '%s is tried again, up to the bound, and then is Throttled',
    async (type) => {
      await withFakeEndpoint(
        failing(400, type),
        async ({ tables, requests }) => {
          const error = await errorOf(tables.put(put));
          expect(error).toBeInstanceOf(Throttled);
          expect(error).toMatchObject({ code: 'throttled', cause: { name: type, message: `${type} of the fake` } });
          expect(requests).toEqual(['PutItem', 'PutItem']);
        },
        { config: twice },
      );
    },
  );

  test('that ends in time is not noticed', async () => {
    const answer = inTurn(failing(400, 'ProvisionedThroughputExceededException'), answering(200, {}));
    await withFakeEndpoint(answer, async ({ tables, requests }) => {
      expect(await tables.put(put)).toEqual({ outcome: 'written' });
      expect(requests).toHaveLength(2);
    });
  });

  test.each(Object.entries(calls))('%s fails with Throttled', async (_, call) => {
    await withFakeEndpoint(
      failing(400, 'ThrottlingException'),
      async ({ tables }) => {
        expect(await errorOf(call(tables))).toBeInstanceOf(Throttled);
      },
      { config: once },
    );
  });
});

const resets: Answer = ({ message }) => {
  message.socket.destroy();
};
const cutsTheBody: Answer = ({ message }, response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': '100' });
  response.write('{"Item":', () => message.socket.destroy());
};
const page =
  (status: number, body: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(body);
  };

describe.concurrent('a DynamoDB that is not there, or not itself', () => {
  const faults: [string, Answer][] = [
    ['an InternalServerError', failing(500, 'InternalServerError')],
    ['a ServiceUnavailable', failing(503, 'ServiceUnavailable')],
    ["a load balancer's page instead of an answer", page(503, '<html>503 Service Unavailable</html>')],
    ["a load balancer's empty answer", page(502, '')],
    ['a server error without a name', answering(500, {})],
    ['a connection that is reset', resets],
    ['a connection that is cut inside an answer', cutsTheBody],
  ];

  test.each(faults)('%s is tried again, up to the bound, and then is Unavailable', async (_, answer) => {
    await withFakeEndpoint(answer, async ({ tables, requests }) => {
      const error = await errorOf(tables.put(put));
      expect(error).toBeInstanceOf(Unavailable);
      expect(error).toMatchObject({ code: 'unavailable', cause: expect.any(Error) });
      expect(requests).toEqual(Array.from({ length: SDK_ATTEMPTS_MAX }, () => 'PutItem'));
    });
  });

  test.each(faults)('%s that ends in time is not noticed', async (_, answer) => {
    await withFakeEndpoint(inTurn(answer, answer, answering(200, {})), async ({ tables, requests }) => {
      expect(await tables.put(put)).toEqual({ outcome: 'written' });
      expect(requests).toHaveLength(3);
    });
  });

  test.each(Object.entries(calls))('%s fails with Unavailable', async (_, call) => {
    await withFakeEndpoint(
      failing(500, 'InternalServerError'),
      async ({ tables }) => {
        expect(await errorOf(call(tables))).toBeInstanceOf(Unavailable);
      },
      { config: once },
    );
  });

  test.each([
    ['a port where nobody listens', 'http://127.0.0.1:1'],
    ['a name that has two addresses where nobody listens', 'http://localhost:1'],
    ['a name that has no address', 'http://tidemark.invalid'],
  ])('%s is Unavailable', async (_, endpoint) => {
    const client = clientFor(endpoint, once);
    const error = await errorOf(
      dynamoDbTables(client, { events: 'e', log: 'l', state: 's', readModels: 'r' }).put(put),
    );
    client.destroy();
    expect(error).toBeInstanceOf(Unavailable);
  });
});

describe.concurrent('contention', () => {
  const cancelled = (...codes: string[]) =>
    failing(400, 'TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });
  const contended = { outcome: 'contended' };
  const written = { outcome: 'written' };

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'a transaction that is cancelled for %s says of which put, and is not repeated here',
    async (code) => {
      await withFakeEndpoint(cancelled('None', code, 'None'), async ({ tables, requests }) => {
        expect(await tables.transact([put, put, put])).toEqual({
          outcome: 'cancelled',
          puts: [written, contended, written],
        });
        expect(requests).toEqual(['TransactWriteItems']);
      });
    },
  );

  test('a transaction may be cancelled for contention and for an item in the way at once', async () => {
    const found = { PK: { S: 'P' }, SK: { S: 'a' }, number: { N: '5' } };
    const reasons = [{ Code: 'ConditionalCheckFailed', Item: found }, { Code: 'TransactionConflict' }];
    await withFakeEndpoint(
      failing(400, 'TransactionCanceledException', { CancellationReasons: reasons }),
      async ({ tables }) => {
        expect(await tables.transact([put, put])).toEqual({
          outcome: 'cancelled',
          puts: [{ outcome: 'occupied', found: { ...item, number: 5 } }, contended],
        });
      },
    );
  });

  test('a put that a transaction on the same item refuses is contended', async () => {
    await withFakeEndpoint(failing(400, 'TransactionConflictException'), async ({ tables, requests }) => {
      expect(await tables.put(put)).toEqual(contended);
      expect(requests).toEqual(['PutItem']);
    });
  });

  test('a transaction whose first try is still under way is contended', async () => {
    await withFakeEndpoint(
      failing(400, 'TransactionInProgressException'),
      async ({ tables }) => {
        expect(await tables.transact([put, put])).toEqual({ outcome: 'cancelled', puts: [contended, contended] });
      },
      { config: once },
    );
  });

  test('a put that is refused says what stands there', async () => {
    const found = { PK: { S: 'P' }, SK: { S: 'a' }, bytes: { B: 'AQI=' } };
    await withFakeEndpoint(
      failing(400, 'ConditionalCheckFailedException', { Item: found }),
      async ({ tables, requests }) => {
        expect(await tables.put(put)).toEqual({
          outcome: 'occupied',
          found: { ...item, bytes: new Uint8Array([1, 2]) },
        });
        expect(requests).toHaveLength(1);
      },
    );
  });
});

describe.concurrent('an error that is not known passes through as it is, after one try', () => {
  const unknown: [string, Answer, string, string][] = [
    ['a request that DynamoDB does not allow', failing(400, 'ValidationException'), 'put', 'ValidationException'],
    ['a table that is not there', failing(400, 'ResourceNotFoundException'), 'query', 'ResourceNotFoundException'],
    ['a role that may not', failing(400, 'AccessDeniedException'), 'get', 'AccessDeniedException'],
    ['an error of the future', failing(400, 'SomethingNewException'), 'batchGet', 'SomethingNewException'],
    [
      'a refused condition without its item',
      failing(400, 'ConditionalCheckFailedException'),
      'put',
      'ConditionalCheckFailedException',
    ],
    [
      'a transaction cancelled for another reason',
      failing(400, 'TransactionCanceledException', {
        CancellationReasons: [{ Code: 'ValidationError' }, { Code: 'None' }],
      }),
      'transact',
      'TransactionCanceledException',
    ],
    [
      'a transaction cancelled without reasons',
      failing(400, 'TransactionCanceledException'),
      'transact',
      'TransactionCanceledException',
    ],
    ['an answer that is no JSON', page(200, '<html>'), 'get', 'SyntaxError'],
  ];

  test.each(unknown)('%s', async (_, answer, call, name) => {
    await withFakeEndpoint(answer, async ({ tables, requests }) => {
      const error = await errorOf(calls[call]?.(tables) ?? Promise.resolve());
      expect(error).toMatchObject({ name });
      expect(error).not.toBeInstanceOf(TidemarkError);
      expect(requests).toHaveLength(1);
    });
  });
});

test('what DynamoDB did not remove is said, and is not tried again here', async () => {
  const left = { DeleteRequest: { Key: { PK: { S: 'P' }, SK: { S: 'b' } } } };
  await withFakeEndpoint(answering(200, { UnprocessedItems: { state: [left] } }), async ({ tables, requests }) => {
    const keys = [item, { PK: 'P', SK: 'b' }];
    expect(await tables.remove('state', keys)).toEqual({ unprocessed: keys.slice(1) });
    expect(requests).toEqual(['BatchWriteItem']);
  });
});

test('what append-only tables refuse never reaches DynamoDB', async () => {
  await withFakeEndpoint(answering(200, {}), async ({ tables, requests }) => {
    for (const table of ['events', 'log'] as const) {
      const over = { table, item, over: 'any' } as const;
      await expect(tables.remove(table, [item])).rejects.toThrow(RangeError);
      await expect(tables.put(over)).rejects.toThrow(RangeError);
      await expect(tables.transact([over])).rejects.toThrow(RangeError);
    }
    expect(requests).toEqual([]);
  });
});

test('an item that is no item of ours is refused, and named as far as it can be', async () => {
  await withFakeEndpoint(answering(200, { Item: { PK: { S: 'P' }, SK: { N: '5' } } }), async ({ tables }) => {
    await expect(tables.get('events', item, 'strong')).rejects.toThrow(
      'Item P / 5 cannot be read: its keys are not strings',
    );
  });
});
