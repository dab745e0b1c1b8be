import { CommandContention } from '../events/errors.ts';
import type { NewEvent } from '../events/event.ts';
import { newCommit } from '../events/new-commit.ts';
import { type Commit, stateAfter } from '../events/stored-commit.ts';
import type { EventTypes } from '../events/typed-event.ts';
import type { CommitRequest } from '../store/commit-request.ts';
import { type Earlier, findEarlier, keepUnchanged } from '../store/earlier.ts';
import type { IdempotencyKey } from '../store/idempotency.ts';
import { writeCommits } from '../store/write-commits.ts';
import { backoffMs } from '../tables/backoff.ts';
import { evolved, knownEvents } from './aggregate.ts';
import { COMMAND_ATTEMPTS_MAX, COMMAND_BACKOFF_MS_MAX, COMMAND_BACKOFF_MS_MIN } from './bounds.ts';
import type { CommandOf, CommandOptions, CommandResult, CommandTypes } from './command.ts';
import { commandHash } from './command-hash.ts';
import type { HandlerContext } from './context.ts';
import { type Loaded, loadAggregate, refreshed } from './load.ts';
import { causeOf, reactionKey } from './reaction.ts';
import { isSnapshotDue, writeSnapshot } from './snapshots.ts';

/** One command on its way. */
interface Run<State, Commands extends CommandTypes, Events extends EventTypes> {
  readonly context: HandlerContext<State, Commands, Events>;
  readonly streamId: string;
  readonly command: CommandOf<Commands>;
  readonly key: IdempotencyKey | undefined;
  /** Of all tries: the condition on its place tells whether one of them has succeeded. */
  readonly commitId: string;
  readonly metadata: NonNullable<NewEvent['metadata']>;
}

/** What a decider has made of a command. */
type Decided =
  | { readonly kind: 'events'; readonly events: readonly NewEvent[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rejected'; readonly error: unknown };

/** An aggregate, and whether it was read after the command came: only then it is a reason to refuse it. */
interface Basis<State> extends Loaded<State> {
  readonly isFresh: boolean;
}

export async function execute<State, Commands extends CommandTypes, Events extends EventTypes>(
  context: HandlerContext<State, Commands, Events>,
  streamId: string,
  command: CommandOf<Commands>,
  options: CommandOptions,
): Promise<CommandResult<Events>> {
  const { reactionTo } = options;
  const metadata = { ...command.metadata, ...(reactionTo === undefined ? {} : causeOf(reactionTo)) };
  const key = keyOf(command, options);
  const run = { context, streamId, command, key, commitId: context.store.newId(), metadata };
  try {
    return await decideAndAppend(run);
  } catch (error) {
    // Whatever it was: what is remembered may be the reason.
    context.cache.delete(streamId);
    throw error;
  }
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
): Promise<CommandResult<Events>> {
  const { context, streamId } = run;
  let basis = await firstBasis(run);
  for (let attempt = 1; attempt <= COMMAND_ATTEMPTS_MAX; ) {
    const decided = await decide(run, basis);
    if (decided.kind !== 'events' && !basis.isFresh) {
      // No try: it happens once after each.
      basis = await freshened(run, basis);
      continue;
    }
    if (decided.kind !== 'events') {
      return withoutEvents(run, basis, decided);
    }
    const request = requestOf(run, basis, decided.events);
    const written = await writeCommits(context.store, [request]);
    if (written.kind !== 'refused') {
      return afterWrite(run, basis, written);
    }
    context.observe({ kind: 'conflict', streamId, attempt });
    basis = await afterConflict(run, basis, written.found, attempt);
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

/** Decides, and checks what was decided before anything is written. */
async function decide<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context, command, metadata }: Run<State, Commands, Events>,
  { state }: Basis<State>,
): Promise<Decided> {
  const { decider, events: definitions } = context;
  let made: ReturnType<typeof decider.decide>;
  try {
    made = decider.decide(state, command);
  } catch (error) {
    return { kind: 'rejected', error };
  }
  if (Array.isArray(made) && made.length === 0) {
    return { kind: 'nothing' };
  }
  const checked: readonly NewEvent[] = definitions === undefined ? made : await definitions.validate(made);
  const hasMetadata = Object.keys(metadata).length > 0;
  return {
    kind: 'events',
    events: hasMetadata
      ? checked.map((event) => ({ ...event, metadata: { ...metadata, ...event.metadata } }))
      : checked,
  };
}

function requestOf<State, Commands extends CommandTypes, Events extends EventTypes>(
  { streamId, commitId, key }: Run<State, Commands, Events>,
  { stream }: Basis<State>,
  events: readonly NewEvent[],
): CommitRequest {
  const commit = newCommit(streamId, commitId, events);
  return { commit, expectation: stream, isRepeatable: false, ...(key === undefined ? {} : { key }) };
}

/** A command that is rejected, or leaves nothing to do, may be the repeat of one that was done. */
async function withoutEvents<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  basis: Basis<State>,
  decided: Exclude<Decided, { readonly kind: 'events' }>,
): Promise<CommandResult<Events>> {
  const { context, streamId, key } = run;
  const { version } = basis.stream;
  context.cache.set(streamId, basis);
  if (decided.kind === 'rejected') {
    const earlier = key === undefined ? undefined : await findEarlier(context.store, streamId, key);
    if (earlier === undefined) {
      throw decided.error;
    }
    return resultOf(run, earlier);
  }
  const earlier = key === undefined ? undefined : await keepUnchanged(context.store, streamId, key, version);
  return earlier === undefined ? { streamId, version, events: [], duplicate: false } : resultOf(run, earlier);
}

async function afterWrite<State, Commands extends CommandTypes, Events extends EventTypes>(
  run: Run<State, Commands, Events>,
  basis: Basis<State>,
  written: Earlier,
): Promise<CommandResult<Events>> {
  const { context, streamId, commitId } = run;
  const [commit] = written.kind === 'written' ? written.commits : [];
  if (commit?.commitId !== commitId) {
    return resultOf(run, written);
  }
  const aggregate = evolved(context, basis, commit);
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
  const { context } = run;
  const next = found === undefined ? basis : { ...basis, ...evolved(context, basis, found), isFresh: false };
  if (attempt === 1 && found !== undefined) {
    return next;
  }
  const { delay, random } = context.store;
  await delay(backoffMs(random, attempt, COMMAND_BACKOFF_MS_MIN, COMMAND_BACKOFF_MS_MAX));
  return freshened(run, next);
}

async function freshened<State, Commands extends CommandTypes, Events extends EventTypes>(
  { context }: Run<State, Commands, Events>,
  basis: Basis<State>,
): Promise<Basis<State>> {
  return { ...basis, ...(await refreshed(context, basis)), isFresh: true };
}
