import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Dashboard, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmDefinition, apiAlarms, projectionAlarms, storeAlarms, throttleAlarm } from './alarms.ts';
import { apiRows, projectionRows, storeRows } from './dashboard.ts';
import type { EventStore } from './event-store.ts';
import type { EventStoreApi } from './event-store-api.ts';
import type { Projection } from './projection.ts';

/** What is watched, and who is told. */
export interface MonitoringProps {
  /** @default none is watched */
  readonly store?: EventStore;
  /** @default none is watched */
  readonly api?: EventStoreApi;
  /** @default none is watched */
  readonly projections?: readonly Projection[];
  /**
   * What is told when an alarm goes on or off.
   * @default nothing; alarms are only seen in CloudWatch
   */
  readonly alarmTopic?: ITopic;
}

/** Alarms, each of which says where it is written what to do, and a dashboard. */
export class Monitoring extends Construct {
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard;
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { store, api, projections = [], alarmTopic } = props;
    this.#topic = alarmTopic;
    const functions: IFunction[] = [
      ...(store === undefined ? [] : [store.sequencer, store.scan, store.verify]),
      ...(api === undefined ? [] : [api.append, api.read]),
      ...projections.map((projection) => projection.function),
    ];
    const definitions = [
      ...(store === undefined ? [] : storeAlarms(store)),
      ...(api === undefined ? [] : apiAlarms(api)),
      ...projections.flatMap(projectionAlarms),
      ...(functions.length === 0 ? [] : [throttleAlarm(functions)]),
    ];
    this.alarms = definitions.map((definition) => this.#createAlarm(definition));
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: Stack.of(this).stackName });
    this.dashboard.addWidgets(
      ...(store === undefined ? [] : storeRows(store)),
      ...(api === undefined ? [] : apiRows(api)),
      ...projections.flatMap(projectionRows),
    );
  }

  #createAlarm({ id, meaning, section, metric, threshold, minutes, minutesToAlarm = minutes }: AlarmDefinition): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${meaning}. What to do: docs/operations.md#${section}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: minutes,
      datapointsToAlarm: minutesToAlarm,
      // Where nothing happens nothing is told.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(this.#topic));
      alarm.addOkAction(new SnsAction(this.#topic));
    }
    return alarm;
  }
}
