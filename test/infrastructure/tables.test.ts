/** That nothing which CloudFormation does by itself loses an event. */
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { describe, expect, test } from 'vitest';
import { TABLES, tableNames } from '../../lib/tables/definitions.ts';
import { type Resource, readJson, resourcesOf, STACKS, template } from './templates.ts';

const LOGICAL_IDS = {
  events: 'TidemarkEvents',
  log: 'TidemarkLog',
  state: 'TidemarkState',
  readModels: 'TidemarkReadModels',
} as const;

const ALL = ['events', 'log', 'state', 'readModels'] as const;

function tableOf(table: (typeof ALL)[number]): Resource {
  const resource = template('Tidemark').Resources[LOGICAL_IDS[table]];
  if (resource === undefined) {
    throw new Error(`There is no ${LOGICAL_IDS[table]}`);
  }
  return resource;
}

test('the tables have these logical ids, for ever, and there are no others', () => {
  expect(Object.keys(resourcesOf(template('Tidemark'), 'AWS::DynamoDB::Table')).sort()).toEqual(
    Object.values(LOGICAL_IDS).sort(),
  );
});

describe.each(ALL)('the table %s', (name) => {
  const names = tableNames('tidemark');

  test('outlives its stack, and cannot be deleted by accident', () => {
    const table = tableOf(name);
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table.Properties).toMatchObject({
      TableName: names[name],
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      // The key that AWS owns. Nothing in DynamoDB is stored in the clear.
      SSESpecification: { SSEEnabled: false },
    });
  });

  test('is as it is defined for everybody', () => {
    const { partitionKey, sortKey, ...definition } = TABLES[name];
    const { Properties } = tableOf(name);
    expect(Properties).toMatchObject({
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: partitionKey, AttributeType: 'S' },
        { AttributeName: sortKey, AttributeType: 'S' },
      ],
    });
    const stream = 'stream' in definition ? { StreamViewType: definition.stream } : undefined;
    expect(Properties['StreamSpecification']).toEqual(stream);
    const timeToLive =
      'timeToLiveAttribute' in definition
        ? { AttributeName: definition.timeToLiveAttribute, Enabled: true }
        : undefined;
    expect(Properties['TimeToLiveSpecification']).toEqual(timeToLive);
  });

  test('is denied changes to everybody where it is only added to, and to nobody else', () => {
    const denied = {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AppendOnly',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Resource: '*',
            Action: [
              'dynamodb:BatchWriteItem',
              'dynamodb:DeleteItem',
              'dynamodb:DeleteTable',
              'dynamodb:PartiQLDelete',
              'dynamodb:PartiQLInsert',
              'dynamodb:PartiQLUpdate',
              'dynamodb:UpdateItem',
              'dynamodb:UpdateTimeToLive',
            ],
          },
        ],
      },
    };
    expect(tableOf(name).Properties['ResourcePolicy']).toEqual(TABLES[name].appendOnly ? denied : undefined);
  });
});

test('records that were given up are kept, encrypted, and closed to the public and to plain HTTP', () => {
  const [[id, bucket] = [], ...others] = Object.entries(resourcesOf(template('Tidemark'), 'AWS::S3::Bucket'));
  expect(others).toEqual([]);
  expect(id).toBe('TidemarkFailedRecords');
  expect(bucket).toMatchObject({
    DeletionPolicy: 'Retain',
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
    },
  });
  const [policy] = Object.values(resourcesOf(template('Tidemark'), 'AWS::S3::BucketPolicy'));
  expect(policy?.Properties['PolicyDocument']).toMatchObject({
    Statement: [{ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  });
});

/** What users would miss: what is stored, and the address of the API. */
const KEPT = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::ApiGatewayV2::Api'];

/** What CloudFormation would do to such resources that it made of one template, given another one. */
function impacts(before: unknown, after: unknown): Record<string, ResourceImpact> {
  const found: Record<string, ResourceImpact> = {};
  fullDiff(before as object, after as object).resources.forEachDifference((id, { oldResourceType, changeImpact }) => {
    if (oldResourceType !== undefined && KEPT.includes(oldResourceType)) {
      found[id] = changeImpact;
    }
  });
  return found;
}

describe('an upgrade of what was deployed once', () => {
  test.each(STACKS)('of %s replaces and removes nothing that is kept', (stack) => {
    const golden = readJson(`test/infrastructure/golden/${stack}-1.json`);
    const harmless = [ResourceImpact.NO_CHANGE, ResourceImpact.WILL_UPDATE];
    for (const [id, impact] of Object.entries(impacts(golden, template(stack)))) {
      expect(harmless, id).toContain(impact);
    }
  });

  test.each([
    ['another name', { TableName: 'other' }, ResourceImpact.WILL_REPLACE],
    ['another key', { KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }] }, ResourceImpact.WILL_REPLACE],
  ])('would be seen to replace a table: %s', (_, change, impact) => {
    const before = template('Tidemark');
    const after = structuredClone(before);
    Object.assign(after.Resources['TidemarkEvents']?.Properties ?? {}, change);
    expect(impacts(before, after)).toEqual({ TidemarkEvents: impact });
  });

  test('would be seen to leave a table behind: another logical id', () => {
    const before = template('Tidemark');
    const { TidemarkEvents, ...others } = before.Resources;
    const after = { ...before, Resources: { ...others, Events: TidemarkEvents } };
    expect(impacts(before, after)).toEqual({ TidemarkEvents: ResourceImpact.WILL_ORPHAN });
  });
});
