import { expect, test } from 'vitest';
import { createApi, pageOf, streamPath } from './api.ts';

test('an append is answered with 201, the versions and ids of its events, and the version as ETag', async () => {
  const api = createApi();
  const first = await api.append('Order-1', [
    { type: 'OrderPlaced', data: { total: 5 }, id: 'placed-1' },
    { type: 'OrderPaid', data: null },
  ]);
  expect(first.status).toBe(201);
  expect(first.body).toEqual({
    streamId: 'Order-1',
    firstVersion: 1,
    version: 2,
    events: [
      { id: 'placed-1', version: 1 },
      { id: expect.any(String), version: 2 },
    ],
  });
  expect(first.headers.get('ETag')).toBe('"2"');
  const second = await api.append('Order-1', [{ type: 'OrderShipped', data: {} }]);
  expect(second).toMatchObject({ status: 201, body: { firstVersion: 3, version: 3 } });
  expect(second.headers.get('ETag')).toBe('"3"');
});

test('what is appended is read with all its fields, and with the ids that the append answered', async () => {
  const api = createApi();
  const metadata = { correlationId: 'c', causationId: 'k', userId: 'u', trace: { hops: [1, null] } };
  const { body } = await api.append('Order-1', [
    { type: 'A', data: { text: 'ä€😀', list: [1, true] }, id: 'given', schemaVersion: 3, metadata },
    { type: 'B', data: 'text' },
  ]);
  const { events } = pageOf(await api.get(streamPath('Order-1')));
  expect(events).toHaveLength(2);
  expect(body).toMatchObject({ events: [{ id: 'given' }, {}] });
  const reply = await api.get(streamPath('Order-1'));
  expect(reply.body).toMatchObject({
    streamId: 'Order-1',
    version: 2,
    events: [
      {
        id: 'given',
        streamId: 'Order-1',
        type: 'A',
        version: 1,
        schemaVersion: 3,
        data: { text: 'ä€😀', list: [1, true] },
        metadata: { ...metadata, timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
      },
      { type: 'B', version: 2, schemaVersion: 1, data: 'text' },
    ],
  });
});

test('every kind of JSON value is data', async () => {
  const api = createApi();
  const values = [null, false, 0, -1.5e-7, '', 'text', [], {}, [[]], { '': { '': 0 } }];
  await api.append(
    'Order-1',
    values.map((data) => ({ type: 'A', data })),
  );
  const { events } = pageOf(await api.get(streamPath('Order-1')));
  expect(events.map(({ data }) => data)).toEqual(values);
});
