/** What callers were told, against what is stored. */
import { isDeepStrictEqual } from 'node:util';
import { recordedEvents } from '../../lib/events/stored-commit.ts';
import { CommandRejected, type CommandResult, IdempotencyConflict } from '../../lib/index.ts';
import type { AccountEvents, AccountState } from '../aggregates/account.ts';
import { decidedOn, isDecidedOnOneOf } from '../aggregates/account-model.ts';
import type { Call, CommandModel, KnownStream } from './command-model.ts';

/** What a command has come to. */
export type CommandOutcome =
  | 'accepted'
  | 'accepted before'
  | 'rejected'
  | 'nothing to do'
  | 'nothing to do before'
  | 'key of another command';

export class CommandClaims {
  readonly #commands: CommandModel;
  /** Commands that were asked for under a key, and those of them that were told that there was nothing to do. */
  readonly #asked = new Map<string, string[]>();
  readonly #unchanged = new Map<string, string>();

  constructor(commands: CommandModel) {
    this.#commands = commands;
  }

  /** Before the call. @returns what the call's claim is checked with */
  begin(call: Call): CommandClaim {
    const { streamId, key } = call;
    this.#commands.calls.set(call.label, call);
    const stream = this.#commands.stream(streamId);
    const place = `${streamId} ${key}`;
    this.#asked.set(place, [...(this.#asked.get(place) ?? []), textOf(call)]);
    const unchanged = key === undefined ? undefined : this.#unchanged.get(place);
    return { call, stream, begin: stream.commits.length, unchanged };
  }

  /** Undefined where the error is none that the rules explain. */
  checkError(claim: CommandClaim, error: unknown): CommandOutcome | undefined {
    if (error instanceof CommandRejected) {
      this.#checkRejected(claim, error.reason);
      return 'rejected';
    }
    if (error instanceof IdempotencyConflict) {
      const { call } = claim;
      const asked = this.#asked.get(`${call.streamId} ${call.key}`) ?? [];
      this.#require(
        call.key !== undefined && asked.some((text) => text !== textOf(call)),
        claim,
        'its key is said to be of another command',
      );
      return 'key of another command';
    }
    return undefined;
  }

  checkResult(claim: CommandClaim, result: CommandResult<AccountEvents>): CommandOutcome {
    const { call, stream } = claim;
    this.#checkSameCommand(claim);
    if (result.events.length === 0) {
      return this.#checkUnchanged(claim, result);
    }
    this.#require(claim.unchanged === undefined, claim, 'it had nothing to do before');
    const made = result.duplicate ? stream.keys.indexOf(call.key ?? '') : stream.labels.indexOf(call.label);
    const commit = stream.commits[made];
    const isThere = commit !== undefined && isDeepStrictEqual(result.events, recordedEvents(commit));
    this.#require(isThere, claim, `it was told ${JSON.stringify(result.events)}`);
    this.#require(result.version === stream.versions[made + 1], claim, `it was told version ${result.version}`);
    return result.duplicate ? 'accepted before' : 'accepted';
  }

  /** What was loaded is a state that the stream had meanwhile. */
  checkLoaded(
    claim: Pick<CommandClaim, 'stream' | 'begin'>,
    streamId: string,
    isLouder: boolean,
    loaded: { readonly state: AccountState; readonly version: number },
  ): void {
    const { versions, states, louderStates } = claim.stream;
    const seen = (isLouder ? louderStates : states).map((state, index) => ({ state, version: versions[index] }));
    this.#commands.model.require(
      seen.slice(claim.begin).some((one) => isDeepStrictEqual(one, loaded)),
      'what is loaded is what the events say',
      () => `${streamId} is ${JSON.stringify(loaded)}, and was ${JSON.stringify(seen.slice(claim.begin))}`,
    );
  }

  #checkUnchanged(claim: CommandClaim, { duplicate }: CommandResult<AccountEvents>): CommandOutcome {
    const { call, stream } = claim;
    const isRight = duplicate || isDecidedOnOneOf(during(claim), call.command, []);
    this.#require(isRight, claim, 'it was told that there is nothing to do');
    const values = call.key === undefined ? stream.labels : stream.keys;
    this.#require(!values.includes(call.key ?? call.label), claim, 'it has changed nothing');
    if (call.key !== undefined) {
      this.#unchanged.set(`${call.streamId} ${call.key}`, textOf(call));
    }
    return duplicate ? 'nothing to do before' : 'nothing to do';
  }

  #checkRejected(claim: CommandClaim, reason: string): void {
    const { call, stream, begin, unchanged } = claim;
    const isRight = during(claim).some((state) => decidedOn(state, call.command) === reason);
    this.#require(isRight, claim, `it was rejected for ${reason}`);
    this.#require(!stream.labels.includes(call.label), claim, 'it was rejected');
    const isRepeat =
      call.key !== undefined && (unchanged !== undefined || stream.keys.slice(0, begin).includes(call.key));
    this.#require(!isRepeat, claim, 'it is a repeat, and was rejected');
  }

  /** Whoever has used the key before has asked for the same. */
  #checkSameCommand(claim: CommandClaim): void {
    const { call, stream, begin, unchanged } = claim;
    const made = call.key === undefined ? -1 : stream.keys.slice(0, begin).indexOf(call.key);
    const maker = this.#commands.calls.get(stream.labels[made] ?? '');
    const before = maker === undefined ? unchanged : textOf(maker);
    this.#require(before === undefined || before === textOf(call), claim, `its key was of ${before}`);
  }

  #require(isTrue: boolean, { call, stream, begin }: CommandClaim, detail: string): void {
    this.#commands.model.require(
      isTrue,
      'callers of commands are told the truth',
      () =>
        `${call.label} (${call.key}): ${textOf(call)} on ${call.streamId}, which had ${begin} commits, and has ${stream.commits.length}: ${detail}`,
    );
  }
}

export interface CommandClaim {
  readonly call: Call;
  readonly stream: KnownStream;
  /** Commits that were there. */
  readonly begin: number;
  /** The command that was told, before, that there is nothing to do. */
  readonly unchanged: string | undefined;
}

/** The states that the stream had since the call began. */
function during({ stream, begin }: CommandClaim): AccountState[] {
  return stream.states.slice(begin);
}

function textOf({ command: { type, data } }: Call): string {
  return JSON.stringify([type, data]);
}
