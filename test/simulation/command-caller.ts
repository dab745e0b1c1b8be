/** A process that gives commands to few hot streams, remembers some of them or not, and repeats what it got no answer to. */
import { commandHandler, Throttled, Unavailable } from '../../lib/index.ts';
import { accountEvents, close, deposit, withdraw } from '../aggregates/account.ts';
import type { AccountCommand } from '../aggregates/account-model.ts';
import { COMMAND_STREAMS, DECIDERS, drawnCents } from './accounts.ts';
import type { CommandClaims } from './command-claims.ts';
import type { Call, CommandModel } from './command-model.ts';
import { mayPass } from './may-pass.ts';
import type { Double } from './plant.ts';
import { processTables } from './process-tables.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

const REPEATS_MAX = 3;
/** Callers share keys; most of those who have one ask for the same. */
const KEYED: readonly AccountCommand[] = [deposit(2), withdraw(1), withdraw(3), deposit(1, 0), close];

export interface CallerOptions {
  readonly commands: CommandModel;
  readonly claims: CommandClaims;
  readonly operations: number;
}

interface Operation {
  readonly call: Call;
  tries: number;
}

export function runCaller(world: World, name: string, { commands, claims, operations }: CallerOptions): void {
  const { prng } = world;
  const isLouder = prng.chance(0.3);
  const options = { snapshotEvery: prng.pick([0, 1, 2, 3, 5]), cachedStatesMax: prng.pick([0, 1, 3]), isLouder };
  let started = 0;
  let current: Operation | undefined;
  world.run(name, async (process) => {
    const handlers = handlersOf(world, process, options, world.plant.caller);
    // Whoever has died, and had no key, does not know whether it was done.
    current = current?.call.key === undefined ? undefined : current;
    const load = async () => {
      const streamId = prng.pick(COMMAND_STREAMS);
      const stream = commands.stream(streamId);
      const begin = stream.commits.length;
      try {
        const loaded = await handlers(streamId).load(streamId);
        world.note(process, () => `has loaded ${streamId}: ${JSON.stringify(loaded)}`);
        claims.checkLoaded({ stream, begin }, streamId, isLouder, loaded);
      } catch (error) {
        mayPass(world, process, error);
      }
    };
    while (started < operations || current !== undefined) {
      await world.scheduler.turn(process);
      if (current === undefined) {
        started += 1;
        if (prng.chance(0.3)) {
          await load();
          continue;
        }
        current = { call: drawnCall(world, `${name}.${started}`), tries: 0 };
      }
      const isDone = await isCallDone(world, process, handlers(current.call.streamId), claims, current);
      current = isDone || current.tries > REPEATS_MAX ? undefined : current;
    }
  });
}

export interface HandlerOptions {
  readonly snapshotEvery: number;
  readonly cachedStatesMax: number;
  readonly isLouder: boolean;
}

type Handler = ReturnType<ReturnType<typeof handlersOf>>;

/** What a process does commands with: a handler for each category. */
export function handlersOf(world: World, process: Process, options: HandlerOptions, plant: Double | undefined) {
  const { isLouder, ...limits } = options;
  const tables = processTables(world, process);
  const common = {
    ...world.context(process, plant?.(tables, world.memory) ?? tables),
    ...limits,
    events: accountEvents,
    observe: (seen: { readonly kind: string; readonly reason?: string }) => {
      const what = seen.reason === undefined ? seen.kind : `${seen.kind}: ${seen.reason}`;
      world.meet(what);
      world.note(process, () => what);
    },
  };
  const version = isLouder ? 1 : 0;
  const accounts = commandHandler({ ...common, decider: DECIDERS.Account[version] });
  const ledgers = commandHandler({ ...common, decider: DECIDERS.Ledger[version] });
  return (streamId: string) => (streamId.startsWith('Account-') ? accounts : ledgers);
}

function drawnCall(world: World, label: string): Call {
  const { prng } = world;
  const streamId = prng.pick(COMMAND_STREAMS);
  const index = prng.chance(0.5)
    ? prng.between(0, streamId.startsWith('Account-') ? KEYED.length - 1 : KEYED.length - 2)
    : undefined;
  const key = index === undefined ? undefined : `key ${index}`;
  const isUsual = index !== undefined && prng.chance(0.9);
  const chosen = isUsual ? KEYED[index] : undefined;
  return { label, streamId, command: chosen ?? drawnCommand(world, streamId), key };
}

/** A ledger is never closed: it must take whatever its keeper sends. */
function drawnCommand(world: World, streamId: string): AccountCommand {
  const { prng } = world;
  const kind = prng.pick(['deposit', 'withdraw', 'withdraw', 'nothing', 'close'] as const);
  switch (kind) {
    case 'deposit':
      return deposit(drawnCents(world), prng.between(1, 3));
    case 'withdraw':
      return withdraw(prng.between(1, 3));
    case 'nothing':
      return deposit(1, 0);
    default:
      return streamId.startsWith('Account-') && prng.chance(0.3) ? close : withdraw(1);
  }
}

/** Whether its outcome is known, and nobody wants to know it again. */
async function isCallDone(
  world: World,
  process: Process,
  handler: Handler,
  claims: CommandClaims,
  operation: Operation,
): Promise<boolean> {
  const { call } = operation;
  const { label, key, streamId } = call;
  operation.tries += 1;
  const claim = claims.begin(call);
  const metadata = { label, correlationId: `of ${label}`, ...(key === undefined ? {} : { key }) };
  const command = { ...call.command, metadata };
  world.note(process, () => `asks ${label} (${key}): ${JSON.stringify(call.command)} of ${streamId}`);
  try {
    const result = await handler.handle(streamId, command, key === undefined ? {} : { idempotencyKey: key });
    world.note(process, () => `was told of ${label}: ${JSON.stringify(result)}`);
    world.meet(`command: ${claims.checkResult(claim, result)}`);
    return key === undefined || !world.prng.chance(0.2);
  } catch (error) {
    const outcome = claims.checkError(claim, error);
    world.note(process, () => `was told of ${label}: ${String(error)}`);
    if (outcome !== undefined) {
      world.meet(`command: ${outcome}`);
      return true;
    }
    mayPass(world, process, error);
    const isUnknown = error instanceof Throttled || error instanceof Unavailable;
    return !(isUnknown && key !== undefined);
  }
}
