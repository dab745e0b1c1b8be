import { type Command, InvalidArgumentError } from 'commander';
import type { ItemKey } from '../../lib/events/item.ts';
import { type ScanProgress, sequenceScan } from '../../lib/log/scan-events.ts';
import { createSequencer } from '../../lib/log/sequencer.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
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
  let last: ScanProgress | undefined;
  for await (const step of sequenceScan(context, createSequencer(context), options.after)) {
    last = step;
    if (interruption.isRequested && step.resumeAfter !== undefined) {
      progress.end();
      console.error(`Interrupted. Go on with: tidemark sequence --scan --after '${JSON.stringify(step.resumeAfter)}'`);
      return EXIT.interrupted;
    }
    progress.show(`${counted(step.seen, 'commit')}, ${step.sequenced.toLocaleString('en')} put into the log …`);
  }
  progress.end();
  const { seen = 0, sequenced = 0, damaged = new Map() } = last ?? {};
  for (const [streamId, { code, message }] of damaged) {
    console.log(options.json ? JSON.stringify({ damaged: { streamId, code, message } }) : message);
  }
  console.log(
    options.json
      ? JSON.stringify({ result: { seen, sequenced, damaged: damaged.size } })
      : `${counted(seen, 'commit')}, ${sequenced.toLocaleString('en')} put into the log`,
  );
  return damaged.size === 0 ? EXIT.done : EXIT.damaged;
}

/** The key of the last item that was looked at, as the interrupted scan has said it. */
function place(text: string): ItemKey {
  try {
    const key: unknown = JSON.parse(text);
    if (typeof key === 'object' && key !== null && 'PK' in key && 'SK' in key) {
      const { PK, SK } = key;
      if (typeof PK === 'string' && typeof SK === 'string') {
        return { PK, SK };
      }
    }
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be what an interrupted scan has said.');
}
