import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type { Item } from '../../lib/events/item.ts';
import { lambdaRecord } from '../../lib/local/stream-lambda-record.ts';
import { toAttributes } from '../../lib/tables/attributes.ts';

/** The record of a new item, as Lambda hands it on. */
export function insertRecord(item: Item, sequenceNumber: string) {
  const { PK, SK } = item;
  const record: _Record = {
    eventID: sequenceNumber,
    eventName: 'INSERT',
    dynamodb: {
      Keys: { PK: { S: PK }, SK: { S: SK } },
      NewImage: toAttributes(item),
      SequenceNumber: sequenceNumber,
      StreamViewType: 'NEW_IMAGE',
    },
  };
  return lambdaRecord(record, 'arn:aws:dynamodb:local:000000000000:table/events/stream/2026');
}
