import type { Limits, Load } from './limits.ts';

/** A load, and what is done about it. */
export interface Scenario {
  readonly name: string;
  readonly load: Load;
  readonly limits: Partial<Limits>;
}

const SECONDS = 4;

/** A load of single events to as many streams as there are commits in a second, on tables that have split for it. */
function scenario(
  commitsPerSecond: number,
  name: string,
  limits: Partial<Limits> = {},
  load: Partial<Load> = {},
): Scenario {
  return {
    name,
    load: {
      commitsPerSecond,
      eventsPerCommit: 1,
      streams: commitsPerSecond,
      projections: 1,
      seconds: SECONDS,
      ...load,
    },
    limits: {
      eventsPartitions: Math.max(4, Math.ceil(commitsPerSecond / 700)),
      otherPartitions: Math.max(8, Math.ceil(commitsPerSecond / 250)),
      ...limits,
    },
  };
}

const ONE_SEQUENCER = { sequencersMax: 1 };

/** The smallest first: a test runs it again. */
export const SCENARIOS: readonly Scenario[] = [
  scenario(100, 'as it is deployed'),
  scenario(500, 'as it is deployed'),
  scenario(1_000, 'as it is deployed'),
  scenario(2_000, 'as it is deployed'),
  scenario(10_000, 'as it is deployed'),
  scenario(1_000, 'one sequencer at once', ONE_SEQUENCER),
  scenario(3_000, 'one sequencer at once', ONE_SEQUENCER),
  scenario(10_000, 'one sequencer at once', ONE_SEQUENCER),
  scenario(2_500, 'four logs: each of them', ONE_SEQUENCER),
  scenario(1_000, 'ten events in a commit', ONE_SEQUENCER, { eventsPerCommit: 10 }),
  scenario(
    10_000,
    'a thousand busy streams, batches of a second',
    { ...ONE_SEQUENCER, batchSize: 4_000, batchingWindowMs: 1_000 },
    { streams: 1_000 },
  ),
];
