/** What the constructs make of their props, and what they refuse. */
import { resolve } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import {
  EventStore,
  EventStoreApi,
  type IEventStore,
  Monitoring,
  Projection,
  type ProjectionProps,
} from '../../lib/infrastructure/index.ts';
import { resourcesOf, type Template } from './templates.ts';
import { emptyStack, removeTestApps, templateOf, testApp } from './test-app.ts';

removeTestApps();

const ENTRY = resolve('examples/orders/lambda-order-summary.ts');

function projection(
  scope: Construct,
  store: IEventStore,
  name: string,
  props: Partial<ProjectionProps> = {},
): Projection {
  return new Projection(scope, name, { store, projectionName: name, entry: ENTRY, ...props });
}

function propertiesOf(template: Template, type: string): Record<string, unknown>[] {
  return Object.values(resourcesOf(template, type)).map(({ Properties }) => Properties);
}

describe('the stream of the Log table has two readers', () => {
  test('a third projection is refused when the app is synthesized, in whichever stack it is', () => {
    const app = testApp();
    const store = new EventStore(emptyStack(app), 'Store');
    projection(emptyStack(app, 'One'), store, 'one');
    projection(emptyStack(app, 'Two'), store, 'two');
    expect(() => projection(emptyStack(app, 'Three'), store, 'three')).toThrow(
      "Three/three would be one too many at the stream of the table shop-log: DynamoDB Streams serves 2 readers of a shard, and those are One/one and Two/two. Set trigger: 'queue'",
    );
  });

  test('also where the store is there already', () => {
    const app = testApp();
    const stack = emptyStack(app);
    const imported = (id: string) =>
      EventStore.fromTablePrefix(stack, id, { tablePrefix: 'tidemark', logStreamArn: 'arn:aws:dynamodb:::stream' });
    projection(stack, imported('One'), 'one');
    projection(stack, imported('Two'), 'two');
    expect(() => projection(stack, imported('Three'), 'three')).toThrow('one too many');
  });

  test('stores of other names are others', () => {
    const app = testApp();
    for (const name of ['A', 'B', 'C']) {
      const stack = emptyStack(app, name);
      projection(stack, new EventStore(stack, 'Store'), 'one');
    }
  });

  test('with queues there are as many as one likes: they take one place together', () => {
    const app = testApp();
    const store = new EventStore(emptyStack(app), 'Store');
    const others = emptyStack(app, 'Others');
    projection(others, store, 'direct');
    for (const name of ['one', 'two', 'three', 'four']) {
      projection(others, store, name, { trigger: 'queue' });
    }
    expect(() => projection(others, store, 'too-many')).toThrow('those are Others/direct and Shop/Store/LogTopic');
  });
});

