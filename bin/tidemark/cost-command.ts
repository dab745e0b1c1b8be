import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CostEstimate, type CostLine, estimateCost } from '../../lib/cost/estimate.ts';
import { isPriceName, PRICES, PRICES_DATE, PRICES_REGION, type Prices } from '../../lib/cost/prices.ts';
import { WORKLOAD, type Workload } from '../../lib/cost/workload.ts';
import { CommitTooLarge, InvalidArgument } from '../../lib/events/errors.ts';
import { number, wholeNumber } from './arguments.ts';
import { EXIT, type ExitCode, UsageError } from './exit-codes.ts';

interface CostCommandOptions extends Omit<Workload, 'isMonitored'> {
  readonly monitoring: boolean;
  readonly price?: Partial<Prices>;
  readonly json?: true;
}

const HELP = `
Without free tiers, at AWS's list prices of ${PRICES_REGION} (${PRICES_DATE}). --price replaces one of them:
  ${Object.entries(PRICES)
    .map(([name, dollars]) => `${name}=${dollars}`)
    .join(', ')}
Units are those that the tests count. Durations of functions are assumptions: 15 ms for an append and 50 ms for a batch, at 1 GB.`;

export function addCostCommand(program: Command, exit: (code: ExitCode) => void): void {
  program
    .command('cost')
    .description('says what a store costs in a month; nothing is asked of AWS')
    .option('--events-per-day <number>', 'events that are appended', number(0), WORKLOAD.eventsPerDay)
    .option('--bytes-per-event <bytes>', 'JSON of type, data and metadata', wholeNumber(1), WORKLOAD.bytesPerEvent)
    .option('--events-per-append <number>', 'events in a commit', wholeNumber(1), WORKLOAD.eventsPerAppend)
    .option(
      '--commits-per-batch <number>',
      'commits that come to the sequencer together, each of another stream',
      wholeNumber(1),
      WORKLOAD.commitsPerBatch,
    )
    .option(
      '--projections <number>',
      'projections with a document for each stream',
      wholeNumber(0),
      WORKLOAD.projections,
    )
    .option('--document-bytes <bytes>', 'JSON of a document', wholeNumber(1), WORKLOAD.documentBytes)
    .option('--readers <number>', 'who follows the log without end', wholeNumber(0), WORKLOAD.readers)
    .addOption(
      new Option('--through <way>', 'how events are appended').choices(['api', 'library']).default(WORKLOAD.through),
    )
    .option('--no-monitoring', 'without alarms and dashboards')
    .option('--price <name=dollars>', 'a price of your own; may be given more than once', price)
    .option('--json', 'one line of JSON')
    .addHelpText('after', HELP)
    .action(({ json, price: overrides, monitoring, ...workload }: CostCommandOptions) => {
      const estimate = estimated({ ...workload, isMonitored: monitoring }, overrides);
      console.log(json ? JSON.stringify(estimate) : table(estimate));
      exit(EXIT.done);
    });
}

function estimated(workload: Workload, overrides?: Partial<Prices>): CostEstimate {
  try {
    return estimateCost(workload, overrides);
  } catch (error) {
    if (error instanceof InvalidArgument || error instanceof CommitTooLarge) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/** The bill, a line for each part, and what it is made of. */
function table({ eventsPerMonth, lines, dollarsPerMonth, stored }: CostEstimate): string {
  const rows = lines.map((line) => row(line.what, line.dollars, quantities(line)));
  return [
    row(`${round(eventsPerMonth)} events`, undefined, ''),
    ...rows,
    row('each month', dollarsPerMonth, ''),
    ...(stored.dollars === 0
      ? []
      : [row('and from then on', stored.dollars, `each month for what one has stored: ${quantities(stored)}`)]),
  ].join('\n');
}

function row(what: string, dollars: number | undefined, how: string): string {
  const amount = dollars === undefined ? '$' : dollars.toFixed(2);
  return `${what.padEnd(24)}${amount.padStart(10)}   ${how}`.trimEnd();
}

function quantities(line: CostLine): string {
  return Object.entries(line.quantities)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${round(count)} ${UNITS[name] ?? name}`)
    .join(', ');
}

const UNITS: Readonly<Record<string, string>> = {
  writeUnits: 'write units',
  readUnits: 'read units',
  streamReads: 'reads of the stream',
  storedGb: 'GB stored',
  recoveryGb: 'GB of recovery',
  functionCalls: 'calls',
  functionGbSeconds: 'GB-s',
  apiRequests: 'requests',
  logGb: 'GB of log',
  alarmMetrics: 'metrics in alarms',
  pipeEvents: 'events of the pipe',
  topicMessages: 'messages',
  queueRequests: 'requests of queues',
};

function round(count: number): string {
  return count.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Reads one `name=dollars` beside those before it. */
function price(text: string, before: Partial<Prices> = {}): Partial<Prices> {
  const [name = '', dollars = ''] = text.split('=');
  if (!isPriceName(name)) {
    throw new InvalidArgumentError(`There is no price ${name}; there are ${Object.keys(PRICES).join(', ')}.`);
  }
  return { ...before, [name]: number(0)(dollars) };
}
