/** What is watched, when it is an alarm, and where it is written what to do then. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { EventStore } from './event-store.ts';
import type { EventStoreApi } from './event-store-api.ts';
import { METRIC_NAMESPACE, METRICS } from './metric-names.ts';
import type { Projection } from './projection.ts';
import { serviceName } from './service-name.ts';

export interface AlarmDefinition {
  readonly id: string;
  /** What is the matter, as a sentence without its full stop. */
  readonly meaning: string;
  /** The heading in docs/operations.md, as its link has it. */
  readonly section: string;
  readonly metric: IMetric;
  /** From this value on. */
  readonly threshold: number;
  /** Of so many minutes running … */
  readonly minutes: number;
  /** … in so many. @default in all */
  readonly minutesToAlarm?: number;
}

/** Far below the 24 hours after which records are gone; a minute or two happen when Lambda moves a shard. */
const ITERATOR_AGE_MS = Duration.minutes(5).toMilliseconds();

/** Events: a minute's work of a projection. More than that for a quarter of an hour, and it does not keep up. */
const LAG_EVENTS = 1000;

/** What is told once stays an alarm for so long: longer than from one verification to the next. */
const SEEN_MINUTES = 90;

const PERIOD = Duration.minutes(1);

export function storeAlarms(store: EventStore): readonly AlarmDefinition[] {
  return [
    {
      id: 'SequencerBehind',
      meaning: 'Commits wait for more than five minutes to be put into the log',
      section: 'the-sequencer-is-behind',
      metric: iteratorAge(store),
      threshold: ITERATOR_AGE_MS,
      minutes: 5,
    },
    {
      id: 'SequencerFails',
      meaning: 'The sequencer fails',
      section: 'the-sequencer-is-behind',
      metric: store.sequencer.metricErrors({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      minutes: 5,
      minutesToAlarm: 3,
    },
    {
      id: 'DamagedStream',
      meaning: 'The sequencer or the scan has found a damaged stream, which it passes over',
      section: 'the-sequencer-reports-a-damaged-stream',
      metric: sum('Damaged streams', damagedStreams(store)),
      threshold: 1,
      minutes: SEEN_MINUTES,
      minutesToAlarm: 1,
    },
    {
      id: 'ScanFoundCommits',
      meaning: 'The scan has found commits that were not in the log, and has put them there',
      section: 'the-scan-found-commits',
      metric: ownMetric(METRICS.scanFoundCommits, { service: serviceName(store, 'scan') }),
      threshold: 1,
      minutes: SEEN_MINUTES,
      minutesToAlarm: 1,
    },
    {
      id: 'VerifyFoundDamage',
      meaning: 'What is stored is damaged',
      section: 'verify-finds-damage',
      metric: ownMetric(METRICS.verifyDamage, { service: serviceName(store, 'verify') }),
      threshold: 1,
      minutes: SEEN_MINUTES,
      minutesToAlarm: 1,
    },
    {
      id: 'CheckFails',
      meaning: 'The scan or the verification on schedule fails, so nobody looks',
      section: 'the-scheduled-scan-or-verification-fails',
      metric: sum('Errors of scan and verify', [store.scan, store.verify].map(errors)),
      threshold: 1,
      minutes: 1,
    },
    {
      id: 'TablesThrottle',
      meaning: 'DynamoDB throttles requests to the tables',
      section: 'requests-are-throttled',
      metric: tableThrottles(store),
      threshold: 1,
      minutes: 5,
      minutesToAlarm: 3,
    },
  ];
}

export function apiAlarms({ api }: EventStoreApi): readonly AlarmDefinition[] {
  return [
    {
      id: 'ApiFails',
      meaning: 'The API answers 5xx',
      section: 'the-api-answers-5xx',
      metric: api.metricServerError({ period: PERIOD, statistic: Stats.SUM }),
      threshold: 1,
      minutes: 5,
      minutesToAlarm: 3,
    },
  ];
}

export function projectionAlarms(projection: Projection): readonly AlarmDefinition[] {
  const { projectionName: name } = projection;
  const section = 'a-projection-is-behind-fails-or-has-halted';
  const metric = (metricName: string) =>
    ownMetric(metricName, { service: serviceName(projection.store, name), projection: name });
  return [
    {
      id: `${name}-Behind`,
      meaning: `The projection ${name} is behind and does not catch up`,
      section,
      metric: metric(METRICS.projectionLag),
      threshold: LAG_EVENTS,
      minutes: 15,
    },
    {
      id: `${name}-Halted`,
      meaning: `The projection ${name} has halted at an event that it cannot handle`,
      section,
      metric: metric(METRICS.projectionHalted),
      threshold: 1,
      minutes: 1,
    },
    {
      id: `${name}-Parked`,
      meaning: `The projection ${name} has set events aside that it cannot handle`,
      section,
      metric: metric(METRICS.projectionParked),
      threshold: 1,
      minutes: 1,
    },
    {
      id: `${name}-Fails`,
      meaning: `The function of the projection ${name} fails`,
      section,
      metric: errors(projection.function),
      threshold: 1,
      minutes: 5,
      minutesToAlarm: 3,
    },
  ];
}

/** The scan comes across what the sequencer has passed over. */
export function damagedStreams(store: EventStore): Metric[] {
  return ['sequencer', 'scan'].map((name) =>
    ownMetric(METRICS.sequencerDamagedStreams, { service: serviceName(store, name) }),
  );
}

/** Functions that Lambda does not run because too many run already. */
export function throttleAlarm(functions: readonly IFunction[]): AlarmDefinition {
  return {
    id: 'FunctionsThrottled',
    meaning: 'Lambda does not run functions because too many run at once',
    section: 'requests-are-throttled',
    metric: sum('Throttled invocations', functions.map(throttles)),
    threshold: 1,
    minutes: 5,
    minutesToAlarm: 3,
  };
}

export function iteratorAge({ sequencer }: EventStore): Metric {
  return sequencer.metric('IteratorAge', { period: PERIOD, statistic: Stats.MAXIMUM });
}

/** The largest of what was told: those who tell it say how it stands, or how much they have found. */
export function ownMetric(metricName: string, dimensionsMap: Record<string, string>): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap,
    period: PERIOD,
    statistic: Stats.MAXIMUM,
  });
}

export function tableThrottles({ tables }: EventStore): IMetric {
  const metrics = Object.values(tables).flatMap((table) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metricName) =>
      table.metric(metricName, { period: PERIOD, statistic: Stats.SUM }),
    ),
  );
  return sum('Throttled requests to the tables', metrics);
}

export function errors(one: IFunction): Metric {
  return one.metricErrors({ period: PERIOD, statistic: Stats.SUM });
}

export function throttles(one: IFunction): Metric {
  return one.metricThrottles({ period: PERIOD, statistic: Stats.SUM });
}

/** DynamoDB and Lambda tell nothing where nothing happens, which counts as none here. */
function sum(label: string, metrics: readonly IMetric[]): MathExpression {
  const names = metrics.map((_, index) => `m${index}`);
  return new MathExpression({
    label,
    period: PERIOD,
    expression: names.map((name) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
  });
}
