import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { APPEND_OPERATIONS, READ_OPERATIONS } from '../../lib/http/app.ts';
import { memoryTables } from '../../lib/index.ts';
import { numbered } from '../support/events.ts';
import { type Api, createApi, type Reply } from './api.ts';
import { type DocumentedOperation, documentedOperations, OpenApiDocument, objectsIn } from './openapi-document.ts';
import { sequenceAll } from './sequence-all.ts';

let api: Api;
let text: string;
let operations: DocumentedOperation[];

beforeAll(async () => {
  const tables = memoryTables();
  api = createApi(tables);
  await api.append('Order-1', numbered(3));
  await sequenceAll(tables);
  const reply = await api.get('/openapi.json');
  text = reply.text;
  operations = documentedOperations(OpenApiDocument.parse(reply.body));
});

function operation(id: string): DocumentedOperation {
  const found = operations.find(({ operationId }) => operationId === id);
  if (found === undefined) {
    throw new Error(`The document has no operation ${id}`);
  }
  return found;
}

describe('the document', () => {
  test('has every operation of the app, once, and no others', () => {
    const served = [...APPEND_OPERATIONS, ...READ_OPERATIONS];
    const names = (list: readonly { method: string; path: string }[]) =>
      list.map(({ method, path }) => `${method} ${path}`).toSorted();
    expect(names(operations)).toEqual(names(served));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(served.length);
    for (const { method, path, responses } of operations) {
      const answers = served.find((each) => each.method === method && each.path === path)?.answers ?? {};
      expect(Object.keys(responses)).toEqual(Object.keys(answers));
    }
  });

  test('stands alone: no references, no definitions left over', () => {
    expect(text).not.toMatch(/"\$[a-z]/i);
    expect(text).not.toContain('definitions');
  });

  test('names the parameters of each path, all required, and no parameter twice', () => {
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      const names = parameters.map((parameter) => `${parameter.in} ${parameter.name.toLowerCase()}`);
      expect(new Set(names).size).toBe(names.length);
      // "the parameter definition SHALL be ignored" (OpenAPI 3.1.0, Parameter Object, name)
      expect(names).not.toContain('header content-type');
    }
  });

  test('has schemas that a validator of JSON Schema takes, and examples that are valid', () => {
    let examples = 0;
    for (const object of objectsIn(JSON.parse(text))) {
      const { schema } = object;
      if (typeof schema === 'object' && schema !== null) {
        expect(() => z.fromJSONSchema({ ...schema })).not.toThrow();
      }
      const { example, ...rest } = object;
      if (example !== undefined) {
        examples++;
        z.fromJSONSchema(rest).parse(example);
      }
    }
    expect(examples).toBeGreaterThan(0);
  });

  test('says for each error that it is a problem', () => {
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const type = Number(status) >= 400 ? 'application/problem+json' : 'application/json';
        expect(Object.keys(content ?? {})).toEqual(status === '304' ? [] : [type]);
      }
    }
  });
});

const READS = [
  { id: 'readStream', path: '/streams/Order-1', names: ['from', 'limit', 'direction', 'sequenced'] },
  { id: 'readLog', path: '/events', names: ['after', 'limit', 'category', 'type', 'wait'] },
];

describe.each(READS)('the parameters of $id in the document are those of the app', ({ id, path, names }) => {
  const query = () => (operation(id).parameters ?? []).filter((parameter) => parameter.in === 'query');
  const status = async (name: string, value: unknown) =>
    (await api.get(`${path}?${name}=${encodeURIComponent(String(value))}`)).status;

  test('are named', () => {
    expect(query().map(({ name }) => name)).toEqual(names);
    expect(query().every(({ required }) => !required)).toBe(true);
  });

  test('every bound, default and word is accepted, and what is beyond it is 400', async () => {
    for (const { name, schema } of query().filter(({ name: each }) => each !== 'category' && each !== 'type')) {
      const { minimum, maximum, enum: words = [], default: standard } = schema;
      for (const value of [minimum, maximum, standard, ...(Array.isArray(words) ? words : [])]) {
        expect([name, value, value === undefined ? 200 : await status(name, value)]).toEqual([name, value, 200]);
      }
      for (const value of [Number(minimum) - 1, BigInt(Number(maximum ?? 0)) + 1n, 'else']) {
        expect([name, value, await status(name, value)]).toEqual([name, value, 400]);
      }
    }
  });

  test('a default is what the app does without the parameter', async () => {
    const defaults = query().flatMap(({ name, schema }) =>
      schema['default'] === undefined ? [] : [`${name}=${schema['default']}`],
    );
    expect(defaults.length).toBeGreaterThan(2);
    const { body } = await api.get(path);
    expect(await api.get(`${path}?${defaults.join('&')}`)).toMatchObject({ body });
  });
});

