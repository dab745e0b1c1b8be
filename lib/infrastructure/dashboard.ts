/** What stands on the dashboard: for each part, what its alarms watch and what explains it. */
import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, Row, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { damagedStreams, errors, iteratorAge, ownMetric, tableThrottles, throttles } from './alarms.ts';
import type { EventStore } from './event-store.ts';
import type { EventStoreApi } from './event-store-api.ts';
import { METRICS } from './metric-names.ts';
import type { Projection } from './projection.ts';
import { serviceName } from './service-name.ts';

const PERIOD = Duration.minutes(1);

/** CloudWatch's rows are 24 wide. */
const WIDTH = 8;

export function storeRows(store: EventStore): readonly Row[] {
  return [
    new Row(
      graph('How old what waits for the sequencer is (ms)', [iteratorAge(store)]),
      graph('Sequencer', activity(store.sequencer)),
      graph('DynamoDB throttles', [tableThrottles(store)]),
    ),
    new Row(
      graph('Damage that was found', [
        ...damagedStreams(store),
        ownMetric(METRICS.scanFoundCommits, { service: serviceName(store, 'scan') }),
        ownMetric(METRICS.verifyDamage, { service: serviceName(store, 'verify') }),
      ]),
      graph('Scan', activity(store.scan)),
      graph('Verify', activity(store.verify)),
    ),
    new Row(
      graph('Written to the tables (units)', capacity(store, 'ConsumedWriteCapacityUnits')),
      graph('Read from the tables (units)', capacity(store, 'ConsumedReadCapacityUnits')),
    ),
  ];
}

export function apiRows({ api, append, read }: EventStoreApi): readonly Row[] {
  return [
    new Row(
      graph('Requests', [
        api.metricCount({ period: PERIOD }),
        api.metricClientError({ period: PERIOD }),
        api.metricServerError({ period: PERIOD }),
      ]),
      graph('Append (ms)', durations(append)),
      graph('Read (ms)', durations(read)),
    ),
  ];
}

export function projectionRows({ projectionName, store, function: handler }: Projection): readonly Row[] {
  const metric = (name: string) =>
    ownMetric(name, { service: serviceName(store, projectionName), projection: projectionName });
  return [
    new Row(
      graph(`${projectionName}: events behind`, [metric(METRICS.projectionLag)]),
      graph(`${projectionName}: halted, parked`, [metric(METRICS.projectionHalted), metric(METRICS.projectionParked)]),
      graph(`${projectionName}: function`, activity(handler)),
    ),
  ];
}

function activity(one: IFunction): IMetric[] {
  return [one.metricInvocations({ period: PERIOD, statistic: Stats.SUM }), errors(one), throttles(one)];
}

function durations(one: IFunction): IMetric[] {
  return [Stats.p(50), Stats.p(99)].map((statistic) => one.metricDuration({ period: PERIOD, statistic }));
}

function capacity({ tables }: EventStore, metricName: string): IMetric[] {
  return Object.values(tables).map((table) => table.metric(metricName, { period: PERIOD, statistic: Stats.SUM }));
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: WIDTH });
}
