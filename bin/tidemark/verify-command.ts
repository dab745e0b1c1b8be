import type { Command } from 'commander';
import { type Damage, type VerifyProgress, verify } from '../../lib/verify/verify.ts';
import { wholeNumber } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { printLine } from './print.ts';
import { counted, Progress } from './progress.ts';
import { addStoreOptions, openStore, type StoreOptions } from './store-options.ts';

interface VerifyCommandOptions extends StoreOptions {
  readonly from: number;
  readonly repair?: true;
}

const HELP = `
Reads the whole store: every commit must be in the log once and in the order of its stream, positions without a
gap, all hashes right, and the sequenced marks as the log says. What is wrong is named, item by item.
The store may be in use meanwhile.

--repair makes sequenced marks again from the log, and touches nothing else. Stop the sequencer before: it
remembers marks. Then run "tidemark sequence --scan".`;

export function addVerifyCommand(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('verify')
    .description('proves that the store is what it promises, or names each item that is damaged')
    .option('--from <position>', 'the position of the log to begin with', wholeNumber(1), 1)
    .option('--repair', 'make damaged sequenced marks again from the log')
    .addHelpText('after', HELP);
  addStoreOptions(command).action(async (options: VerifyCommandOptions) => {
    exit(await runVerify(options, new Interruption()));
  });
}

async function runVerify(options: VerifyCommandOptions, interruption: Interruption): Promise<ExitCode> {
  const progress = new Progress();
  let damages = 0;
  let last: VerifyProgress | undefined;
  for await (const step of verify(openStore(options), { from: options.from, repair: options.repair ?? false })) {
    last = step;
    damages += step.found.length;
    if (step.found.length > 0) {
      progress.end();
    }
    for (const damage of step.found) {
      printLine(options.json ? JSON.stringify({ damage }) : damageLine(damage));
    }
    if (interruption.isRequested) {
      progress.end();
      console.error(interruptedLine(step));
      return EXIT.interrupted;
    }
    progress.show(progressLine(step));
  }
  progress.end();
  console.log(resultLine(options, last, damages));
  return damages === (last?.repaired ?? 0) ? EXIT.done : EXIT.damaged;
}

function resultLine({ json }: VerifyCommandOptions, last: VerifyProgress | undefined, damages: number): string {
  const { events = 0, commits = 0, marks = 0, repaired = 0 } = last ?? {};
  if (json) {
    return JSON.stringify({ result: { events, commits, marks, damages, repaired } });
  }
  const found = damages === 0 ? 'no damage' : `${counted(damages, 'damage')}, ${repaired} repaired`;
  return `${counted(events, 'event')} in ${counted(commits, 'commit')} of the log and ${counted(marks, 'mark')}: ${found}`;
}

/** Marks and the Events table are looked at as a whole. */
function interruptedLine({ phase, position, head }: VerifyProgress): string {
  return phase === 'log' && position < head
    ? `Interrupted. Go on with: tidemark verify --from ${position + 1}`
    : `Interrupted. The log was checked through position ${position}; marks and the Events table were not, or not all`;
}

function damageLine({ kind, table, key, message }: Damage): string {
  return `${kind}: ${table} ${key.PK} / ${key.SK}: ${message}`;
}

function progressLine({ phase, position, head, scanned, marks, pass, passes }: VerifyProgress): string {
  const part = passes > 1 ? `, pass ${pass} of ${passes}` : '';
  if (phase === 'log') {
    return `Log: position ${position.toLocaleString('en')} of ${head.toLocaleString('en')}${part} …`;
  }
  return phase === 'marks' ? `${counted(marks, 'mark')}${part} …` : `${counted(scanned, 'stored commit')} …`;
}
