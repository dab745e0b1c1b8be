import { READ_UNIT_BYTES } from '../tables/capacity.ts';
import {
  ACCESS_LOG_BYTES,
  ALARM_METRICS,
  APPEND_SECONDS,
  BATCH_SECONDS,
  COMMITS_PER_STREAM,
  DASHBOARDS,
  DAYS_PER_MONTH,
  FUNCTION_GB,
  GB,
  ITEM_OVERHEAD_BYTES,
  METRICS,
  PIPE_POLLS_PER_MONTH,
  QUEUE_POLLS_PER_MONTH,
  QUEUE_REQUESTS_PER_MESSAGE,
  READER_POLLS_PER_MONTH,
  SCANS_PER_MONTH,
  STREAM_PROJECTIONS_MAX,
  TRACED,
  VERIFICATIONS_PER_MONTH,
  WAKE_UP_READ_UNITS,
  WAKE_UP_SECONDS,
  WAKE_UPS_PER_MONTH,
} from './assumptions.ts';
import { isPriceName, PRICES, type PriceName, type Prices } from './prices.ts';
import { type ItemSizes, itemSizes } from './representative-items.ts';
import {
  type Units,
  unitsOfAppend,
  unitsOfProjecting,
  unitsOfReadingLog,
  unitsOfSequencing,
  unitsOfVerification,
  unitsOfVerifying,
} from './units.ts';
import { requireWorkload, type Workload } from './workload.ts';

/** So much of what has a price. */
export type Quantities = { readonly [name in PriceName]?: number };

/** A line of the bill. */
export interface CostLine {
  readonly what: string;
  /** In a month; prices that are per million are of single units, calls and requests here. */
  readonly quantities: Quantities;
  readonly dollars: number;
}

export interface CostEstimate {
  readonly eventsPerMonth: number;
  /** What one month costs, besides what is stored. */
  readonly lines: readonly CostLine[];
  readonly dollarsPerMonth: number;
  /** What a month's events add to what is stored, and to what the weekly scan reads; it is paid for in each month from then on. */
  readonly stored: CostLine;
}

/** Prices that are of a million. */
const MILLION: ReadonlySet<PriceName> = new Set<PriceName>([
  'writeUnits',
  'readUnits',
  'streamReads',
  'functionCalls',
  'apiRequests',
  'traces',
  'pipeEvents',
  'topicMessages',
  'queueRequests',
]);

/**
 * What a workload costs in a month, at list prices without free tiers. Units are those that the tests count; durations of functions are
 * assumptions (`assumptions.ts`).
 *
 * @throws {InvalidArgument} a number of the workload is out of bounds
 * @throws {CommitTooLarge} an append would have more than 400 KB
 */
export function estimateCost(workload: Workload, overrides: Partial<Prices> = {}): CostEstimate {
  requireWorkload(workload);
  const prices: Prices = { ...PRICES, ...overrides };
  const sizes = itemSizes(workload);
  const eventsPerMonth = workload.eventsPerDay * DAYS_PER_MONTH;
  const commits = eventsPerMonth / workload.eventsPerAppend;
  const batches = commits / workload.commitsPerBatch;
  const parts: readonly (readonly [string, Quantities])[] = [
    ...appendParts(workload, sizes, commits),
    ['the log', times(unitsOfSequencing(workload, sizes), batches)],
    // Lambda reads the stream of the Events table for its functions; that is free.
    ['sequencer function', calls(batches, BATCH_SECONDS)],
    ...projectionParts(workload, sizes, batches),
    ['readers of the log', readers(workload, sizes, batches)],
    ['verification', verification(workload, sizes, batches)],
    ['monitoring', workload.isMonitored ? monitoring() : {}],
  ];
  const lines = parts.map(([what, quantities]) => line(what, quantities, prices)).filter(({ dollars }) => dollars > 0);
  return {
    eventsPerMonth,
    lines,
    dollarsPerMonth: lines.reduce((sum, { dollars }) => sum + dollars, 0),
    stored: line('what is stored', storage(sizes, commits, batches), prices),
  };
}

