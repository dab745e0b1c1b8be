import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item, ItemKey } from '../events/item.ts';
import { toAttributes, toItem } from './attributes.ts';
import { CONNECTION_TIMEOUT_MS, REQUEST_TIMEOUT_MS, SDK_ATTEMPTS_MAX } from './bounds.ts';
import { getUnits, putUnits, transactionUnits } from './capacity.ts';
import type { Table, TableNames } from './definitions.ts';
import { keyCondition, projection, putCondition } from './dynamodb-expressions.ts';
import { cancelledTransaction, itemInTheWay, refusedPut } from './refused-puts.ts';
import { requireRemovable, requireReplaceable } from './replaceable.ts';
import type {
  BatchGetResult,
  ConditionalPut,
  Consistency,
  PutOutcome,
  QueryOptions,
  QueryPage,
  QueryRange,
  RemoveResult,
  RequestObserver,
  ScanOptions,
  ScanPage,
  Tables,
  TransactionOutcome,
} from './tables.ts';
import { translateSdkError } from './translate-sdk-error.ts';

/** A client with Tidemark's bounds on tries and waiting. What `config` says goes before them. */
export function dynamoDbClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: SDK_ATTEMPTS_MAX,
    // The SDK puts its middleware together once for a command, instead of for every request: nobody adds any later.
    cacheMiddleware: true,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK logs a warning and waits on.
      throwOnRequestTimeout: true,
    },
    ...config,
  });
}

/**
 * Tables in DynamoDB, in AWS or local. `observer` makes DynamoDB report what each request consumed.
 *
 * @param names of the tables that are used: a request for one without a name is a RangeError
 */
export function dynamoDbTables(client: DynamoDBClient, names: Partial<TableNames>, observer?: RequestObserver): Tables {
  const context: Context = { client, names, observer };
  return {
    get: (table, key, consistency) => translated(() => get(context, table, key, consistency)),
    query: (table, range, options) => translated(() => query(context, table, range, options)),
    scan: (table, options) => translated(() => scan(context, table, options)),
    batchGet: (table, keys, consistency) => translated(() => batchGet(context, table, keys, consistency)),
    put: (conditionalPut) => translated(() => put(context, conditionalPut)),
    remove: (table, keys) => translated(() => remove(context, table, keys)),
    transact: (puts) => translated(() => transact(context, puts)),
  };
}

interface Context {
  readonly client: DynamoDBClient;
  readonly names: Partial<TableNames>;
  readonly observer: RequestObserver | undefined;
}

/** Without it DynamoDB would say of a table without a name only that a parameter is missing. */
function nameOf(names: Partial<TableNames>, table: Table): string {
  const name = names[table];
  if (name === undefined) {
    const given = Object.keys(names).join(', ') || 'none';
    throw new RangeError(`The table ${table} is used, but has no name here; there are names for: ${given}`);
  }
  return name;
}

async function get(
  { client, names, observer }: Context,
  table: Table,
  key: ItemKey,
  consistency: Consistency,
): Promise<Item | undefined> {
  const answer = await client.send(
    new GetItemCommand({
      TableName: nameOf(names, table),
      Key: toKeyAttributes(key),
      ConsistentRead: consistency === 'strong',
    }),
  );
  const item = answer.Item === undefined ? undefined : toItem(answer.Item);
  observer?.({ operation: 'get', readUnits: getUnits(item, consistency), writeUnits: 0 });
  return item;
}

async function query(
  { client, names, observer }: Context,
  table: Table,
  range: QueryRange,
  options: QueryOptions,
): Promise<QueryPage> {
  const answer = await client.send(
    new QueryCommand({
      TableName: nameOf(names, table),
      ...keyCondition(range),
      ...projection(options.attributes),
      ...(options.after === undefined
        ? {}
        : { ExclusiveStartKey: toKeyAttributes({ PK: range.partition, SK: options.after }) }),
      ...(options.limit === undefined ? {} : { Limit: options.limit }),
      ConsistentRead: options.consistency === 'strong',
      ScanIndexForward: options.direction === 'forward',
      ReturnConsumedCapacity: observer === undefined ? 'NONE' : 'TOTAL',
    }),
  );
  observer?.({ operation: 'query', readUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0, writeUnits: 0 });
  const resumeAfter = answer.LastEvaluatedKey?.['SK']?.S;
  return {
    items: (answer.Items ?? []).map(toItem),
    ...(resumeAfter === undefined ? {} : { resumeAfter }),
  };
}

