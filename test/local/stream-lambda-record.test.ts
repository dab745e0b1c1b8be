import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { lambdaRecord } from '../../lib/local/stream-lambda-record.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/tidemark-events/stream/2024-06-10T19:26:16.525';

test('a record has the form that Lambda gives it', () => {
  const record: _Record = {
    eventID: '98188091d59b5b7c4e311ca98144b97d',
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    dynamodb: {
      ApproximateCreationDateTime: new Date('2016-11-29T20:49:00Z'),
      Keys: { PK: { S: 'STREAM#Order-1' }, SK: { S: 'VERSION#00000000000000000001' } },
      NewImage: {
        PK: { S: 'STREAM#Order-1' },
        SK: { S: 'VERSION#00000000000000000001' },
        version: { N: '1' },
        empty: { S: '' },
        isLast: { BOOL: false },
        nothing: { NULL: true },
        tags: { SS: ['a', 'b'] },
        counts: { NS: ['1', '2.5'] },
        body: { B: bytes(0x1f, 0x8b, 0xff) },
        parts: { BS: [bytes(1), bytes(2, 3), bytes()] },
        nested: { M: { list: { L: [{ B: bytes(255, 254) }, { M: { deep: { BS: [bytes(9)] } } }, { N: '1' }] } } },
        ...JSON.parse('{"__proto__":{"S":"a name like any other"}}'),
      },
      SequenceNumber: '1100000000000136137170',
      SizeBytes: 27,
      StreamViewType: 'NEW_IMAGE',
    },
  };
  const expected: DynamoDBRecord = {
    eventID: '98188091d59b5b7c4e311ca98144b97d',
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    dynamodb: {
      ApproximateCreationDateTime: 1480452540,
      Keys: { PK: { S: 'STREAM#Order-1' }, SK: { S: 'VERSION#00000000000000000001' } },
      NewImage: {
        PK: { S: 'STREAM#Order-1' },
        SK: { S: 'VERSION#00000000000000000001' },
        version: { N: '1' },
        empty: { S: '' },
        isLast: { BOOL: false },
        nothing: { NULL: true },
        tags: { SS: ['a', 'b'] },
        counts: { NS: ['1', '2.5'] },
        body: { B: 'H4v/' },
        parts: { BS: ['AQ==', 'AgM=', ''] },
        nested: { M: { list: { L: [{ B: '//4=' }, { M: { deep: { BS: ['CQ=='] } } }, { N: '1' }] } } },
        ...JSON.parse('{"__proto__":{"S":"a name like any other"}}'),
      },
      SequenceNumber: '1100000000000136137170',
      SizeBytes: 27,
      StreamViewType: 'NEW_IMAGE',
    },
    eventSourceARN: ARN,
  };
  const converted = lambdaRecord(record, ARN);
  expect(converted).toStrictEqual(expected);
  // Lambda's event comes from JSON: whatever does not survive it is not there.
  expect(JSON.parse(JSON.stringify(converted))).toStrictEqual(expected);
  expect(Object.keys(converted.dynamodb?.NewImage ?? {})).toContain('__proto__');
});

test('a record of a deletion by DynamoDB itself', () => {
  const record: _Record = {
    eventName: 'REMOVE',
    dynamodb: { OldImage: { PK: { S: 'a' } } },
    userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
  };
  expect(lambdaRecord(record, ARN)).toStrictEqual({
    eventName: 'REMOVE',
    dynamodb: { OldImage: { PK: { S: 'a' } } },
    userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' },
    eventSourceARN: ARN,
  });
});

/** Not at the start of its buffer, as bytes from the network may be. */
function bytes(...values: number[]): Uint8Array {
  return new Uint8Array([7, 7, ...values, 7]).subarray(2, 2 + values.length);
}
