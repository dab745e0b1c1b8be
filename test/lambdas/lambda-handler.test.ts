import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHttpApp } from '../../lib/http/app.ts';
import { lambdaHandler } from '../../lib/http/lambda-handler.ts';
import { createEventStore, type EventStore, memoryTables, type Tables, Throttled } from '../../lib/index.ts';
import { sequenceAll } from '../http/sequence-all.ts';
import { numbered } from '../support/events.ts';
import { appendEvent, bodyOf, httpApiEvent } from './http-api-event.ts';

const BODY = { events: numbered(1) };

let tables: Tables;
let store: EventStore;
/** Typed as what Lambda is given and what API Gateway takes. */
let handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

beforeEach(() => {
  tables = memoryTables();
  store = createEventStore({ tables });
  handler = lambdaHandler(createHttpApp(store));
});

describe('an event of API Gateway', () => {
  test('of an append is answered with status, headers and a body of text', async () => {
    const result = await handler(appendEvent('/streams/Order-1', BODY));
    expect(result).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', etag: '"1"' },
      body: expect.any(String),
      isBase64Encoded: false,
    });
    expect(bodyOf(result)).toMatchObject({ streamId: 'Order-1', firstVersion: 1, version: 1 });
  });

  test('of a read has its query, repeated parameters among them', async () => {
    await store.append('Order-1', numbered(5));
    const result = await handler(httpApiEvent('GET', '/streams/Order-1?direction=backward&limit=2'));
    expect(bodyOf(result)).toMatchObject({ events: [{ version: 5 }, { version: 4 }] });
    const repeated = await handler(httpApiEvent('GET', '/streams/Order-1?limit=2&limit=3'));
    expect(repeated.statusCode).toBe(400);
    expect(bodyOf(repeated)).toMatchObject({ errors: [{ path: 'limit' }] });
    const encoded = await handler(httpApiEvent('GET', '/streams/Order-1?%6Cimit=%32&from=2%233'));
    expect(bodyOf(encoded)).toMatchObject({ errors: [{ path: 'from' }] });
    const cut = await handler({ ...httpApiEvent('GET', '/streams/Order-1'), rawQueryString: 'limit=2#3' });
    expect(bodyOf(cut)).toMatchObject({ errors: [{ path: 'limit' }] });
  });

  test('of a read of the log has every value of a parameter that is repeated', async () => {
    for (const type of ['A', 'B', 'C']) {
      await store.append('Order-1', [{ type, data: 1 }]);
    }
    await sequenceAll(tables);
    const result = await handler(httpApiEvent('GET', '/events?category=Order&type=A&type=%43&wait=20'));
    expect(result).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(bodyOf(result)).toMatchObject({
      events: [
        { type: 'A', position: 1 },
        { type: 'C', position: 3 },
      ],
      position: 3,
      head: 3,
    });
    expect(bodyOf(await handler(httpApiEvent('GET', '/events?type=B')))).toMatchObject({ events: [{ type: 'B' }] });
    const twice = await handler(httpApiEvent('GET', '/events?after=1&after=1'));
    expect(bodyOf(twice)).toMatchObject({ status: 400, errors: [{ path: 'after' }] });
    const sequenced = await handler(httpApiEvent('GET', '/streams/Order-1?sequenced=true'));
    expect(bodyOf(sequenced)).toMatchObject({ version: 3, sequencedPosition: 3 });
  });

  test('of a read of the log that waits is answered when something comes', async () => {
    const app = createHttpApp(store, {
      delay: async () => {
        await store.append('Order-1', numbered(1));
        await sequenceAll(tables);
      },
    });
    const result = await lambdaHandler(app)(httpApiEvent('GET', '/events?wait=20'));
    expect(bodyOf(result)).toMatchObject({ events: [{ position: 1 }], position: 1, head: 1 });
  });

  test('has its headers, whatever their case', async () => {
    await store.append('Order-1', numbered(1));
    const refused = await handler(appendEvent('/streams/Order-1', BODY, { 'If-None-Match': '*' }));
    expect(refused).toMatchObject({ statusCode: 412, headers: { 'content-type': 'application/problem+json' } });
    const known = httpApiEvent('GET', '/streams/Order-1');
    known.headers = { 'IF-NONE-MATCH': '"1"' };
    expect(await handler(known)).toMatchObject({ statusCode: 304, headers: { etag: '"1"' }, body: '' });
  });

  test('of a busy store has Retry-After', async () => {
    const query = async () => {
      throw new Throttled(new Error('slow down'));
    };
    const app = createHttpApp(createEventStore({ tables: { ...memoryTables(), query } }), { reportError: () => {} });
    const result = await lambdaHandler(app)(httpApiEvent('GET', '/streams/Order-1'));
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  });

  test('of a read is read although a body came with it', async () => {
    await store.append('Order-1', numbered(1));
    for (const method of ['GET', 'HEAD']) {
      const event = httpApiEvent(method, '/streams/Order-1', { body: '{"query":1}' });
      expect((await handler(event)).statusCode).toBe(200);
      expect((await handler({ ...event, body: 'AAAA', isBase64Encoded: true })).statusCode).toBe(200);
    }
  });

  test('without any headers is read', async () => {
    await store.append('Order-1', numbered(1));
    const event = httpApiEvent('GET', '/streams/Order-1');
    Reflect.deleteProperty(event, 'headers');
    expect((await handler(event)).statusCode).toBe(200);
  });

  test('with cookies is read as one without', async () => {
    const event = { ...appendEvent('/streams/Order-1', BODY), cookies: ['a=1', 'b="2"; x', ''] };
    const result = await handler(event);
    expect(result.statusCode).toBe(201);
    expect(result.cookies).toBeUndefined();
  });

  test('without a body, without a Content-Type or with an empty body is 4xx', async () => {
    const event = appendEvent('/streams/Order-1', BODY);
    const { body: _, ...withoutBody } = event;
    expect((await handler(withoutBody)).statusCode).toBe(400);
    expect((await handler({ ...event, body: '' })).statusCode).toBe(400);
    expect((await handler({ ...event, headers: {} })).statusCode).toBe(415);
    expect((await handler({ ...event, headers: { 'content-type': undefined } })).statusCode).toBe(415);
  });

  test('with an empty precondition or key is 400, and never an append without one', async () => {
    for (const name of ['if-match', 'if-none-match', 'idempotency-key']) {
      const result = await handler(appendEvent('/streams/Order-1', BODY, { [name]: '' }));
      expect(result.statusCode).toBe(400);
    }
    expect((await store.head('Order-1')).version).toBe(0);
  });

  test.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])('with %s is 405', async (method) => {
    const event = httpApiEvent(method, '/streams/Order-1', { body: '{}' });
    expect(await handler(event)).toMatchObject({ statusCode: 405, headers: { allow: 'POST, GET, HEAD' } });
  });
});