function appendParts(
  workload: Workload,
  sizes: ItemSizes,
  commits: number,
): readonly (readonly [string, Quantities])[] {
  const own = ['commits', times(unitsOfAppend(workload, sizes), commits)] as const;
  if (workload.through === 'library') {
    return [own];
  }
  return [
    ['API Gateway', { apiRequests: commits }],
    ['append function', calls(commits, APPEND_SECONDS)],
    own,
    ['access log, traces', { logGb: (commits * ACCESS_LOG_BYTES) / 1e9, traces: commits * TRACED }],
  ];
}

function projectionParts(
  workload: Workload,
  sizes: ItemSizes,
  batches: number,
): readonly (readonly [string, Quantities])[] {
  const { projections } = workload;
  // One place of the stream is the pipe's from then on.
  const queues = projections > STREAM_PROJECTIONS_MAX ? projections - 1 : 0;
  return [
    ['projections', times(unitsOfProjecting(workload, sizes), projections * batches)],
    ['projection functions', calls(projections * batches, BATCH_SECONDS)],
    [
      'waking projections',
      {
        ...calls(projections * WAKE_UPS_PER_MONTH, WAKE_UP_SECONDS),
        readUnits: projections * WAKE_UPS_PER_MONTH * WAKE_UP_READ_UNITS,
      },
    ],
    [
      'queues of projections',
      queues === 0
        ? {}
        : {
            streamReads: PIPE_POLLS_PER_MONTH,
            pipeEvents: batches,
            topicMessages: batches,
            queueRequests: queues * (QUEUE_POLLS_PER_MONTH + batches * QUEUE_REQUESTS_PER_MESSAGE),
          },
    ],
  ];
}

/** Whoever follows the log looks four times a second, whether there is something or not. */
function readers(workload: Workload, sizes: ItemSizes, batches: number): Quantities {
  const { readUnits } = unitsOfReadingLog(workload, sizes);
  return { readUnits: workload.readers * (READER_POLLS_PER_MONTH * 0.5 + batches * readUnits) };
}

function monitoring(): Quantities {
  return { alarmMetrics: ALARM_METRICS, dashboards: DASHBOARDS, metrics: METRICS };
}

/** Commits and entries are kept with point-in-time recovery, as all tables are; marks and documents are as many as there are streams. */
function storage(sizes: ItemSizes, commits: number, batches: number): Quantities {
  const bytes = commits * (sizes.commit + ITEM_OVERHEAD_BYTES) + batches * (sizes.entry + ITEM_OVERHEAD_BYTES);
  return { storedGb: bytes / GB, recoveryGb: bytes / GB, readUnits: SCANS_PER_MONTH * scanUnits(sizes, commits) };
}

/** The scan looks at all that is stored, consistently, and at the mark of each stream at half price. */
function scanUnits({ commit }: ItemSizes, commits: number): number {
  return (commits * commit) / READ_UNIT_BYTES + (commits / COMMITS_PER_STREAM) * 0.5;
}

function verification(workload: Workload, sizes: ItemSizes, batches: number): Quantities {
  const each = times(unitsOfVerification(sizes), VERIFICATIONS_PER_MONTH);
  const work = times(unitsOfVerifying(workload, sizes), batches);
  return {
    functionCalls: VERIFICATIONS_PER_MONTH + SCANS_PER_MONTH,
    writeUnits: each.writeUnits + work.writeUnits,
    readUnits: each.readUnits + work.readUnits,
  };
}

function calls(count: number, seconds: number): Quantities {
  return { functionCalls: count, functionGbSeconds: count * seconds * FUNCTION_GB };
}

function times({ readUnits, writeUnits }: Units, count: number): Units {
  return { writeUnits: writeUnits * count, readUnits: readUnits * count };
}

function line(what: string, quantities: Quantities, prices: Prices): CostLine {
  const dollars = Object.entries(quantities)
    .filter((entry): entry is [PriceName, number] => isPriceName(entry[0]))
    .reduce((sum, [name, count]) => sum + (prices[name] * count) / (MILLION.has(name) ? 1e6 : 1), 0);
  return { what, quantities, dollars };
}
