import { existsSync } from 'node:fs';
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { MEMORY_MB } from './bounds.ts';
import { FUNCTION_BUNDLE } from './function-bundle.ts';
import { METRIC_NAMESPACE } from './metric-names.ts';

export interface CreateFunctionProps {
  /** The TypeScript or JavaScript file that exports `handler`. */
  readonly entry: string;
  readonly description: string;
  /** What the metrics and the log call the function: the dimension `service`. */
  readonly service: string;
  readonly timeout: Duration;
  readonly logRetention: RetentionDays;
  /** Variables besides those of logs and metrics, of which it may set the level. */
  readonly environment: Readonly<Record<string, string>>;
  /** @default 1024 */
  readonly memorySizeMb?: number;
}

/**
 * A function with a role of its own, which may write its log and traces and nothing else, until somebody grants it more. The bundle has
 * the SDK in it: what runs is what was tested, and it starts faster than with the SDK of the runtime.
 */
export function createFunction(scope: Construct, id: string, props: CreateFunctionProps): NodejsFunction {
  if (!existsSync(props.entry)) {
    throw new Error(`${scope.node.path}/${id}: there is no file ${props.entry}`);
  }
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: props.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  const created = new NodejsFunction(scope, id, {
    entry: props.entry,
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: props.memorySizeMb ?? MEMORY_MB,
    timeout: props.timeout,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: Tracing.ACTIVE,
    environment: {
      POWERTOOLS_LOG_LEVEL: 'INFO',
      NODE_OPTIONS: '--enable-source-maps',
      ...props.environment,
      // Alarms and dashboards look for these.
      POWERTOOLS_SERVICE_NAME: props.service,
      POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    },
    bundling: {
      format: OutputFormat.ESM,
      mainFields: [...FUNCTION_BUNDLE.mainFields],
      minify: FUNCTION_BUNDLE.minify,
      sourceMap: FUNCTION_BUNDLE.sourcemap,
      sourcesContent: FUNCTION_BUNDLE.sourcesContent,
      target: FUNCTION_BUNDLE.target,
      banner: FUNCTION_BUNDLE.banner,
      bundleAwsSDK: true,
      esbuildArgs: Object.fromEntries(
        Object.entries(FUNCTION_BUNDLE.alias).map(([name, file]) => [`--alias:${name}`, file]),
      ),
    },
  });
  Validations.of(created).acknowledge({
    id: 'Serverless-LambdaDLQ',
    reason:
      'It is called for an answer, by a stream, which has its own way with failures, or by a schedule, which calls again.',
  });
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray takes traces for no resource in particular: PutTraceSegments and PutTelemetryRecords allow only *.',
  });
  return created;
}
