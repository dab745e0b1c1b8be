import { Duration, Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  QUEUE_BATCH_SIZE,
  QUEUE_BATCHING_WINDOW,
  QUEUE_CONCURRENCY,
  STREAM_BATCH_SIZE,
  STREAM_FUNCTION_TIMEOUT,
  VISIBILITY_TIMEOUTS,
  WAKE_UP_RETENTION,
} from './bounds.ts';
import { callEvery } from './call-every.ts';
import { createFunction } from './create-function.ts';
import type { IEventStore } from './event-store-base.ts';
import { addLogReader } from './log-readers.ts';
import { serviceName } from './service-name.ts';
import { grantStreamRead } from './stream-source.ts';

/** Which projection it is, and what wakes it. */
export interface ProjectionProps {
  /** The store whose log the projection follows; it may be of another stack. */
  readonly store: IEventStore;
  /** The name that the projection is defined with. The function may only write what belongs to this name. */
  readonly projectionName: string;
  /** The file that exports `handler`, made by `projectionHandler`. */
  readonly entry: string;
  /**
   * What tells the projection of new entries of the log. `'stream'` is the stream of the Log table itself, which serves two readers;
   * `'queue'` is a queue of the projection's own at a topic (EventBridge Pipes, SNS, SQS), of which there may be any number, and which
   * all together take one of the two places.
   * @default 'stream'
   */
  readonly trigger?: 'stream' | 'queue';
  /**
   * How long to wait for more entries before the function is called, 0 to 5 minutes: larger batches cost less.
   * @default no waiting; a second with `'queue'`
   */
  readonly batchingWindow?: Duration;
  /**
   * How often it is woken without being told: after `redrive`, or to go on with what is left.
   * @default every minute
   */
  readonly wakeUpEvery?: Duration;
  /** Variables of the function besides those of the store. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 1024 */
  readonly memorySizeMb?: number;
  /**
   * How long one run may take: more than 10 seconds, which one transaction may need.
   * @default one minute
   */
  readonly timeout?: Duration;
  /** @default one month */
  readonly logRetention?: RetentionDays;
}

const ONLY_A_WAKE_UP =
  'It is only a wake-up, and so is the next one: nothing is lost with it, and the schedule wakes the projection too.';

/** A projection: a function of its own that builds a read model from the log, and what wakes it. */
export class Projection extends Construct implements IGrantable {
  readonly store: IEventStore;
  readonly projectionName: string;
  readonly function: IFunction;
  readonly grantPrincipal: IGrantable['grantPrincipal'];
  readonly #props: ProjectionProps;

  constructor(scope: Construct, id: string, props: ProjectionProps) {
    super(scope, id);
    this.#props = props;
    const { store, projectionName, timeout = STREAM_FUNCTION_TIMEOUT, memorySizeMb } = props;
    this.store = store;
    this.projectionName = projectionName;
    this.function = createFunction(this, 'Function', {
      entry: props.entry,
      service: serviceName(store, projectionName),
      description: `The projection ${projectionName}`,
      timeout,
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      environment: { ...props.environment, ...store.tableEnvironment('events', 'log', 'state', 'readModels') },
      ...(memorySizeMb === undefined ? {} : { memorySizeMb }),
    });
    this.grantPrincipal = this.function.grantPrincipal;
    store.grantProjection(this.function, projectionName);
    if (props.trigger === 'queue') {
      this.#readQueue(timeout);
    } else {
      this.#readStream();
    }
    callEvery(this, 'WakeUp', this.function, props.wakeUpEvery ?? Duration.minutes(1));
  }

  /** To read the documents of this and of all other projections. */
  grantRead(grantee: IGrantable): Grant {
    return this.store.grantReadModels(grantee);
  }

  /**
   * A record is only a wake-up: what there is to do, the log says. So there is nothing to divide where one fails, and nothing to keep;
   * it is tried again until it works.
   */
  #readStream(): void {
    const { store } = this;
    const { batchingWindow } = this.#props;
    addLogReader(this, store.tableNames.log);
    grantStreamRead(this.function, store.logStreamArn);
    const source = new EventSourceMapping(this, 'LogSource', {
      target: this.function,
      eventSourceArn: store.logStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: STREAM_BATCH_SIZE,
      ...(batchingWindow === undefined ? {} : { maxBatchingWindow: batchingWindow }),
      parallelizationFactor: 1,
      retryAttempts: -1,
      reportBatchItemFailures: true,
    });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'A record is only a wake-up, and so is the next one; nothing is lost with it, and the schedule wakes too.',
    });
  }

  #readQueue(timeout: Duration): void {
    const queue = new Queue(this, 'WakeUps', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * VISIBILITY_TIMEOUTS),
      retentionPeriod: WAKE_UP_RETENTION,
    });
    const subscription = this.store.logTopic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true }));
    queue.grantConsumeMessages(this.function);
    const source = new EventSourceMapping(this, 'LogSource', {
      target: this.function,
      eventSourceArn: queue.queueArn,
      batchSize: QUEUE_BATCH_SIZE,
      maxBatchingWindow: this.#props.batchingWindow ?? QUEUE_BATCHING_WINDOW,
      maxConcurrency: QUEUE_CONCURRENCY,
      reportBatchItemFailures: true,
    });
    Validations.of(queue).acknowledge(
      { id: 'AwsSolutions-SQS3', reason: ONLY_A_WAKE_UP },
      { id: 'Serverless-SQSRedrivePolicy', reason: ONLY_A_WAKE_UP },
    );
    Validations.of(subscription).acknowledge({ id: 'Serverless-SNSRedrivePolicy', reason: ONLY_A_WAKE_UP });
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: ONLY_A_WAKE_UP,
    });
  }
}
