import type { Command } from 'commander';
import { createProjectionContext, type ProjectionContext } from '../../lib/projections/context.ts';
import { createReadModels, type ProjectionStatus } from '../../lib/projections/read-model.ts';
import { redrive } from '../../lib/projections/redrive.ts';
import { resetProjection } from '../../lib/projections/reset.ts';
import { createProjectionRunner, type RunResult } from '../../lib/projections/runner.ts';
import type { RunProgress } from '../../lib/projections/work-through.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { loadProjection } from './load-projections.ts';
import { printLine } from './print.ts';
import { counted, Progress } from './progress.ts';
import { addStoreOptions, openStore, type StoreOptions } from './store-options.ts';

interface ProjectionOptions extends StoreOptions {
  readonly module: string;
}

const MODULE = 'examples/orders/projections.ts';

export function addProjectionsCommand(program: Command, exit: (code: ExitCode) => void): void {
  const projections = program.command('projections').description('lists, rebuilds, redrives and resets projections');
  addStoreOptions(projections.command('list').description('how each projection is'))
    .addHelpText('after', '\nExits with 3 where one has halted.')
    .action(async (options: StoreOptions) => exit(await list(options)));
  addNamed(
    projections,
    'rebuild',
    'builds it anew beside the one that is live, which it replaces when it has caught up',
  )
    .addHelpText('after', '\nCtrl-C ends it, and the same command goes on where it was.')
    .action(async (name: string, options: ProjectionOptions) => exit(await rebuild(name, options)));
  addNamed(
    projections,
    'redrive',
    'tries again what has failed: where it has halted, and what it has set aside',
  ).action(async (name: string, options: ProjectionOptions) => exit(await redriveNamed(name, options)));
  addNamed(projections, 'reset', 'begins it anew at once: until its runner has caught up, readers find less').action(
    async (name: string, options: ProjectionOptions) => exit(await reset(name, options)),
  );
}

function addNamed(projections: Command, command: string, description: string): Command {
  const named = projections.command(command).description(description).argument('<name>', 'of the projection');
  return addStoreOptions(named).option('--module <file>', 'the module that exports the projection', MODULE);
}

function openProjections(options: StoreOptions): ProjectionContext {
  return createProjectionContext(openStore(options).tables);
}

async function list(options: StoreOptions): Promise<ExitCode> {
  const statuses = await createReadModels(openProjections(options)).statuses();
  for (const status of statuses) {
    printLine(options.json ? JSON.stringify(status) : statusLine(status));
  }
  if (statuses.length === 0 && !options.json) {
    console.log('There is no projection yet');
  }
  return statuses.some(({ state }) => state === 'halted') ? EXIT.damaged : EXIT.done;
}

function statusLine({ name, build, state, position, head, parked, error }: ProjectionStatus): string {
  const aside = parked === 0 ? '' : `, ${counted(parked, 'event')} set aside`;
  const why = error === undefined ? '' : `: ${error.type} at position ${error.position}: ${error.message}`;
  return `${name} ${build}: ${state} at ${position.toLocaleString('en')} of ${head.toLocaleString('en')}${aside}${why}`;
}

async function rebuild(name: string, options: ProjectionOptions): Promise<ExitCode> {
  const interruption = new Interruption();
  const context = openProjections(options);
  const projection = await loadProjection(options.module, name, context.tables);
  const progress = new Progress();
  const estimate = estimator();
  const result = await createProjectionRunner(context, projection, 'rebuild').run({
    mayGoOn: () => !interruption.isRequested,
    onProgress: (step) => progress.show(estimate(step)),
  });
  progress.end();
  return sayResult(name, options, result);
}

/** Says how far a rebuild is, and how long it takes at the speed that it has had so far. */
function estimator(): (progress: RunProgress) => string {
  const started = performance.now();
  let first: number | undefined;
  return ({ build, position, head }) => {
    first ??= position;
    const done = position - first;
    const seconds = (performance.now() - started) / 1000;
    const left = head === undefined || done === 0 ? undefined : Math.ceil(((head - position) * seconds) / done);
    const at = `Build ${build}: position ${position.toLocaleString('en')}`;
    return `${at}${head === undefined ? '' : ` of ${head.toLocaleString('en')}`}${left === undefined ? '' : `, about ${left} s left`} …`;
  };
}

function sayResult(name: string, { json }: ProjectionOptions, result: RunResult): ExitCode {
  if (json) {
    printLine(JSON.stringify({ result }));
  }
  const { outcome, build, position, failure } = result;
  const say = (text: string) => (json ? undefined : console.log(text));
  switch (outcome) {
    case 'caught-up':
      say(`Build ${build} of ${name} is live, at position ${position.toLocaleString('en')}`);
      return EXIT.done;
    case 'more':
      console.error(`Interrupted at position ${position}. Go on with: tidemark projections rebuild ${name}`);
      return EXIT.interrupted;
    case 'halted':
      say(`${failure?.type} at position ${failure?.position} fails: ${failure?.message}`);
      return EXIT.damaged;
    case 'overtaken':
      say(`Somebody else is rebuilding ${name}`);
      return EXIT.done;
    case 'outdated':
      console.error(`A newer version of ${name} is there; this module has an older one`);
      return EXIT.failed;
  }
}

async function redriveNamed(name: string, options: ProjectionOptions): Promise<ExitCode> {
  const context = openProjections(options);
  const result = await redrive(context, await loadProjection(options.module, name, context.tables));
  if (options.json) {
    printLine(JSON.stringify({ result }));
  } else {
    const halted = result.wasHalted ? 'It goes on with its next run; ' : '';
    console.log(`${halted}${counted(result.applied, 'event')} that were set aside applied, ${result.left} still are`);
    for (const { id, message } of result.failures) {
      printLine(`${id}: ${message}`);
    }
  }
  return result.left === 0 ? EXIT.done : EXIT.damaged;
}

async function reset(name: string, options: ProjectionOptions): Promise<ExitCode> {
  const context = openProjections(options);
  const outcome = await resetProjection(context, await loadProjection(options.module, name, context.tables));
  if (outcome === 'outdated') {
    console.error(`A newer version of ${name} is there; this module has an older one`);
    return EXIT.failed;
  }
  console.log(
    options.json ? JSON.stringify({ result: { outcome } }) : `${name} begins at position 0 with its next run`,
  );
  return EXIT.done;
}
