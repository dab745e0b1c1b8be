import { copyJson } from '../events/copy-json.ts';
import { AppendContention, CommandContention, CommitTooLarge } from '../events/errors.ts';
import { frozen } from '../events/frozen.ts';
import { type Commit, stateAfter } from '../events/stored-commit.ts';
import type { EventTypes } from '../events/typed-event.ts';
import type { CommitRequest } from '../store/commit-request.ts';
import { type Earlier, findEarlier, keepUnchanged } from '../store/earlier.ts';
import type { Refusal } from '../store/head.ts';
import type { IdempotencyKey } from '../store/idempotency.ts';
import { writeCommits } from '../store/write-commits.ts';
import { backoffMs } from '../tables/backoff.ts';
import { type Aggregate, evolved, knownEvents } from './aggregate.ts';
import { COMMAND_ATTEMPTS_MAX, COMMAND_BACKOFF_MS_MAX, COMMAND_BACKOFF_MS_MIN } from './bounds.ts';
import type { Command, CommandOptions, CommandResult, CommandTypes } from './command.ts';
import { commandHash } from './command-hash.ts';
import type { HandlerContext } from './context.ts';
import { type Decided, decide, type Rejected, type Run } from './decide.ts';
import { type Loaded, loadAggregate, refreshed } from './load.ts';
import { causeOf, reactionKey } from './reaction.ts';
import { isSnapshotDue, writeSnapshot } from './snapshots.ts';

/** An aggregate, and whether it is as it was at some time since the command came: only then it is a reason to refuse it. */
interface Basis<State> extends Loaded<State> {
  readonly isFresh: boolean;
}

export async function execute<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  streamId: string,
  given: Command<Commands>,
  options: CommandOptions,
): Promise<CommandResult<Events>> {
  const { reactionTo } = options;
  const metadata = { ...given.metadata, ...(reactionTo === undefined ? {} : causeOf(reactionTo)) };
  const key = keyOf(given, options);
  // A copy: it may be decided again, on what its caller or `decide` must not have changed meanwhile.
  const command = { ...given, data: frozen(copyJson(given.data)) };
  const run = { context, streamId, command, key, commitId: context.store.newId(), metadata };
  const done = await decideAndAppend(run).catch((error: unknown) => {
    // Whatever it was: what is remembered may be the reason.
    context.cache.delete(streamId);
    throw error instanceof AppendContention ? new CommandContention(streamId, error.attempts) : error;
  });
  if ('error' in done) {
    throw done.error;
  }
  return done;
}

function keyOf(
  command: { readonly type: string; readonly data: unknown },
  { idempotencyKey, reactionTo }: CommandOptions,
): IdempotencyKey | undefined {
  if (reactionTo !== undefined) {
    return reactionKey(reactionTo);
  }
  return idempotencyKey === undefined
    ? undefined
    : { kind: 'KEY', name: idempotencyKey, command: commandHash(command) };
}

async function decideAndAppend<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
): Promise<CommandResult<Events> | Rejected> {
  const { context, streamId } = run;
  let basis = await firstBasis(run);
  for (let attempt = 1; attempt <= COMMAND_ATTEMPTS_MAX; ) {
    const decided = await decide(run, basis);
    const outcome = decided.kind === 'events' ? await write(context, decided.request) : decided;
    if (outcome.kind === 'rejected' || outcome.kind === 'nothing') {
      if (basis.isFresh) {
        return withoutEvents(run, basis, outcome);
      }
      // No try: a basis that is fresh stays so.
      basis = await freshened(run, basis);
      continue;
    }
    if (outcome.kind !== 'refused') {
      return afterWrite(run, basis, outcome, decided);
    }
    context.observe({ kind: 'conflict', streamId, attempt });
    if (attempt === COMMAND_ATTEMPTS_MAX) {
      break;
    }
    basis = await afterConflict(run, basis, outcome.found, attempt);
    attempt += 1;
  }
  throw new CommandContention(streamId, COMMAND_ATTEMPTS_MAX);
}

