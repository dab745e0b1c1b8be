/** The expressions in requests to DynamoDB. Names that are not ours stand behind placeholders: any may be a reserved word. */
import type { PutItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { limitOf } from './replaceable.ts';
import type { QueryRange, Replaceable } from './tables.ts';

/** The condition of every put: no item has this key. (An item either has both key attributes or is not there.) */
const KEY_IS_FREE = 'attribute_not_exists(PK)';

/** What stands in the way is returned with the refusal, so a conflict needs no read. */
const FOUND_IS_RETURNED = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

type Condition = Pick<
  PutItemCommandInput,
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'ReturnValuesOnConditionCheckFailure'
>;

/** A comparison with what is not there, or is no number, is false. */
export function putCondition(over: Replaceable | undefined): Condition {
  if (over === undefined) {
    return { ConditionExpression: KEY_IS_FREE, ...FOUND_IS_RETURNED };
  }
  if (over === 'any') {
    return {};
  }
  const isBelow = '#attribute < :limit';
  const isEqual = '#attribute = :limit';
  return {
    ...FOUND_IS_RETURNED,
    ConditionExpression: 'below' in over ? `${KEY_IS_FREE} OR ${isBelow}` : isEqual,
    ExpressionAttributeNames: { '#attribute': over.attribute },
    ExpressionAttributeValues: { ':limit': { N: String(limitOf(over)) } },
  };
}

export function keyCondition({ partition, from, through }: QueryRange): Partial<QueryCommandInput> {
  const inPartition = 'PK = :partition';
  const inRange = sortKeyCondition(from, through);
  return {
    KeyConditionExpression: inRange === undefined ? inPartition : `${inPartition} AND ${inRange}`,
    ExpressionAttributeValues: {
      ':partition': { S: partition },
      ...(from === undefined ? {} : { ':from': { S: from } }),
      ...(through === undefined ? {} : { ':through': { S: through } }),
    },
  };
}

function sortKeyCondition(from: string | undefined, through: string | undefined): string | undefined {
  if (from !== undefined && through !== undefined) {
    return 'SK BETWEEN :from AND :through';
  }
  if (from !== undefined) {
    return 'SK >= :from';
  }
  return through === undefined ? undefined : 'SK <= :through';
}

/** The keys, and the attributes that are asked for. */
export function projection(
  attributes: readonly string[] | undefined,
): Pick<QueryCommandInput, 'ProjectionExpression' | 'ExpressionAttributeNames'> {
  if (attributes === undefined) {
    return {};
  }
  const names = [...new Set(['PK', 'SK', ...attributes])];
  return {
    ProjectionExpression: names.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#a${index}`, name])),
  };
}
