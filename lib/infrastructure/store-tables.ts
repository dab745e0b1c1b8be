import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, CfnTable, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { TABLES, type TableDefinition, type TableNames, type Table as TableOfStore } from '../tables/definitions.ts';
import { appendOnlyPolicy } from './append-only-policy.ts';

/**
 * The logical ids of the tables, for ever. A table whose logical id changes is another one to CloudFormation: it would make an empty one
 * and leave the old one behind.
 */
export const LOGICAL_IDS: { readonly [table in TableOfStore]: string } = {
  events: 'TidemarkEvents',
  log: 'TidemarkLog',
  state: 'TidemarkState',
  readModels: 'TidemarkReadModels',
};

export type StoreTables = { readonly [table in TableOfStore]: Table };

export function createTables(scope: Construct, names: TableNames, encryptionKey: IKey | undefined): StoreTables {
  refuseSecondStore(scope);
  const create = (table: TableOfStore) =>
    createTable(scope, LOGICAL_IDS[table], names[table], TABLES[table], encryptionKey);
  return { events: create('events'), log: create('log'), state: create('state'), readModels: create('readModels') };
}

/**
 * The names are given, not made by CloudFormation. So a replacement is refused ("cannot update a stack when a custom-named resource
 * requires replacing") where it would otherwise put an empty table in the place of a full one, and tables that a destroyed stack has
 * left can be taken up again (`cdk deploy --import-existing-resources`).
 */
function createTable(
  scope: Construct,
  logicalId: string,
  tableName: string,
  definition: TableDefinition,
  encryptionKey: IKey | undefined,
): Table {
  const table = new Table(scope, logicalId, {
    tableName,
    partitionKey: { name: definition.partitionKey, type: AttributeType.STRING },
    sortKey: { name: definition.sortKey, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(encryptionKey === undefined
      ? { encryption: TableEncryption.DEFAULT }
      : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    ...(definition.stream === undefined ? {} : { stream: StreamViewType[definition.stream] }),
    ...(definition.timeToLiveAttribute === undefined ? {} : { timeToLiveAttribute: definition.timeToLiveAttribute }),
    ...(definition.appendOnly ? { resourcePolicy: appendOnlyPolicy() } : {}),
  });
  cfnTable(table).overrideLogicalId(logicalId);
  return table;
}

function cfnTable(table: Table): CfnTable {
  const { defaultChild } = table.node;
  if (!CfnTable.isCfnTable(defaultChild)) {
    throw new Error(`${table.node.path} has no table`);
  }
  return defaultChild;
}

const stacksWithStore = new WeakSet<Stack>();

function refuseSecondStore(scope: Construct): void {
  const stack = Stack.of(scope);
  if (stacksWithStore.has(stack)) {
    throw new Error(`The stack ${stack.stackName} has an EventStore already. Put each store into a stack of its own`);
  }
  stacksWithStore.add(stack);
}
