import { type Command, InvalidArgumentError } from 'commander';
import type { ItemKey } from '../../lib/events/item.ts';
import { type ScanProgress, sequenceScan } from '../../lib/log/scan-events.ts';
import { createSequencer } from '../../lib/log/sequencer.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { printLine } from './print.ts';
import { counted, Progress } from './progress.ts';
import { addStoreOptions, openStore, type StoreOptions } from './store-options.ts';

interface SequenceCommandOptions extends StoreOptions {
  readonly scan: true;
  readonly after?: ItemKey;
}

const HELP = `
The sequencer learns of commits from the stream of the Events table, which keeps records for 24 hours. After a longer
outage, this reads all commits and puts into the log what is not there. The sequencer may run meanwhile.
It costs a read unit for each 4 KB of the Events table.`;

export function addSequenceCommand(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('sequence')
    .description('puts into the log what an outage has left behind')
    .requiredOption('--scan', 'look through the whole Events table')
    .option('--after <place>', 'go on where an interrupted scan has ended', place)
    .addHelpText('after', HELP);
  addStoreOptions(command).action(async (options: SequenceCommandOptions) => {
    exit(await runScan(options, new Interruption()));
  });
}

async function runScan(options: SequenceCommandOptions, interruption: Interruption): Promise<ExitCode> {
  const context = openStore(options);
  const progress = new Progress();
  const said = new Set<string>();
  let last: ScanProgress | undefined;
  try {
    for await (const step of sequenceScan(context, createSequencer(context), { after: options.after })) {
      last = step;
      sayDamaged(options, step, said, progress);
      if (interruption.isRequested && step.resumeAfter !== undefined) {
        progress.end();
        console.error(`Interrupted. ${howToGoOn(step)}`);
        return EXIT.interrupted;
      }
      progress.show(`${counted(step.seen, 'commit')}, ${step.sequenced.toLocaleString('en')} put into the log …`);
    }
  } catch (error) {
    progress.end();
    if (last !== undefined) {
      console.error(howToGoOn(last));
    }
    throw error;
  }
  progress.end();
  const { seen = 0, sequenced = 0 } = last ?? {};
  console.log(
    options.json
      ? JSON.stringify({ result: { seen, sequenced, damaged: said.size } })
      : `${counted(seen, 'commit')}, ${sequenced.toLocaleString('en')} put into the log`,
  );
  return said.size === 0 ? EXIT.done : EXIT.damaged;
}

/** What is damaged is said as soon as it is found: a scan that is interrupted, and goes on, does not come back to it. */
function sayDamaged(
  { json }: SequenceCommandOptions,
  { damaged }: ScanProgress,
  said: Set<string>,
  progress: Progress,
): void {
  for (const [streamId, { code, message }] of damaged) {
    if (!said.has(streamId)) {
      said.add(streamId);
      progress.end();
      printLine(json ? JSON.stringify({ damaged: { streamId, code, message } }) : message);
    }
  }
}

function howToGoOn({ resumeAfter }: ScanProgress): string {
  return `Go on with: tidemark sequence --scan --after '${JSON.stringify(resumeAfter)}'`;
}

/** The key of the last item that was looked at, as the interrupted scan has said it. */
function place(text: string): ItemKey {
  try {
    const key: unknown = JSON.parse(text);
    if (typeof key === 'object' && key !== null && 'PK' in key && 'SK' in key) {
      const { PK, SK } = key;
      if (typeof PK === 'string' && typeof SK === 'string' && PK.startsWith('STREAM#') && SK.startsWith('VERSION#')) {
        return { PK, SK };
      }
    }
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be what an interrupted scan has said.');
}
