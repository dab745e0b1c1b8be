import type {
  AttributeValue,
  Identity,
  _Record as SdkRecord,
  StreamRecord as SdkStreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, StreamRecord as LambdaStreamRecord, AttributeValue as LambdaValue } from 'aws-lambda';

type LambdaImage = Record<string, LambdaValue>;

/**
 * A record of a stream as Lambda hands it to a function, which is JSON: bytes are base64, and times are seconds since
 * 1970 ("Using AWS Lambda with Amazon DynamoDB", AWS Lambda developer guide).
 */
export function lambdaRecord(record: SdkRecord, streamArn: string): DynamoDBRecord {
  return withoutUndefined({
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    dynamodb: record.dynamodb === undefined ? undefined : streamRecord(record.dynamodb),
    userIdentity: record.userIdentity === undefined ? undefined : userIdentity(record.userIdentity),
    eventSourceARN: streamArn,
  });
}

function streamRecord(record: SdkStreamRecord): LambdaStreamRecord {
  const time = record.ApproximateCreationDateTime;
  return withoutUndefined({
    ApproximateCreationDateTime: time === undefined ? undefined : time.getTime() / 1000,
    Keys: image(record.Keys),
    NewImage: image(record.NewImage),
    OldImage: image(record.OldImage),
    SequenceNumber: record.SequenceNumber,
    SizeBytes: record.SizeBytes,
    StreamViewType: record.StreamViewType,
  });
}

/** Of what DynamoDB itself has done, such as deleting an item after its time to live. */
function userIdentity({ PrincipalId, Type }: Identity): object {
  return withoutUndefined({ principalId: PrincipalId, type: Type });
}

function image(attributes: Record<string, AttributeValue> | undefined): LambdaImage | undefined {
  return attributes === undefined ? undefined : lambdaMap(attributes);
}

function lambdaMap(attributes: Record<string, AttributeValue>): LambdaImage {
  // Not by assignment: an attribute may be called __proto__.
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, lambdaValue(value)]));
}

/** Recursion ends at the 32 levels that DynamoDB allows. */
function lambdaValue(value: AttributeValue): LambdaValue {
  if (value.B !== undefined) {
    return { B: base64(value.B) };
  }
  if (value.BS !== undefined) {
    return { BS: value.BS.map(base64) };
  }
  if (value.L !== undefined) {
    return { L: value.L.map(lambdaValue) };
  }
  if (value.M !== undefined) {
    return { M: lambdaMap(value.M) };
  }
  return plainValue(value);
}

/** The types that JSON has, or that are text there. */
function plainValue(value: AttributeValue): LambdaValue {
  if (value.S !== undefined) {
    return { S: value.S };
  }
  if (value.N !== undefined) {
    return { N: value.N };
  }
  if (value.BOOL !== undefined) {
    return { BOOL: value.BOOL };
  }
  if (value.NULL !== undefined) {
    return { NULL: value.NULL };
  }
  if (value.SS !== undefined) {
    return { SS: value.SS };
  }
  if (value.NS !== undefined) {
    return { NS: value.NS };
  }
  throw new Error(`DynamoDB has no attributes of the type ${Object.keys(value).join()}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** JSON has no undefined members. */
function withoutUndefined<T extends object>(value: T): T {
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) {
      Reflect.deleteProperty(value, name);
    }
  }
  return value;
}
