/** What is deployed besides the tables. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { at, functionsOf, type Resource, readJson, resourcesOf, STACKS, template } from './templates.ts';

const BOTH = () => STACKS.map(template);

function allOf(type: string): Resource[] {
  return BOTH().flatMap((stack) => Object.values(resourcesOf(stack, type)));
}

/** A function of one of the stacks. */
function functionOf(service: string): Resource & { readonly logicalId: string } {
  const found = BOTH().flatMap((stack) => functionsOf(stack)[service] ?? [])[0];
  if (found === undefined) {
    throw new Error(`There is no function ${service}`);
  }
  return found;
}

/** The event source mappings of a function. */
function sourcesOf(service: string): Record<string, unknown>[] {
  const { logicalId } = functionOf(service);
  return allOf('AWS::Lambda::EventSourceMapping')
    .map(({ Properties }) => Properties)
    .filter(({ FunctionName }) => at(FunctionName, 'Ref') === logicalId);
}

test('two runs make the same', () => {
  const [first, second] = inject('cloudAssemblies');
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort();
  expect(files(second)).toEqual(files(first));
  for (const name of files(first).filter((one) => /\.(template|assets)\.json$|\.mjs$/.test(one))) {
    expect(readFileSync(join(second, name), 'utf8') === readFileSync(join(first, name), 'utf8'), name).toBe(true);
  }
});

describe('every function', () => {
  const SERVICES = ['append', 'read', 'sequencer', 'scan', 'verify', 'orders', 'order-summary', 'order-reviews'].map(
    (name) => `tidemark-${name}`,
  );

  test('is one of these', () => {
    expect(
      BOTH()
        .flatMap((stack) => Object.keys(functionsOf(stack)))
        .sort(),
    ).toEqual(SERVICES.toSorted());
  });

  test.each(SERVICES)('%s runs on Node 24 on arm64, with a role and a log of its own, and traces', (service) => {
    const { Properties } = functionOf(service);
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1024,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } },
      TracingConfig: { Mode: 'Active' },
    });
  });

  test('has a role that no other has', () => {
    const roles = SERVICES.map((service) => JSON.stringify(functionOf(service).Properties['Role']));
    expect(new Set(roles).size).toBe(SERVICES.length);
  });

  test.each([
    ['append', ['EVENTS_TABLE', 'STATE_TABLE'], 29],
    ['read', ['EVENTS_TABLE', 'LOG_TABLE', 'READ_MODELS_TABLE', 'STATE_TABLE'], 29],
    ['sequencer', ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'], 60],
    ['scan', ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'], 900],
    ['verify', ['EVENTS_TABLE', 'LOG_TABLE', 'STATE_TABLE'], 900],
    ['orders', ['EVENTS_TABLE', 'READ_MODELS_TABLE', 'STATE_TABLE'], 29],
    ['order-reviews', ['EVENTS_TABLE', 'LOG_TABLE', 'READ_MODELS_TABLE', 'STATE_TABLE'], 60],
    ['order-summary', ['EVENTS_TABLE', 'LOG_TABLE', 'READ_MODELS_TABLE', 'STATE_TABLE'], 60],
  ])('%s gets the tables that it uses, and the time that it needs', (name, tables, timeout) => {
    const { Environment, Timeout } = functionOf(`tidemark-${name}`).Properties;
    const variables = at(Environment, 'Variables');
    expect(Object.keys(Object(variables)).sort()).toEqual(
      [
        ...tables,
        'NODE_OPTIONS',
        'POWERTOOLS_LOG_LEVEL',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_SERVICE_NAME',
      ].sort(),
    );
    expect(variables).toMatchObject({
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_LOG_LEVEL: 'INFO',
      POWERTOOLS_METRICS_NAMESPACE: 'Tidemark',
    });
    expect(Timeout).toBe(timeout);
  });
});

test('logs are kept for a month', () => {
  const groups = allOf('AWS::Logs::LogGroup');
  expect(groups.length).toBe(9);
  for (const { Properties } of groups) {
    expect(Properties['RetentionInDays']).toBe(30);
  }
});

describe('the sequencer', () => {
  test('is called by the stream of the Events table, until it works', () => {
    expect(sourcesOf('tidemark-sequencer')).toEqual([
      {
        FunctionName: { Ref: expect.any(String) },
        EventSourceArn: { 'Fn::GetAtt': ['TidemarkEvents', 'StreamArn'] },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 1000,
        ParallelizationFactor: 1,
        // No limit. There is none of age either: MaximumRecordAgeInSeconds is -1 where it is not given.
        MaximumRetryAttempts: -1,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['TidemarkFailedRecords', 'Arn'] } } },
      },
    ]);
  });
});