async function scan({ client, names, observer }: Context, table: Table, options: ScanOptions): Promise<ScanPage> {
  const answer = await client.send(
    new ScanCommand({
      TableName: nameOf(names, table),
      ...projection(options.attributes),
      ...(options.after === undefined ? {} : { ExclusiveStartKey: toKeyAttributes(options.after) }),
      ...(options.limit === undefined ? {} : { Limit: options.limit }),
      ConsistentRead: options.consistency === 'strong',
      ReturnConsumedCapacity: observer === undefined ? 'NONE' : 'TOTAL',
    }),
  );
  observer?.({ operation: 'scan', readUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0, writeUnits: 0 });
  return {
    items: (answer.Items ?? []).map(toItem),
    ...(answer.LastEvaluatedKey === undefined ? {} : { resumeAfter: toKey(answer.LastEvaluatedKey) }),
  };
}

async function batchGet(
  { client, names, observer }: Context,
  table: Table,
  keys: readonly ItemKey[],
  consistency: Consistency,
): Promise<BatchGetResult> {
  const name = nameOf(names, table);
  const answer = await client.send(
    new BatchGetItemCommand({
      RequestItems: {
        [name]: {
          Keys: keys.map(toKeyAttributes),
          ConsistentRead: consistency === 'strong',
        },
      },
      ReturnConsumedCapacity: observer === undefined ? 'NONE' : 'TOTAL',
    }),
  );
  const units = answer.ConsumedCapacity?.[0]?.CapacityUnits ?? 0;
  observer?.({ operation: 'batchGet', readUnits: units, writeUnits: 0 });
  return {
    items: (answer.Responses?.[name] ?? []).map(toItem),
    unprocessed: (answer.UnprocessedKeys?.[name]?.Keys ?? []).map(toKey),
  };
}

function toKeyAttributes({ PK, SK }: ItemKey): Record<keyof ItemKey, AttributeValue> {
  return { PK: { S: PK }, SK: { S: SK } };
}

function toKey({ PK, SK }: Record<string, AttributeValue>): ItemKey {
  return { PK: PK?.S ?? '', SK: SK?.S ?? '' };
}

async function put({ client, names, observer }: Context, conditionalPut: ConditionalPut): Promise<PutOutcome> {
  requireReplaceable([conditionalPut]);
  const result = await client.send(new PutItemCommand(putInput(names, conditionalPut))).then(
    (): PutOutcome => ({ outcome: 'written' }),
    (error) => refusedPut(error, conditionalPut),
  );
  observer?.({ operation: 'put', readUnits: 0, writeUnits: putUnits(conditionalPut, itemInTheWay(result)) });
  return result;
}

async function remove(
  { client, names, observer }: Context,
  table: Table,
  keys: readonly ItemKey[],
): Promise<RemoveResult> {
  requireRemovable(table);
  const name = nameOf(names, table);
  const answer = await client.send(
    new BatchWriteItemCommand({
      RequestItems: { [name]: keys.map((key) => ({ DeleteRequest: { Key: toKeyAttributes(key) } })) },
      ReturnConsumedCapacity: observer === undefined ? 'NONE' : 'TOTAL',
    }),
  );
  const writeUnits = answer.ConsumedCapacity?.[0]?.CapacityUnits ?? 0;
  observer?.({ operation: 'remove', readUnits: 0, writeUnits });
  const unprocessed = answer.UnprocessedItems?.[name] ?? [];
  return {
    unprocessed: unprocessed.flatMap(({ DeleteRequest }) => (DeleteRequest?.Key ? [toKey(DeleteRequest.Key)] : [])),
  };
}

async function transact(
  { client, names, observer }: Context,
  puts: readonly ConditionalPut[],
): Promise<TransactionOutcome> {
  requireReplaceable(puts);
  const input = {
    TransactItems: puts.map((one) => ({ Put: putInput(names, one) })),
  };
  const result = await client.send(new TransactWriteItemsCommand(input)).then(
    (): TransactionOutcome => ({ outcome: 'written' }),
    (error) => cancelledTransaction(error, puts),
  );
  const there = result.outcome === 'cancelled' ? result.puts.map(itemInTheWay) : [];
  observer?.({ operation: 'transact', readUnits: 0, writeUnits: transactionUnits(puts, there) });
  return result;
}

function putInput(names: Partial<TableNames>, { table, item, over }: ConditionalPut) {
  return {
    TableName: nameOf(names, table),
    Item: toAttributes(item),
    ...putCondition(over),
  };
}

async function translated<Result>(request: () => Promise<Result>): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    throw translateSdkError(error);
  }
}
