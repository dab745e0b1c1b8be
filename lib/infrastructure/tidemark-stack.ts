import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EventStore, type EventStoreProps } from './event-store.ts';
import { EventStoreApi, type EventStoreApiProps } from './event-store-api.ts';
import { Monitoring, type MonitoringProps } from './monitoring.ts';

/** What may be said of the stack, its store, its API and its alarms; nothing has to be. */
export interface TidemarkStackProps
  extends StackProps,
    EventStoreProps,
    Pick<EventStoreApiProps, 'jwt' | 'rateLimit' | 'burstLimit'>,
    Pick<MonitoringProps, 'alarmTopic'> {}

/** A store with its API and its alarms: what `cdk deploy` of this repository makes. */
export class TidemarkStack extends Stack {
  readonly store: EventStore;
  readonly api: EventStoreApi;

  constructor(scope: Construct, id: string, props: TidemarkStackProps = {}) {
    super(scope, id, props);
    const { jwt, rateLimit, burstLimit, logRetention, alarmTopic } = props;
    this.store = new EventStore(this, 'Store', props);
    this.api = new EventStoreApi(this, 'Api', {
      store: this.store,
      ...(jwt === undefined ? {} : { jwt }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
      ...(burstLimit === undefined ? {} : { burstLimit }),
      ...(logRetention === undefined ? {} : { logRetention }),
    });
    new Monitoring(this, 'Monitoring', {
      store: this.store,
      api: this.api,
      ...(alarmTopic === undefined ? {} : { alarmTopic }),
    });
    new CfnOutput(this, 'ApiUrl', { value: this.api.url, description: 'The HTTP API' });
    new CfnOutput(this, 'LogStreamArn', {
      value: this.store.logStreamArn,
      description: 'The stream of the Log table, for projections of other apps',
    });
  }
}
