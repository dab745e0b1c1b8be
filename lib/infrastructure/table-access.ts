/**
 * Who may do what with which table: what the code behind each role calls, and nothing else. Puts into the State table are narrowed to
 * the partitions that the role has business with, so that whoever appends cannot move a mark, and no projection another's checkpoint.
 */
import { Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Table } from '../tables/definitions.ts';

export interface TableAccess {
  readonly table: Table;
  readonly actions: readonly `dynamodb:${string}`[];
  /** Patterns of the partition keys that the actions may touch (`dynamodb:LeadingKeys`). Default: all. */
  readonly partitions?: readonly string[];
}

const GET = 'dynamodb:GetItem';
const BATCH_GET = 'dynamodb:BatchGetItem';
const QUERY = 'dynamodb:Query';
const SCAN = 'dynamodb:Scan';
const PUT = 'dynamodb:PutItem';
const BATCH_WRITE = 'dynamodb:BatchWriteItem';

/** Sequenced marks. */
const MARKS = 'SEQUENCED#*';

/** Reading streams. */
export const READ_STREAMS: readonly TableAccess[] = [{ table: 'events', actions: [GET, QUERY] }];

/** Appending: the proof of the boundary, the commit, and idempotency keys. */
export const APPEND: readonly TableAccess[] = [
  { table: 'events', actions: [GET, QUERY, PUT] },
  { table: 'state', actions: [GET, PUT], partitions: ['IDEMPOTENCY#*'] },
];

/** Reading the log, and how far a stream is in it. */
export const READ_LOG: readonly TableAccess[] = [
  { table: 'log', actions: [QUERY] },
  { table: 'events', actions: [BATCH_GET] },
  { table: 'state', actions: [GET], partitions: [MARKS] },
];

/** Reading the documents of projections. */
export const READ_MODELS: readonly TableAccess[] = [
  { table: 'state', actions: [GET], partitions: ['PROJECTIONS', 'PROJECTION#*'] },
  { table: 'readModels', actions: [GET] },
];

/** Reading how projections are. */
export const READ_STATUS: readonly TableAccess[] = [
  { table: 'log', actions: [QUERY] },
  { table: 'state', actions: [GET, QUERY], partitions: ['PROJECTIONS', 'PROJECTION#*'] },
];

/** Snapshots of aggregates. */
export const SNAPSHOTS: readonly TableAccess[] = [{ table: 'state', actions: [GET, PUT], partitions: ['SNAPSHOT#*'] }];

/** Putting commits into the log. */
export const SEQUENCE: readonly TableAccess[] = [
  { table: 'events', actions: [QUERY] },
  { table: 'log', actions: [QUERY, PUT] },
  { table: 'state', actions: [BATCH_GET, PUT], partitions: [MARKS] },
];

/** The same for what no record told of. It keeps its own place. */
export const SCAN_AND_SEQUENCE: readonly TableAccess[] = [
  ...SEQUENCE,
  { table: 'events', actions: [SCAN] },
  { table: 'state', actions: [GET, PUT], partitions: ['SCAN'] },
];

/** Verifying the log with its commits and marks. It keeps its own place. */
export const VERIFY: readonly TableAccess[] = [
  { table: 'log', actions: [QUERY] },
  { table: 'events', actions: [BATCH_GET] },
  { table: 'state', actions: [BATCH_GET], partitions: [MARKS] },
  { table: 'state', actions: [GET, PUT], partitions: ['VERIFY'] },
];

/** What a projection of this name does: follow the log, and keep its documents, its checkpoints and what it has parked. */
export function projectionAccess(name: string): readonly TableAccess[] {
  const own = [`PROJECTION#${name}`, `PARKED#${name}@*`];
  return [
    { table: 'log', actions: [QUERY] },
    { table: 'events', actions: [BATCH_GET] },
    { table: 'state', actions: [GET, QUERY, PUT], partitions: ['PROJECTIONS', ...own] },
    // Builds that were replaced are looked for in the whole table, and removed.
    { table: 'state', actions: [BATCH_WRITE], partitions: own },
    { table: 'readModels', actions: [BATCH_GET, PUT, BATCH_WRITE], partitions: [`${name}@*`] },
    { table: 'readModels', actions: [SCAN] },
  ];
}

export interface AccessibleTables {
  readonly tableArns: { readonly [table in Table]: string };
  readonly encryptionKey: IKey | undefined;
}

export function grantAccess(tables: AccessibleTables, grantee: IGrantable, access: readonly TableAccess[]): Grant {
  const grants = access.map(({ table, actions, partitions }) =>
    Grant.addToPrincipal({
      grantee,
      actions: [...actions],
      resourceArns: [tables.tableArns[table]],
      ...(partitions === undefined ? {} : { conditions: leadingKeys(partitions) }),
    }),
  );
  if (tables.encryptionKey !== undefined) {
    // DynamoDB asks the key in the name of who makes the request, for reads and for writes.
    grants.push(tables.encryptionKey.grantEncryptDecrypt(grantee));
    acknowledgeKeyActions(grantee);
  }
  return grants.reduce((all, one) => all.combine(one), Grant.drop(grantee, 'nothing else'));
}

function acknowledgeKeyActions({ grantPrincipal }: IGrantable): void {
  if (Construct.isConstruct(grantPrincipal)) {
    const reason = 'AWS names what DynamoDB does with a key in this way, and it is about this one key.';
    Validations.of(grantPrincipal).acknowledge(
      { id: 'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]', reason },
      { id: 'AwsSolutions-IAM5[Action::kms:ReEncrypt*]', reason },
    );
  }
}

/**
 * All keys of a request must match one of the patterns. Such a condition is also true of a request that has no keys, which none of these
 * actions is, and Scan is never granted with one.
 */
function leadingKeys(patterns: readonly string[]): Record<string, Record<string, unknown>> {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...patterns] } };
}