describe('a projection in another stack', () => {
  test('is called by the stream of the Log table, until it works', () => {
    expect(sourcesOf('tidemark-order-summary')).toEqual([
      {
        FunctionName: { Ref: expect.any(String) },
        EventSourceArn: { 'Fn::ImportValue': expect.stringContaining('TidemarkLogStreamArn') },
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 1000,
        ParallelizationFactor: 1,
        MaximumRetryAttempts: -1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    ]);
  });

  test.each([
    ['tidemark-order-summary', 'rate(1 minute)'],
    ['tidemark-scan', 'rate(7 days)'],
    ['tidemark-verify', 'rate(1 hour)'],
  ])('%s is called at %s, and not again before the next time', (service, rate) => {
    const { logicalId } = functionOf(service);
    const rule = allOf('AWS::Events::Rule').find(
      ({ Properties }) => at(Properties, 'Targets', 0, 'Arn', 'Fn::GetAtt', 0) === logicalId,
    );
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: rate,
      State: 'ENABLED',
      Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    const invocation = allOf('AWS::Lambda::EventInvokeConfig').find(
      ({ Properties }) => at(Properties, 'FunctionName', 'Ref') === logicalId,
    );
    expect(invocation?.Properties).toMatchObject({ MaximumRetryAttempts: 0 });
  });
});

describe('the API', () => {
  const properties = (type: string) =>
    Object.values(resourcesOf(template('Tidemark'), type)).map((one) => one.Properties);

  test('is closed but for /health', () => {
    const routes = properties('AWS::ApiGatewayV2::Route').map(
      ({ RouteKey, AuthorizationType }) => `${String(RouteKey)}: ${String(AuthorizationType)}`,
    );
    expect(routes.sort()).toEqual([
      'GET /events: AWS_IAM',
      'GET /health: NONE',
      'GET /openapi.json: AWS_IAM',
      'GET /projections: AWS_IAM',
      'GET /read-models/{projection}/{key+}: AWS_IAM',
      'GET /streams/{streamId+}: AWS_IAM',
      'HEAD /events: AWS_IAM',
      'HEAD /openapi.json: AWS_IAM',
      'HEAD /projections: AWS_IAM',
      'HEAD /read-models/{projection}/{key+}: AWS_IAM',
      'HEAD /streams/{streamId+}: AWS_IAM',
      'POST /streams/{streamId+}: AWS_IAM',
    ]);
  });

  test('has routes of other stacks, which are as closed', () => {
    const routes = Object.values(resourcesOf(template('TidemarkOrders'), 'AWS::ApiGatewayV2::Route')).map(
      ({ Properties: { RouteKey, AuthorizationType } }) => `${String(RouteKey)}: ${String(AuthorizationType)}`,
    );
    expect(routes.sort()).toEqual([
      'GET /orders/{orderId}: AWS_IAM',
      'HEAD /orders/{orderId}: AWS_IAM',
      'POST /orders/{orderId}/ship: AWS_IAM',
      'POST /orders: AWS_IAM',
    ]);
  });

  test('sends appends to the one function and everything else to the other, in the format that they read', () => {
    const integrations = properties('AWS::ApiGatewayV2::Integration');
    expect(integrations).toHaveLength(2);
    for (const one of integrations) {
      expect(one).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    }
  });

  test('has limits, and narrower ones for what is open', () => {
    expect(properties('AWS::ApiGatewayV2::Stage')).toMatchObject([
      {
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
        RouteSettings: { 'GET /health': { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 10 } },
      },
    ]);
  });

  test('says nothing of events in its access log, nor of their streams', () => {
    const [stage] = properties('AWS::ApiGatewayV2::Stage');
    const format = String(at(stage, 'AccessLogSettings', 'Format'));
    expect(format).toContain('$context.requestId');
    expect(format).not.toMatch(/path|\$context\.authorizer\.claims|request(Body|Override)/);
  });

  test('lets no other site ask', () => {
    for (const api of properties('AWS::ApiGatewayV2::Api')) {
      expect(api).not.toHaveProperty('CorsConfiguration');
    }
  });

  test.each(['append', 'read'])('%s is at most 450 KB', (name) => {
    expect(bundleBytes(`tidemark-${name}`)).toBeLessThanOrEqual(450_000);
  });
});

/** The size of the code of a function, as it was bundled. */
function bundleBytes(service: string): number {
  const folder = inject('cloudAssemblies')[0];
  const key = String(at(functionOf(service).Properties, 'Code', 'S3Key')).replace(/\.zip$/, '');
  const assets = readJson(join(folder, 'Tidemark.assets.json'));
  const path = String(at(assets, 'files', key, 'source', 'path'));
  return statSync(join(folder, path, 'index.mjs')).size;
}
