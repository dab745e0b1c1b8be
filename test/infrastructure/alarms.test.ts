import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRIC_NAMESPACE, METRICS } from '../../lib/infrastructure/metric-names.ts';
import { at, type Resource, resourcesOf, STACKS, template } from './templates.ts';

function alarms(): Resource[] {
  return STACKS.flatMap((stack) => Object.values(resourcesOf(template(stack), 'AWS::CloudWatch::Alarm')));
}

/** The links that a page of Markdown has for its headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('each alarm says where it is written what to do', () => {
  const anchors = anchorsOf('docs/operations.md');
  expect(alarms()).toHaveLength(18);
  for (const { Properties } of alarms()) {
    const description = String(Properties['AlarmDescription']);
    const [, anchor] = /^[A-Z].*\. What to do: docs\/operations\.md#([\w-]+)$/.exec(description) ?? [];
    expect(anchors, description).toContain(anchor);
  }
});

test('all that the functions tell is watched', () => {
  const watched = JSON.stringify(alarms());
  for (const name of Object.values(METRICS)) {
    expect(watched, name).toContain(`"MetricName":"${name}"`);
  }
});

test('what functions tell is looked for where they tell it', () => {
  const own = alarms().flatMap(({ Properties }) => {
    const ofMath = [at(Properties, 'Metrics')].flat().map((one) => at(one, 'MetricStat', 'Metric'));
    return [Properties, ...ofMath].filter((metric) => at(metric, 'Namespace') === METRIC_NAMESPACE);
  });
  const seen = own.map((metric) => {
    const dimensions = [at(metric, 'Dimensions')].flat().map((one) => `${at(one, 'Name')}=${at(one, 'Value')}`);
    return `${at(metric, 'MetricName')} ${dimensions.sort().join(' ')}`;
  });
  expect(seen.sort()).toEqual([
    'ProjectionHalted projection=order-reviews service=tidemark-order-reviews',
    'ProjectionHalted projection=order-summary service=tidemark-order-summary',
    'ProjectionLag projection=order-reviews service=tidemark-order-reviews',
    'ProjectionLag projection=order-summary service=tidemark-order-summary',
    'ProjectionParked projection=order-reviews service=tidemark-order-reviews',
    'ProjectionParked projection=order-summary service=tidemark-order-summary',
    'ScanFoundCommits service=tidemark-scan',
    'SequencerDamagedStreams service=tidemark-scan',
    'SequencerDamagedStreams service=tidemark-sequencer',
    'VerifyDamage service=tidemark-verify',
  ]);
});

test('nothing told is no alarm: where nothing happens nothing is told', () => {
  for (const { Properties } of alarms()) {
    expect(Properties['TreatMissingData']).toBe('notBreaching');
  }
});

test('each stack has a dashboard of its name', () => {
  const names = STACKS.flatMap((stack) =>
    Object.values(resourcesOf(template(stack), 'AWS::CloudWatch::Dashboard')).map(
      ({ Properties }) => Properties['DashboardName'],
    ),
  );
  expect(names).toEqual([...STACKS]);
});