describe('the document says what a request may have', () => {
  test('the defaults are those of the contract', () => {
    const defaults = READS.map(({ id }) =>
      Object.fromEntries((operation(id).parameters ?? []).map(({ name, schema }) => [name, schema['default']])),
    );
    expect(defaults).toMatchObject([
      { limit: 100, direction: 'forward', sequenced: 'false' },
      { after: 0, limit: 100, wait: 0 },
    ]);
  });

  test('a type of the log is a list of 1 to 100 names, and a category is one name', async () => {
    const schemas = Object.fromEntries(
      (operation('readLog').parameters ?? []).map(({ name, schema }) => [name, schema]),
    );
    const name = { type: 'string', minLength: 1, maxLength: 128, pattern: expect.any(String) };
    expect(schemas['category']).toEqual({ ...name, maxLength: 256 });
    expect(schemas['type']).toEqual({ type: 'array', minItems: 1, maxItems: 100, items: name });
    const statuses = async (query: string) => (await api.get(`/events?${query}`)).status;
    expect(await statuses(`category=${'c'.repeat(256)}&${Array.from({ length: 100 }, () => 'type=A').join('&')}`)).toBe(
      200,
    );
    expect(await statuses(`category=${'c'.repeat(257)}`)).toBe(400);
    expect(await statuses(Array.from({ length: 101 }, () => 'type=A').join('&'))).toBe(400);
  });

  test('an append takes its headers, and a body that has everything that the document says', async () => {
    const { parameters = [], requestBody } = operation('append');
    const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
    expect(headers).toEqual(['If-Match', 'If-None-Match', 'Idempotency-Key']);
    const event = {
      type: 'A',
      data: { any: [1] },
      id: 'id',
      schemaVersion: 2,
      metadata: { correlationId: 'c', causationId: 'k', userId: 'u', more: {} },
    };
    const body = z.fromJSONSchema({ ...requestBody?.content['application/json']?.schema });
    expect(body.safeParse({ events: [event] }).success).toBe(true);
    expect(await api.append('Order-2', [event], { 'If-Match': '"0"', 'Idempotency-Key': 'k' })).toMatchObject({
      status: 201,
    });
    for (const wrong of [{}, { events: [] }, { events: [{ ...event, more: 1 }] }, { events: [event], more: 1 }]) {
      expect(body.safeParse(wrong).success).toBe(false);
      expect((await api.appendText('Order-2', JSON.stringify(wrong))).status).toBe(400);
    }
  });
});

test('patterns take what the API takes, and nothing else', async () => {
  const { parameters = [] } = operation('append');
  const patterns = new Map(parameters.map(({ name, schema }) => [name, new RegExp(String(schema['pattern']), 'u')]));
  for (const streamId of [
    'Order-1',
    'O-1-2',
    'Ü-\u{1f44b}',
    'Order',
    '-1',
    'Order-',
    'Order-?',
    'Or?der-1',
    'Order-\u0085',
    'Or\nder-1',
  ]) {
    const { status } = await api.append(streamId, [{ type: 'A', data: 1 }]);
    expect({ streamId, is: patterns.get('streamId')?.test(streamId) }).toEqual({ streamId, is: status === 201 });
  }
  for (const tag of ['*', '"0"', '"7"', '"07"', '7', 'W/"7"', '"1", "2"', '"+1"', '"1e3"', '"0x1"', '', '**']) {
    const { status } = await api.append('Order-2', [{ type: 'A', data: 1 }], { 'If-Match': tag });
    expect({ tag, is: patterns.get('If-Match')?.test(tag) }).toEqual({ tag, is: status !== 400 });
  }
});

test('answers are what the document says, with no member more', async () => {
  const large = [{ type: 'A', data: 'x'.repeat(500_000) }];
  const keyed = { 'Idempotency-Key': 'key' };
  const replies: Record<string, readonly Reply[]> = {
    append: [
      await api.append('Order-3', numbered(2), keyed),
      await api.append('Order-3', numbered(2), keyed),
      await api.append('Order-3', numbered(1), keyed),
      await api.append('Order-3', []),
      await api.append('Order-3', numbered(1), { 'If-Match': '"7"' }),
      await api.append('Order-3', numbered(1), { 'If-None-Match': '*' }),
      await api.append('Order-4', numbered(1), { 'If-Match': '*' }),
      await api.append('Order-3', large),
      await api.append('Order-3', numbered(1), { 'Content-Type': 'text/plain' }),
    ],
    readStream: [
      await api.get('/streams/Order-3?limit=1'),
      await api.get('/streams/Order-3'),
      await api.get('/streams/Order-4'),
      await api.get('/streams/Order-3?limit=0'),
      await api.get('/streams/Order-1?sequenced=true&limit=1'),
    ],
    readLog: [await api.get('/events'), await api.get('/events?limit=1'), await api.get('/events?limit=0')],
    health: [await api.get('/health')],
    openApi: [await api.get('/openapi.json')],
  };
  for (const [id, answers] of Object.entries(replies)) {
    for (const { status, body, headers } of answers) {
      const declared = operation(id).responses[status];
      const schema = declared?.content?.[headers.get('Content-Type') ?? '']?.schema;
      expect(schema, `${id} ${status}`).toBeDefined();
      z.fromJSONSchema({ ...schema }).parse(body);
    }
  }
});