test('a queue is told by the log, through one pipe and one topic of the store', () => {
  const app = testApp();
  const shop = emptyStack(app);
  const store = new EventStore(shop, 'Store');
  const others = emptyStack(app, 'Others');
  projection(others, store, 'one', { trigger: 'queue' });
  projection(others, store, 'two', { trigger: 'queue', timeout: Duration.minutes(2) });
  const [pipe, ...morePipes] = propertiesOf(templateOf(shop), 'AWS::Pipes::Pipe');
  expect(morePipes).toEqual([]);
  expect(pipe).toMatchObject({
    Source: { 'Fn::GetAtt': ['TidemarkLog', 'StreamArn'] },
    SourceParameters: {
      DynamoDBStreamParameters: {
        StartingPosition: 'TRIM_HORIZON',
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: -1,
      },
    },
    // Nothing of the record but where it is.
    TargetParameters: { InputTemplate: '{"position": "<$.dynamodb.Keys.SK.S>"}' },
  });
  const template = templateOf(others);
  expect(propertiesOf(template, 'AWS::SNS::Subscription')).toHaveLength(2);
  expect(propertiesOf(template, 'AWS::SQS::Queue').map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([
    360, 720,
  ]);
  for (const source of propertiesOf(template, 'AWS::Lambda::EventSourceMapping')) {
    expect(source).toMatchObject({
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumBatchingWindowInSeconds: 1,
    });
  }
  expect(propertiesOf(template, 'AWS::Events::Rule')).toHaveLength(2);
});

describe('a store of another app', () => {
  test('is known by the names of its tables, and nothing is imported from another stack', () => {
    const stack = emptyStack();
    const store = EventStore.fromTablePrefix(stack, 'Store', {
      tablePrefix: 'tidemark',
      logStreamArn: 'arn:aws:dynamodb:eu-central-1:123456789012:table/tidemark-log/stream/2026',
      logTopicArn: 'arn:aws:sns:eu-central-1:123456789012:log',
    });
    projection(stack, store, 'one');
    projection(stack, store, 'two', { trigger: 'queue' });
    const template = templateOf(stack);
    expect(JSON.stringify(template)).not.toContain('Fn::ImportValue');
    expect(propertiesOf(template, 'AWS::DynamoDB::Table')).toEqual([]);
    expect(propertiesOf(template, 'AWS::Pipes::Pipe')).toEqual([]);
    expect(propertiesOf(template, 'AWS::Lambda::Function')[0]).toMatchObject({
      Environment: { Variables: { EVENTS_TABLE: 'tidemark-events', POWERTOOLS_SERVICE_NAME: 'tidemark-one' } },
    });
  });

  test.each([
    ['logStreamArn', 'stream'],
    ['logTopicArn', 'queue'],
  ] as const)('says that it needs %s', (missing, trigger) => {
    const stack = emptyStack();
    const store = EventStore.fromTablePrefix(stack, 'Store', { tablePrefix: 'tidemark' });
    expect(() => projection(stack, store, 'one', { trigger })).toThrow(
      `Shop/Store was imported without ${missing}, which this projection needs`,
    );
  });
});

test("a customer's key encrypts all tables and the records that were given up, and functions may use it", () => {
  const stack = emptyStack();
  const store = new EventStore(stack, 'Store', { encryptionKey: new Key(stack, 'Key') });
  new EventStoreApi(stack, 'Api', { store });
  const template = templateOf(stack);
  for (const table of propertiesOf(template, 'AWS::DynamoDB::Table')) {
    expect(table['SSESpecification']).toMatchObject({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: expect.anything(),
    });
  }
  const [bucket] = propertiesOf(template, 'AWS::S3::Bucket');
  expect(JSON.stringify(bucket?.['BucketEncryption'])).toContain('aws:kms');
  const policies = propertiesOf(template, 'AWS::IAM::Policy').filter((policy) =>
    JSON.stringify(policy).includes('dynamodb:'),
  );
  expect(policies).toHaveLength(5);
  for (const policy of policies) {
    expect(JSON.stringify(policy)).toContain('kms:Decrypt');
  }
});

describe('the API', () => {
  function apiTemplate(props: Partial<ConstructorParameters<typeof EventStoreApi>[2]> = {}) {
    const stack = emptyStack();
    const api = new EventStoreApi(stack, 'Api', { store: new EventStore(stack, 'Store'), ...props });
    return { stack, api };
  }

  const jwt = {
    issuer: 'https://example.com',
    audience: ['tidemark'],
    appendScopes: ['events/append'],
    readScopes: ['events/read'],
  };

  test('takes tokens where it is said so, with the scopes for appending and for reading', () => {
    const { stack } = apiTemplate({ jwt });
    const template = templateOf(stack);
    expect(propertiesOf(template, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject([
      { AuthorizerType: 'JWT', JwtConfiguration: { Audience: ['tidemark'], Issuer: 'https://example.com' } },
    ]);
    for (const { RouteKey, AuthorizationType, AuthorizationScopes } of propertiesOf(
      template,
      'AWS::ApiGatewayV2::Route',
    )) {
      if (RouteKey === 'GET /health') {
        expect(AuthorizationType).toBe('NONE');
      } else {
        expect(AuthorizationType, String(RouteKey)).toBe('JWT');
        const scope = String(RouteKey).startsWith('POST') ? 'events/append' : 'events/read';
        expect(AuthorizationScopes, String(RouteKey)).toEqual([scope]);
      }
    }
  });

  test('has nothing to grant in IAM then', () => {
    const { stack, api } = apiTemplate({ jwt });
    const role = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    expect(() => api.grantAppend(role)).toThrow('Shop/Api takes tokens, so there is nothing to grant in IAM');
  });

  test('lets those in who are granted it, to append or to read', () => {
    const { stack, api } = apiTemplate();
    const callers = ['Appender', 'Reader'].map(
      (id) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    );
    const [appender, reader] = callers;
    if (appender === undefined || reader === undefined) {
      throw new Error('There are no callers');
    }
    api.grantAppend(appender);
    api.grantRead(reader);
    const template = templateOf(stack);
    const invocable = (id: string) => {
      const policy = Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).find(([name]) => name.startsWith(id));
      const document = JSON.stringify(policy?.[1].Properties['PolicyDocument']);
      return [...document.matchAll(/\/\*\/([A-Z]+\/[^"]*)"/g)].map(([, route]) => route).sort();
    };
    expect(invocable('Appender')).toEqual(['POST/streams/*']);
    expect(invocable('Reader')).toEqual(
      ['streams/*', 'events', 'projections', 'read-models/*', 'openapi.json']
        .flatMap((path) => [`GET/${path}`, `HEAD/${path}`])
        .sort(),
    );
  });

  test('has the limits that it is given', () => {
    const { stack } = apiTemplate({ rateLimit: 7, burstLimit: 9 });
    expect(propertiesOf(templateOf(stack), 'AWS::ApiGatewayV2::Stage')[0]).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
    });
  });
});

test('a topic is told of each alarm, when it goes on and when it goes off', () => {
  const stack = emptyStack();
  const store = new EventStore(stack, 'Store');
  const api = new EventStoreApi(stack, 'Api', { store });
  const projections = [projection(stack, store, 'one')];
  new Monitoring(stack, 'Monitoring', { store, api, projections, alarmTopic: new Topic(stack, 'Topic') });
  const alarms = propertiesOf(templateOf(stack), 'AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(10);
  for (const { AlarmActions, OKActions } of alarms) {
    expect(AlarmActions).toHaveLength(1);
    expect(OKActions).toEqual(AlarmActions);
  }
});

test('the batch of the sequencer has the size and the window that it is given', () => {
  const stack = emptyStack();
  new EventStore(stack, 'Store', { sequencerBatchSize: 10_000, sequencerBatchingWindow: Duration.seconds(5) });
  expect(propertiesOf(templateOf(stack), 'AWS::Lambda::EventSourceMapping')[0]).toMatchObject({
    BatchSize: 10_000,
    MaximumBatchingWindowInSeconds: 5,
  });
});

test('a function has the variables that it is given, the level of its log among them', () => {
  const stack = emptyStack();
  const environment = { SEARCH_URL: 'https://search', POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_SERVICE_NAME: 'mine' };
  projection(stack, new EventStore(stack, 'Store'), 'one', { environment });
  const functions = propertiesOf(templateOf(stack), 'AWS::Lambda::Function').map(({ Environment }) => Environment);
  expect(functions).toContainEqual({
    Variables: expect.objectContaining({
      SEARCH_URL: 'https://search',
      POWERTOOLS_LOG_LEVEL: 'DEBUG',
      // Alarms look for it.
      POWERTOOLS_SERVICE_NAME: 'shop-one',
    }),
  });
});

describe('refused', () => {
  test.each([0, 10_001, 1.5])('a sequencer with batches of %d', (sequencerBatchSize) => {
    expect(() => new EventStore(emptyStack(), 'Store', { sequencerBatchSize })).toThrow(
      `sequencerBatchSize must be 1 to 10000, not ${sequencerBatchSize}`,
    );
  });

  test.each(['', 'mine/', 'a b', 'x'.repeat(244)])('a prefix %j', (tablePrefix) => {
    expect(() => new EventStore(emptyStack(), 'Store', { tablePrefix })).toThrow(
      'tablePrefix must be 1 to 243 letters',
    );
  });

  test('a prefix that is only known when it is deployed', () => {
    const stack = new Stack(testApp(), 'Shop');
    expect(() => new EventStore(stack, 'Store', { tablePrefix: stack.region })).toThrow('known at synth, not a token');
  });

  test('a second store in a stack', () => {
    const stack = emptyStack();
    new EventStore(stack, 'Store');
    expect(() => new EventStore(stack, 'Other', { tablePrefix: 'other' })).toThrow('has an EventStore already');
  });

  test('a projection whose file is not there', () => {
    const stack = emptyStack();
    const store = new EventStore(stack, 'Store');
    expect(() => projection(stack, store, 'one', { entry: '/nowhere/lambda.ts' })).toThrow(
      'Shop/one/Function: there is no file /nowhere/lambda.ts',
    );
  });
});