async function firstBasis<State, Commands extends CommandTypes, Events extends EventTypes>({
  context,
  streamId,
}: Run<State, Commands, Events>): Promise<Basis<State>> {
  const cached = context.cache.get(streamId);
  return cached === undefined
    ? { ...(await loadAggregate(context, streamId)), isFresh: true }
    : { ...cached, eventsRead: 0, isSnapshotNewer: false, isFresh: false };
}

/** On another state the command might make less. */
async function write<State, Commands extends CommandTypes, Events extends EventTypes>(
  { store }: HandlerContext<State, Commands, Events>,
  request: CommitRequest,
): Promise<Earlier | Refusal | Rejected> {
  try {
    return await writeCommits(store, [request]);
  } catch (error) {
    if (error instanceof CommitTooLarge) {
      return { kind: 'rejected', error };
    }
    throw error;
  }
}

/** A command that is rejected, or leaves nothing to do, may be the repeat of one that was done. */
async function withoutEvents<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  { stream, state }: Basis<State>,
  decided: Exclude<Decided<State>, { readonly kind: 'events' }>,
): Promise<CommandResult<Events> | Rejected> {
  const { context, streamId, key } = run;
  const { version } = stream;
  context.cache.set(streamId, { stream, state });
  if (decided.kind === 'rejected') {
    const earlier = key === undefined ? undefined : await findEarlier(context.store, streamId, key);
    return earlier === undefined ? decided : resultOf(run, earlier);
  }
  const earlier = key === undefined ? undefined : await keepUnchanged(context.store, streamId, key, version);
  return earlier === undefined ? { streamId, version, events: [], duplicate: false } : resultOf(run, earlier);
}

async function afterWrite<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  basis: Basis<State>,
  written: Earlier,
  decided: Decided<State>,
): Promise<CommandResult<Events>> {
  const { context, streamId, commitId } = run;
  const [commit] = written.kind === 'written' ? written.commits : [];
  if (commit?.commitId !== commitId) {
    return resultOf(run, written);
  }
  // What was found in its place is the commit of an earlier try, whose time is another.
  const isTried = decided.kind === 'events' && decided.tried.commit === commit;
  const aggregate = isTried ? decided.tried.after : after(run, basis, commit);
  context.cache.set(streamId, aggregate);
  const isDue = isSnapshotDue(context.snapshots, basis.stream, aggregate.stream, basis.eventsRead);
  if (isDue && !basis.isSnapshotNewer) {
    await writeSnapshot(context.snapshots, aggregate);
  }
  return { ...resultOf(run, written), duplicate: false };
}

/** What an earlier call has come to. */
function resultOf<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context, streamId }: Run<State, Commands, Events>,
  earlier: Earlier,
): CommandResult<Events> {
  if (earlier.kind === 'changed-nothing') {
    return { streamId, version: earlier.version, events: [], duplicate: true };
  }
  const [commit] = earlier.commits;
  if (commit === undefined) {
    throw new Error('A command of one commit has written none');
  }
  return { streamId, version: stateAfter(commit).version, events: knownEvents(context, commit), duplicate: true };
}

/**
 * The refused write has shown the commit that stands in the way, so the command is decided again on it without a read. From the second
 * conflict on there is a crowd: wait, and look what else is there, which costs a fifth of the failed write that would find it out.
 */
async function afterConflict<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  basis: Basis<State>,
  found: Commit | undefined,
  attempt: number,
): Promise<Basis<State>> {
  const { delay, random } = run.context.store;
  const next = found === undefined ? basis : { ...basis, ...after(run, basis, found) };
  if (attempt === 1 && found !== undefined) {
    return next;
  }
  await delay(backoffMs(random, attempt, COMMAND_BACKOFF_MS_MIN, COMMAND_BACKOFF_MS_MAX));
  return freshened(run, next);
}

function after<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context }: Run<State, Commands, Events>,
  basis: Aggregate<State>,
  commit: Commit,
): Aggregate<State> {
  const { stream, state } = evolved(context, basis, commit);
  return { stream, state: frozen(state) };
}

async function freshened<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context }: Run<State, Commands, Events>,
  basis: Basis<State>,
): Promise<Basis<State>> {
  return { ...basis, ...(await refreshed(context, basis)), isFresh: true };
}
