import { describe, expect, test } from 'vitest';
import { type Api, createApi, errorPaths, pageOf, type Reply, streamPath } from './api.ts';

const GOOD = '{"events":[{"type":"A","data":1}]}';
/** For bodies of megabytes on a busy machine. */
const SLOW_MS = 60_000;
const JSON_TYPE = { 'Content-Type': 'application/json' };

async function dataAfter(api: Api, reply: Reply): Promise<unknown[]> {
  expect(reply.status).toBe(201);
  return pageOf(await api.get(streamPath('Order-1'))).events.map(({ data }) => data);
}

function eventWith(dataAsWritten: string): string {
  return `{"events":[{"type":"A","data":${dataAsWritten}}]}`;
}

describe('a body that cannot be read is 400', () => {
  test.each([
    ['nothing', ''],
    ['spaces', '  \n'],
    ['half of it', GOOD.slice(0, -1)],
    ['more than it', `${GOOD}1`],
    ['two of them', `${GOOD}\n${GOOD}`],
    ['a comma too many', '{"events":[{"type":"A","data":1,}]}'],
    ['single quotes', "{'events':[]}"],
    ['a comment', `${GOOD} // why not`],
    ['NaN', eventWith('NaN')],
    ['a leading zero', eventWith('012345678901234567890')],
    ['a form', 'events=1'],
  ])('%s', async (_, body) => {
    expect(errorPaths(await createApi().appendText('Order-1', body))).toEqual(['']);
  });

  test.each([
    ['Latin-1', Buffer.from(eventWith('"ä"'), 'latin1')],
    ['UTF-16 with its mark', Buffer.from(`\ufeff${GOOD}`, 'utf16le')],
    ['a surrogate', Buffer.from([...Buffer.from('"'), 0xed, 0xa0, 0x80, ...Buffer.from('"')])],
    ['a character that is cut off', Buffer.from('"€').subarray(0, -1)],
    ['an overlong character', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ])('%s', async (_, body) => {
    const reply = await createApi().appendText('Order-1', body);
    expect(reply).toMatchObject({ body: { detail: 'The body must be UTF-8' } });
    expect(errorPaths(reply)).toEqual(['']);
  });

  test('one that breaks off, because the client has gone away', async () => {
    const api = createApi();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from(GOOD)),
      pull: (controller) => controller.error(new Error('aborted')),
    });
    const reply = await api.send('POST', '/streams/Order-1', { headers: JSON_TYPE, body, duplex: 'half' });
    expect(errorPaths(reply)).toEqual(['']);
    expect(api.reported).toEqual([]);
  });

  test('no body', async () => {
    expect(errorPaths(await createApi().send('POST', '/streams/Order-1', { headers: JSON_TYPE }))).toEqual(['']);
  });
});

test('a body comes in any pieces', async () => {
  const bytes = Buffer.from(eventWith('"€😀"'));
  const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
  const api = createApi();
  const body = ReadableStream.from(pieces);
  const reply = await api.send('POST', '/streams/Order-1', { headers: JSON_TYPE, body, duplex: 'half' });
  expect(await dataAfter(api, reply)).toEqual(['€😀']);
});

test('a byte order mark is passed over', async () => {
  expect(await createApi().appendText('Order-1', `\ufeff${GOOD}`)).toMatchObject({ status: 201 });
});

test('of a name that is there twice, the last one counts', async () => {
  const api = createApi();
  const reply = await api.appendText('Order-1', eventWith('{"a":1,"a":2},"type":"B","data":{"b":1,"b":3}'));
  expect(await dataAfter(api, reply)).toEqual([{ b: 3 }]);
});

describe('names that objects inherit are names like others', () => {
  const data = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toString":null,"":0}';

  test.each([
    ['', data],
    ['beside risky numbers', data.replace('"":0', '"":-0')],
  ])('in data and metadata %s', async (_, written) => {
    const api = createApi();
    const reply = await api.appendText('Order-1', eventWith(`${written},"metadata":${written}`));
    expect(reply.status).toBe(201);
    const { text } = await api.get(streamPath('Order-1'));
    expect(text).toContain(`"data":${data},`);
    expect(text).toContain(`"metadata":${data.slice(0, -1)},"timestamp":`);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('a repeat with the same key has the same events only with the same of them', async () => {
    const api = createApi();
    const headers = { 'Idempotency-Key': 'key' };
    await api.appendText('Order-1', eventWith('{"__proto__":{"a":1}}'), headers);
    expect(await api.appendText('Order-1', eventWith('{"__proto__":{"a":1}}'), headers)).toMatchObject({ status: 200 });
    expect(await api.appendText('Order-1', eventWith('{"__proto__":{"a":2}}'), headers)).toMatchObject({ status: 422 });
    expect(await api.appendText('Order-1', eventWith('{}'), headers)).toMatchObject({ status: 422 });
  });
});

describe('numbers', () => {
  test.each([
    '0',
    '-1',
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '100000000000000000000',
    '1e21',
    '0.1',
    '0.12345678901234567',
    '5e-324',
    '1.7976931348623157e+308',
  ])('%s is kept', async (written) => {
    const api = createApi();
    expect(await dataAfter(api, await api.appendText('Order-1', eventWith(written)))).toEqual([Number(written)]);
  });

  test.each(['-0', '-0.0', '-0e5', '-0.00E-7', '-1e-400', '-1E-0400'])('%s is 0', async (written) => {
    const api = createApi();
    const [data] = await dataAfter(api, await api.appendText('Order-1', eventWith(written)));
    expect(Object.is(data, 0)).toBe(true);
  });

  test.each([
    ['2^53 + 1', '9007199254740993'],
    ['-(2^53 + 1)', '-9007199254740993'],
    ['twenty digits', '12345678901234567890'],
    ['1e999', '1e999'],
    ['-1e999', '-1e999'],
    ['10^308 + 1', `1${'0'.repeat(307)}1`],
    ['10^400', `1${'0'.repeat(400)}`],
    ['100,000 digits', '9'.repeat(100_000)],
  ])('%s cannot be held, which is 400 with its path', async (_, written) => {
    const reply = await createApi().appendText('Order-1', eventWith(`{"list":[0,{"a b":${written}}]}`));
    expect(errorPaths(reply)).toEqual(['events[0].data.list[1]["a b"]']);
  });
});

describe('nesting', () => {
  const nested = (depth: number, core: string) => eventWith(`${'['.repeat(depth)}${core}${']'.repeat(depth)}`);

  test('100 levels are kept, with risky numbers too', async () => {
    for (const core of ['1', '-0']) {
      const api = createApi();
      const reply = await api.appendText('Order-1', nested(100, core));
      expect(JSON.stringify(await dataAfter(api, reply))).toBe(`[${'['.repeat(100)}${Number(core)}${']'.repeat(100)}]`);
    }
  });

  test.each([101, 100_000, 1_000_000])('%i levels are 400', { timeout: SLOW_MS }, async (depth) => {
    for (const core of ['1', '-0']) {
      const reply = await createApi().appendText('Order-1', nested(depth, core));
      expect(errorPaths(reply)).toHaveLength(1);
      expect(reply.text).toContain('must not be nested');
    }
  });
});
