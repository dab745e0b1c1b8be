import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type Table, type TableNames, tableNames } from '../tables/definitions.ts';
import { EventStoreBase, requirePrefix } from './event-store-base.ts';

/** What an app must know of a store that another one has made. */
export interface EventStoreAttributes {
  /** The prefix of the names of the tables: `tidemark` for `tidemark-events`, `tidemark-log`, …. */
  readonly tablePrefix: string;
  /**
   * The stream of the Log table, for projections with `trigger: 'stream'`. The stack of the store has it as an output.
   * @default none: such a projection is refused
   */
  readonly logStreamArn?: string;
  /**
   * The topic of the log, for projections with `trigger: 'queue'`. `EventStore.logTopic` of the app that has the store.
   * @default none: such a projection is refused
   */
  readonly logTopicArn?: string;
  /** @default the key that AWS owns */
  readonly encryptionKey?: IKey;
}

/** A store of another app, in the same account and region. */
export class ImportedEventStore extends EventStoreBase {
  readonly tablePrefix: string;
  readonly tableNames: TableNames;
  readonly tableArns: { readonly [table in Table]: string };
  readonly encryptionKey: IKey | undefined;
  readonly #attributes: EventStoreAttributes;
  #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, attributes: EventStoreAttributes) {
    super(scope, id);
    this.#attributes = attributes;
    this.encryptionKey = attributes.encryptionKey;
    this.tablePrefix = requirePrefix(attributes.tablePrefix);
    this.tableNames = tableNames(this.tablePrefix);
    const arn = (resourceName: string) =>
      Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName });
    const { events, log, state, readModels } = this.tableNames;
    this.tableArns = { events: arn(events), log: arn(log), state: arn(state), readModels: arn(readModels) };
  }

  get logStreamArn(): string {
    return this.#required('logStreamArn');
  }

  get logTopic(): ITopic {
    this.#topic ??= Topic.fromTopicArn(this, 'LogTopic', this.#required('logTopicArn'));
    return this.#topic;
  }

  #required(name: 'logStreamArn' | 'logTopicArn'): string {
    const arn = this.#attributes[name];
    if (arn === undefined) {
      throw new Error(`${this.node.path} was imported without ${name}, which this projection needs`);
    }
    return arn;
  }
}
