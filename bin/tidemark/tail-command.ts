import { type Command, InvalidArgumentError } from 'commander';
import { nameIssue } from '../../lib/events/names.ts';
import { LOG_PAGE_EVENTS_DEFAULT } from '../../lib/log/bounds.ts';
import { categoryIssue } from '../../lib/log/log-filter.ts';
import type { LoggedEvent } from '../../lib/log/log-reader.ts';
import { logReader, readLogHead } from '../../lib/log/read-log.ts';
import { subscribe } from '../../lib/log/subscribe.ts';
import type { ReadContext } from '../../lib/tables/read-all.ts';
import { wholeNumber } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { printLine } from './print.ts';
import { addStoreOptions, openStore, type StoreOptions } from './store-options.ts';

interface TailCommandOptions extends StoreOptions {
  readonly after?: number;
  readonly category?: string;
  readonly type?: readonly string[];
  readonly follow: boolean;
}

/** Positions before the head that are shown first, as `tail` does. */
const LAST = 10;

const HELP = `
Each line has position, time, stream@version, type and data; with --json it is the whole event.`;

export function addTailCommand(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('tail')
    .description('prints the events of the log as they come, until Ctrl-C')
    .option(
      '--after <position>',
      `begin behind it; 0 is the whole log (default: the last ${LAST} positions)`,
      wholeNumber(0),
    )
    .option('--category <name>', 'only streams of this category', category)
    .option('--type <name>', 'only events of this type; may be given more than once', types)
    .option('--no-follow', 'end at the head of the log')
    .addHelpText('after', HELP);
  addStoreOptions(command).action(async (options: TailCommandOptions) => {
    const interruption = new Interruption();
    const context = openStore(options);
    const after = options.after ?? Math.max(0, (await readLogHead(context, 'strong')) - LAST);
    await (options.follow
      ? follow(context, options, after, interruption)
      : toHead(context, options, after, interruption));
    // For something that only ends so, Ctrl-C is no failure.
    exit(EXIT.done);
  });
}

async function follow(
  context: ReadContext,
  options: TailCommandOptions,
  after: number,
  { signal }: Interruption,
): Promise<void> {
  for await (const event of subscribe(context, { ...filterOf(options), after, signal })) {
    print(event, options);
  }
}

async function toHead(
  context: ReadContext,
  options: TailCommandOptions,
  after: number,
  interruption: Interruption,
): Promise<void> {
  const reader = logReader(context, { ...filterOf(options), after });
  for (let isMore = true; isMore && !interruption.isRequested; ) {
    const { events, position, head } = await reader.next(LOG_PAGE_EVENTS_DEFAULT);
    for (const event of events) {
      print(event, options);
    }
    isMore = head === undefined || position < head;
  }
}

function filterOf({ category, type }: TailCommandOptions) {
  return { ...(category === undefined ? {} : { category }), ...(type === undefined ? {} : { types: type }) };
}

function print(event: LoggedEvent, { json }: TailCommandOptions): void {
  const { position, streamId, version, type, data, metadata } = event;
  printLine(
    json
      ? JSON.stringify(event)
      : `${position} ${metadata.timestamp} ${streamId}@${version} ${type} ${JSON.stringify(data)}`,
  );
}

function category(text: string): string {
  return checked(text, categoryIssue(text));
}

/** May be given more than once. */
function types(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, checked(text, nameIssue(text))];
}

function checked(text: string, issue: string | undefined): string {
  if (issue !== undefined) {
    throw new InvalidArgumentError(`It ${issue}.`);
  }
  return text;
}
