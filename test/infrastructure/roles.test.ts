/** Who may do what with which table: IAM's decisions on the policies of the templates, simulated. */
import { beforeAll, describe, expect, test } from 'vitest';
import { DENIED_ACTIONS } from '../../lib/infrastructure/append-only-policy.ts';
import type { Table } from '../../lib/tables/definitions.ts';
import { type DeployedPolicies, deployedPolicies, type Policy } from './deployed-policies.ts';
import { may } from './may.ts';
import { STACKS, template } from './templates.ts';

const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PartiQLSelect'];
const CHANGES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'ConditionCheckItem'];
const STATEMENTS = ['PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete'];
const ADMINISTRATION = [
  'UpdateTable',
  'DeleteTable',
  'UpdateTimeToLive',
  'PutResourcePolicy',
  'DeleteResourcePolicy',
  'UpdateContinuousBackups',
];
const ACTIONS = [...READS, ...CHANGES, ...STATEMENTS, ...ADMINISTRATION];

/** A partition of each kind that there is. */
const PARTITIONS: { readonly [table in Table]: readonly string[] } = {
  events: ['STREAM#Order-1'],
  log: ['LOG#main'],
  state: [
    'IDEMPOTENCY#Order-1',
    'SEQUENCED#Order-1',
    'SNAPSHOT#Order-1',
    'PROJECTIONS',
    'PROJECTION#order-summary',
    'PARKED#order-summary@1',
    'PROJECTION#order-summary-2',
    'PARKED#other@1',
    'SCAN',
    'VERIFY',
  ],
  readModels: ['order-summary@1#1', 'order-summary-2@1#1'],
};

let deployed: DeployedPolicies;
beforeAll(() => {
  deployed = deployedPolicies(STACKS.map(template));
});

const TABLES = ['events', 'log', 'state', 'readModels'] as const;

/** All that is allowed, as `table partition: actions`. */
async function allowed(policies: readonly Policy[]): Promise<string[]> {
  const lines: string[] = [];
  for (const table of TABLES) {
    for (const partition of PARTITIONS[table]) {
      const actions: string[] = [];
      for (const action of ACTIONS) {
        // A scan, and what is done to the table as a whole, is about no partition.
        const isOfItems = action !== 'Scan' && !ADMINISTRATION.includes(action);
        const partitions = isOfItems ? { partitions: [partition] } : {};
        if (await may(policies, deployed, { action: `dynamodb:${action}`, table, ...partitions })) {
          actions.push(action);
        }
      }
      if (actions.length > 0) {
        lines.push(`${table} ${partition}: ${actions.join(' ')}`);
      }
    }
  }
  return lines;
}

function policiesOf(service: string): readonly Policy[] {
  const policies = deployed.roles[service];
  if (policies === undefined) {
    throw new Error(`There is no function ${service}, but ${Object.keys(deployed.roles).join(', ')}`);
  }
  return policies;
}

describe('each function may do this, and nothing else', () => {
  test.each<[string, readonly string[]]>([
    ['tidemark-append', ['events STREAM#Order-1: GetItem Query PutItem', 'state IDEMPOTENCY#Order-1: GetItem PutItem']],
    [
      'tidemark-read',
      [
        'events STREAM#Order-1: GetItem BatchGetItem Query',
        'log LOG#main: Query',
        'state SEQUENCED#Order-1: GetItem',
        'state PROJECTIONS: GetItem Query',
        'state PROJECTION#order-summary: GetItem Query',
        'state PROJECTION#order-summary-2: GetItem Query',
        'readModels order-summary@1#1: GetItem',
        'readModels order-summary-2@1#1: GetItem',
      ],
    ],
    [
      'tidemark-sequencer',
      ['events STREAM#Order-1: Query', 'log LOG#main: Query PutItem', 'state SEQUENCED#Order-1: BatchGetItem PutItem'],
    ],
    [
      'tidemark-scan',
      [
        'events STREAM#Order-1: Query Scan',
        'log LOG#main: Query PutItem',
        'state SEQUENCED#Order-1: BatchGetItem PutItem',
        'state SCAN: GetItem PutItem',
      ],
    ],
    [
      'tidemark-verify',
      [
        'events STREAM#Order-1: BatchGetItem',
        'log LOG#main: Query',
        'state SEQUENCED#Order-1: BatchGetItem',
        'state VERIFY: GetItem PutItem',
      ],
    ],
    [
      'tidemark-order-summary',
      [
        'events STREAM#Order-1: BatchGetItem',
        'log LOG#main: Query',
        'state PROJECTIONS: GetItem Query PutItem',
        'state PROJECTION#order-summary: GetItem Query PutItem BatchWriteItem',
        'state PARKED#order-summary@1: GetItem Query PutItem BatchWriteItem',
        'readModels order-summary@1#1: BatchGetItem Scan PutItem BatchWriteItem',
        // A scan reads the whole table: it looks for builds that were replaced.
        'readModels order-summary-2@1#1: Scan',
      ],
    ],
    [
      'tidemark-orders',
      [
        'events STREAM#Order-1: GetItem Query PutItem',
        'state IDEMPOTENCY#Order-1: GetItem PutItem',
        'state SNAPSHOT#Order-1: GetItem PutItem',
        'state PROJECTIONS: GetItem',
        'state PROJECTION#order-summary: GetItem',
        'state PROJECTION#order-summary-2: GetItem',
        'readModels order-summary@1#1: GetItem',
        'readModels order-summary-2@1#1: GetItem',
      ],
    ],
    [
      'tidemark-order-reviews',
      [
        'events STREAM#Order-1: GetItem BatchGetItem Query PutItem',
        'log LOG#main: Query',
        'state IDEMPOTENCY#Order-1: GetItem PutItem',
        'state SNAPSHOT#Order-1: GetItem PutItem',
        'state PROJECTIONS: GetItem Query PutItem',
        'readModels order-summary@1#1: Scan',
        'readModels order-summary-2@1#1: Scan',
      ],
    ],
  ])('%s', async (service, expected) => {
    expect(await allowed(policiesOf(service))).toEqual(expected);
  });

  test('and there are no others', () => {
    expect(Object.keys(deployed.roles).sort()).toEqual([
      'tidemark-append',
      'tidemark-order-reviews',
      'tidemark-order-summary',
      'tidemark-orders',
      'tidemark-read',
      'tidemark-scan',
      'tidemark-sequencer',
      'tidemark-verify',
    ]);
  });
});

describe('somebody with all rights in the account', () => {
  const administrator: readonly Policy[] = [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ];

  test.each(['events', 'log'] as const)('cannot change or delete what is in %s', async (table) => {
    for (const action of DENIED_ACTIONS) {
      expect(await may(administrator, deployed, { action, table }), action).toBe(false);
    }
  });

  test.each(['events', 'log'] as const)('can put into %s, and read it', async (table) => {
    for (const action of ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan']) {
      expect(await may(administrator, deployed, { action, table }), action).toBe(true);
    }
  });

  test('can change what is made again from events', async () => {
    for (const table of ['state', 'readModels'] as const) {
      expect(await may(administrator, deployed, { action: 'dynamodb:DeleteItem', table })).toBe(true);
    }
  });
});

test('a transaction does not get past the policy of a table: each of its parts is an action', async () => {
  const onlyTransactions: readonly Policy[] = [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'], Resource: '*' },
      ],
    },
  ];
  for (const action of ['dynamodb:UpdateItem', 'dynamodb:DeleteItem']) {
    expect(await may(onlyTransactions, deployed, { action, table: 'events' })).toBe(false);
  }
});
