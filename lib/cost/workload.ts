import { InvalidArgument, type Issue } from '../events/errors.ts';
import { ENTRY_COMMITS_MAX } from '../log/bounds.ts';

/** What a store has to do. */
export interface Workload {
  readonly eventsPerDay: number;
  /** JSON of `type`, `data` and `metadata`. */
  readonly bytesPerEvent: number;
  readonly eventsPerAppend: number;
  /** Commits that the sequencer finds in one batch, each of another stream: 1 to 1,000. */
  readonly commitsPerBatch: number;
  /** Document projections, each of which keeps a document for each stream. */
  readonly projections: number;
  /** JSON of a document. */
  readonly documentBytes: number;
  /** Who follows the log without end (`subscribe`, `GET /events?wait=…`). */
  readonly readers: number;
  /** How events are appended: over HTTP at an expected version, or by the library with the state that it has. */
  readonly through: 'api' | 'library';
  /** Whether alarms, dashboards and their metrics are deployed. */
  readonly isMonitored: boolean;
}

export const WORKLOAD: Workload = {
  eventsPerDay: 0,
  bytesPerEvent: 300,
  eventsPerAppend: 1,
  commitsPerBatch: 10,
  projections: 1,
  documentBytes: 300,
  readers: 0,
  through: 'api',
  isMonitored: true,
};

/** The least JSON that an event has: its type and empty data. */
export const EVENT_BYTES_MIN = 50;

/** @throws {InvalidArgument} with each number that is out of bounds */
export function requireWorkload(workload: Workload): void {
  const bounds: readonly [keyof Workload, number, number][] = [
    ['eventsPerDay', 0, 1e12],
    ['bytesPerEvent', EVENT_BYTES_MIN, 400_000],
    ['eventsPerAppend', 1, 10_000],
    ['commitsPerBatch', 1, ENTRY_COMMITS_MAX],
    ['projections', 0, 1_000],
    ['documentBytes', 1, 400_000],
    ['readers', 0, 10_000],
  ];
  const issues = bounds.flatMap(([path, min, max]): Issue[] => {
    const value = workload[path];
    return typeof value === 'number' && value >= min && value <= max
      ? []
      : [{ path, message: `must be ${min.toLocaleString('en')} to ${max.toLocaleString('en')}` }];
  });
  if (issues.length > 0) {
    throw new InvalidArgument(issues);
  }
}