describe('a body in Base64', () => {
  const encoded = (bytes: Buffer, type = 'application/json') =>
    httpApiEvent('POST', '/streams/Order-1', {
      body: bytes.toString('base64'),
      isBase64Encoded: true,
      headers: { 'Content-Type': type, 'Content-Length': String(bytes.byteLength) },
    });

  test('is the body that was sent', async () => {
    const data = 'ä€😀\u0000';
    const body = Buffer.from(JSON.stringify({ events: [{ type: 'A', data }] }));
    expect((await handler(encoded(body, 'application/cloudevents+json'))).statusCode).toBe(201);
    expect((await store.read('Order-1')).events).toMatchObject([{ data }]);
  });

  test.each([
    ['is not UTF-8', encoded(Buffer.from([0xff, 0xfe]))],
    ['is not JSON', encoded(Buffer.from('no'))],
    ['is not Base64', { ...encoded(Buffer.from('')), body: '*** not Base64 ***' }],
  ])('that %s is 400', async (_, event) => {
    expect(await handler(event)).toMatchObject({
      statusCode: 400,
      headers: { 'content-type': 'application/problem+json' },
    });
  });
});

describe('what cannot be made into a request is 400 with a problem', () => {
  const good = appendEvent('/streams/Order-1', BODY);
  const withMethod = (method: string) => ({
    ...good,
    requestContext: { ...good.requestContext, http: { ...good.requestContext.http, method } },
  });

  test.each([
    ['a header name with a space', { ...good, headers: { ...good.headers, 'a b': 'c' } }],
    ['a header with a line feed', { ...good, headers: { ...good.headers, a: 'b\r\nc: d' } }],
    ['a path that is no Unicode', { ...good, rawPath: '/streams/Order-\ud800' }],
    ['a method that fetch forbids', withMethod('TRACE')],
    ['a method that is none', withMethod('GE T')],
  ])('%s', async (_, event) => {
    const result = await handler(event);
    expect(result).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/problem+json' } });
    expect(bodyOf(result)).toMatchObject({ type: 'urn:tidemark:invalid-request', status: 400, errors: [{ path: '' }] });
    expect((await store.head('Order-1')).version).toBe(0);
  });

  test('an error inside the app is 500 without a word about it', async () => {
    for (const error of [new Error('secret'), 'secret']) {
      const query = async () => {
        throw error;
      };
      const app = createHttpApp(createEventStore({ tables: { ...memoryTables(), query } }), { reportError: () => {} });
      const result = await lambdaHandler(app)(httpApiEvent('GET', '/streams/Order-1'));
      expect(result.statusCode).toBe(500);
      expect(JSON.stringify(result)).not.toContain('secret');
    }
  });
});

describe('what does not keep a request from being read', () => {
  test.each(['', 'exa mple.com', 'x:y:z', '%', 'user@host', '[::1', '\u0000'])(
    'a domain name such as "%s", which nobody needs',
    async (domainName) => {
      const good = appendEvent('/streams/Order-1', BODY);
      const event = { ...good, requestContext: { ...good.requestContext, domainName } };
      expect((await handler(event)).statusCode).toBe(201);
    },
  );

  test('a header in any script', async () => {
    const event = appendEvent('/streams/Order-1', BODY, { 'User-Agent': '€ 😀 \ud800', 'X-Name': 'Zoë' });
    expect((await handler(event)).statusCode).toBe(201);
  });

  test('a key that is not ASCII: it is the key that it is on Node, which reads a header as Latin-1', async () => {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'schlüssel' };
    const first = await handler(appendEvent('/streams/Order-1', BODY, headers));
    const onNode = await createHttpApp(store).request('/streams/Order-1', {
      method: 'POST',
      headers: { ...headers, 'Idempotency-Key': Buffer.from('schlüssel').toString('latin1') },
      body: JSON.stringify(BODY),
    });
    expect([first.statusCode, onNode.status]).toEqual([201, 200]);
  });
});
