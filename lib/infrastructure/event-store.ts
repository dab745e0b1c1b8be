import { Duration, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type Table, type TableNames, tableNames } from '../tables/definitions.ts';
import {
  SCHEDULED_FUNCTION_TIMEOUT,
  STREAM_BATCH_SIZE,
  STREAM_BATCH_SIZE_MAX,
  STREAM_FUNCTION_TIMEOUT,
} from './bounds.ts';
import { callEvery } from './call-every.ts';
import { createFunction } from './create-function.ts';
import { EventStoreBase, type IEventStore, requirePrefix } from './event-store-base.ts';
import { FailedRecords } from './failed-records.ts';
import { type EventStoreAttributes, ImportedEventStore } from './imported-event-store.ts';
import { LogTopic } from './log-topic.ts';
import { ownEntry } from './own-entry.ts';
import { serviceName } from './service-name.ts';
import { createTables, type StoreTables } from './store-tables.ts';
import { grantStreamRead } from './stream-source.ts';
import { grantAccess, SCAN_AND_SEQUENCE, SEQUENCE, type TableAccess, VERIFY } from './table-access.ts';

/** What may be said of a store; nothing has to be. */
export interface EventStoreProps {
  /**
   * What the names of the tables begin with: `tidemark` for `tidemark-events`. It cannot be changed afterwards.
   * @default the name of the stack, in lower case
   */
  readonly tablePrefix?: string;
  /**
   * The key that encrypts the tables, and the bucket of records that could not be delivered.
   * @default the key that AWS owns, which costs nothing
   */
  readonly encryptionKey?: IKey;
  /**
   * How many records of the Events table the sequencer takes at once, at most: 1 to 10,000. Larger batches cost less.
   * @default 1000
   */
  readonly sequencerBatchSize?: number;
  /**
   * How long Lambda waits for a batch to fill, 0 to 5 minutes. The log is behind the streams by so much, and costs less.
   * @default no waiting
   */
  readonly sequencerBatchingWindow?: Duration;
  /**
   * How often the Events table is scanned for commits that no record told of, which takes half a read unit for each 4 KB of it.
   * @default every 7 days
   */
  readonly scanEvery?: Duration;
  /**
   * How often what is new in the log is verified.
   * @default every hour
   */
  readonly verifyEvery?: Duration;
  /** @default one month */
  readonly logRetention?: RetentionDays;
}

/** An event store: its tables, the sequencer that puts commits into the log, and what looks after them on a schedule. */
export class EventStore extends EventStoreBase {
  /** A store that another app, or another hand, has made. */
  static fromTablePrefix(scope: Construct, id: string, attributes: EventStoreAttributes): IEventStore {
    return new ImportedEventStore(scope, id, attributes);
  }

  readonly tablePrefix: string;
  readonly tableNames: TableNames;
  readonly tableArns: { readonly [table in Table]: string };
  readonly encryptionKey: IKey | undefined;
  readonly logStreamArn: string;
  readonly tables: StoreTables;
  /** Puts commits into the log, called by the stream of the Events table. */
  readonly sequencer: IFunction;
  /** Puts into the log what no record has told of, on a schedule. */
  readonly scan: IFunction;
  /** Verifies what is new in the log, on a schedule. */
  readonly verify: IFunction;
  /** Of records that the sequencer did not get for 24 hours. */
  readonly failedRecords: FailedRecords;
  readonly #props: EventStoreProps;
  #topic: LogTopic | undefined;

  constructor(scope: Construct, id: string, props: EventStoreProps = {}) {
    super(scope, id);
    this.#props = props;
    this.encryptionKey = props.encryptionKey;
    this.tablePrefix = requirePrefix(props.tablePrefix ?? Stack.of(this).stackName.toLowerCase());
    this.tableNames = tableNames(this.tablePrefix);
    this.tables = createTables(this, this.tableNames, props.encryptionKey);
    const { events, log, state, readModels } = this.tables;
    this.tableArns = {
      events: events.tableArn,
      log: log.tableArn,
      state: state.tableArn,
      readModels: readModels.tableArn,
    };
    this.logStreamArn = streamArn(log.tableStreamArn);
    this.failedRecords = new FailedRecords(this, 'FailedRecords', props.encryptionKey);
    this.sequencer = this.#createSequencer(streamArn(events.tableStreamArn));
    this.scan = this.#createScheduled('Scan', 'scan', SCAN_AND_SEQUENCE, props.scanEvery ?? Duration.days(7));
    this.verify = this.#createScheduled('Verify', 'verify', VERIFY, props.verifyEvery ?? Duration.hours(1));
  }

  get logTopic(): ITopic {
    this.#topic ??= new LogTopic(this, 'LogTopic', {
      logTableName: this.tableNames.log,
      logStreamArn: this.logStreamArn,
    });
    return this.#topic.topic;
  }

  /**
   * Records are tried again until they are 24 hours old, since none may be passed over: the sequencer passes over damaged streams by
   * itself, and whatever else keeps it from working keeps it from all records. No two batches of a shard at once: they would only race.
   */
  #createSequencer(eventsStreamArn: string): IFunction {
    const { sequencerBatchSize: batchSize = STREAM_BATCH_SIZE, sequencerBatchingWindow } = this.#props;
    if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= STREAM_BATCH_SIZE_MAX)) {
      throw new Error(`sequencerBatchSize must be 1 to ${STREAM_BATCH_SIZE_MAX}, not ${batchSize}`);
    }
    const sequencer = this.#createFunction('Sequencer', 'sequencer', STREAM_FUNCTION_TIMEOUT, SEQUENCE);
    grantStreamRead(sequencer, eventsStreamArn);
    new EventSourceMapping(this, 'SequencerSource', {
      target: sequencer,
      eventSourceArn: eventsStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      ...(sequencerBatchingWindow === undefined ? {} : { maxBatchingWindow: sequencerBatchingWindow }),
      parallelizationFactor: 1,
      retryAttempts: -1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: this.failedRecords,
    });
    return sequencer;
  }

  #createScheduled(id: string, name: string, access: readonly TableAccess[], every: Duration): IFunction {
    const scheduled = this.#createFunction(id, name, SCHEDULED_FUNCTION_TIMEOUT, access);
    callEvery(this, `${id}Schedule`, scheduled, every);
    return scheduled;
  }

  #createFunction(id: string, name: string, timeout: Duration, access: readonly TableAccess[]): IFunction {
    const created = createFunction(this, id, {
      entry: ownEntry(name),
      service: serviceName(this, name),
      description: DESCRIPTIONS[name] ?? name,
      timeout,
      logRetention: this.#props.logRetention ?? RetentionDays.ONE_MONTH,
      environment: this.tableEnvironment('events', 'log', 'state'),
    });
    grantAccess(this, created, access);
    return created;
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  sequencer: 'Puts what was appended into the log',
  scan: 'Puts into the log what no record of the stream has told of',
  verify: 'Verifies what is new in the log',
};

function streamArn(arn: string | undefined): string {
  if (arn === undefined) {
    throw new Error('The table has no stream');
  }
  return arn;
}
