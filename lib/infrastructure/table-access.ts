/**
 * Who may do what with which table: what the code behind each role calls, and nothing else. Puts into the State table are narrowed to
 * the partitions that the role has business with, so that whoever appends cannot move a mark, and no projection another's checkpoint.
 */
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
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

/** Reading streams. */
export const READ_STREAMS: readonly TableAccess[] = [{ table: 'events', actions: [GET, QUERY] }];

/** Appending: the proof of the boundary, the commit, and idempotency keys. */
export const APPEND: readonly TableAccess[] = [
  { table: 'events', actions: [GET, QUERY, PUT] },
  { table: 'state', actions: [GET, PUT], partitions: ['IDEMPOTENCY#*'] },
];

/** Reading the log, and how far a stream is in it. */
export const READ_LOG: readonly TableAccess[] = [
  { table: 'log', actions: [GET, QUERY] },
  { table: 'events', actions: [GET, BATCH_GET, QUERY] },
  { table: 'state', actions: [GET, BATCH_GET], partitions: ['SEQUENCED#*'] },
];

/** Reading the documents of projections, and how far those are. */
export const READ_MODELS: readonly TableAccess[] = [
  { table: 'log', actions: [QUERY] },
  { table: 'state', actions: [GET, QUERY], partitions: ['PROJECTIONS', 'PROJECTION#*', 'PARKED#*'] },
  { table: 'readModels', actions: [GET] },
];

/** Snapshots of aggregates. */
export const SNAPSHOTS: readonly TableAccess[] = [{ table: 'state', actions: [GET, PUT], partitions: ['SNAPSHOT#*'] }];

/** Putting commits into the log. */
export const SEQUENCE: readonly TableAccess[] = [
  { table: 'events', actions: [GET, BATCH_GET, QUERY] },
  { table: 'log', actions: [GET, QUERY, PUT] },
  { table: 'state', actions: [GET, BATCH_GET, PUT], partitions: ['SEQUENCED#*'] },
];

/** What a projection of this name does: follow the log, and keep its documents, its checkpoints and what it has parked. */
export function projectionAccess(name: string): readonly TableAccess[] {
  const own = [`PROJECTION#${name}`, `PARKED#${name}@*`];
  return [
    { table: 'log', actions: [GET, QUERY] },
    { table: 'events', actions: [GET, BATCH_GET, QUERY] },
    { table: 'state', actions: [GET, QUERY, BATCH_GET, PUT], partitions: ['PROJECTIONS', ...own] },
    // Builds that were replaced are looked for in the whole table, and removed.
    { table: 'state', actions: [BATCH_WRITE], partitions: own },
    { table: 'readModels', actions: [GET, BATCH_GET, PUT, BATCH_WRITE], partitions: [`${name}@*`] },
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
  }
  return grants.reduce((all, one) => all.combine(one), Grant.drop(grantee, 'nothing else'));
}

/**
 * All keys of a request must match one of the patterns. Such a condition is also true of a request that has no keys, which none of these
 * actions is, and Scan is never granted with one.
 */
function leadingKeys(patterns: readonly string[]): Record<string, Record<string, unknown>> {
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...patterns] } };
}
