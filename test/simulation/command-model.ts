/** What is known of the streams that commands go to: what each commit of a command must be. */

import { isDeepStrictEqual } from 'node:util';
import { type Commit, decodeCommit, recordedEvents } from '../../lib/events/stored-commit.ts';
import type { ConditionalPut } from '../../lib/tables/tables.ts';
import { type AccountState, account, accountEvents } from '../aggregates/account.ts';
import { type AccountCommand, decidedOn } from '../aggregates/account-model.ts';
import { louder } from '../aggregates/louder-account.ts';
import type { Model } from './model.ts';

/** A command of a caller, as often as it is tried. */
export interface Call {
  readonly label: string;
  readonly streamId: string;
  readonly command: AccountCommand;
  readonly key: string | undefined;
}

/** A stream as it has been: the state, by the rules of each version, before the first commit and after each. */
export class KnownStream {
  readonly commits: Commit[] = [];
  readonly states: AccountState[] = [account.initialState];
  readonly louderStates: AccountState[] = [louder.initialState];
  readonly versions: number[] = [0];
  readonly labels: (string | undefined)[] = [];
  readonly keys: (string | undefined)[] = [];

  add(commit: Commit): void {
    const events = recordedEvents(commit);
    const current = events.map((event) => accountEvents.upcast(event));
    this.commits.push(commit);
    this.states.push(current.reduce(account.evolve, this.states.at(-1) ?? account.initialState));
    this.louderStates.push(current.reduce(louder.evolve, this.louderStates.at(-1) ?? louder.initialState));
    this.versions.push(commit.version + commit.count - 1);
    this.labels.push(textOf(events[0]?.metadata['label']));
    this.keys.push(textOf(events[0]?.metadata['key']));
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export class CommandModel {
  readonly model: Model;
  readonly calls = new Map<string, Call>();
  readonly #streams = new Map<string, KnownStream>();

  constructor(model: Model) {
    this.model = model;
  }

  stream(streamId: string): KnownStream {
    const known = this.#streams.get(streamId) ?? new KnownStream();
    this.#streams.set(streamId, known);
    return known;
  }

  written({ table, item }: ConditionalPut): void {
    if (table !== 'events' || !/^STREAM#(Account|Ledger)-/.test(item.PK)) {
      return;
    }
    const commit = decodeCommit(item);
    const stream = this.stream(commit.streamId);
    const before = stream.states.at(-1) ?? account.initialState;
    const name = `${commit.streamId}@${commit.version}`;
    const [label, key] = [stream.labels.length, stream.keys.length];
    stream.add(commit);
    const call = this.calls.get(stream.labels[label] ?? '');
    if (call !== undefined) {
      this.#checkDecided(name, commit, before, call);
      this.#checkOnce(name, stream.labels);
      this.#checkOnce(name, stream.keys.slice(0, key + 1));
    }
  }

  #checkDecided(name: string, commit: Commit, before: AccountState, { label, command, streamId }: Call): void {
    const stored = recordedEvents(commit).map(({ type, data }) => ({ type, data }));
    const decided = decidedOn(before, command);
    this.model.require(
      streamId === commit.streamId && isDeepStrictEqual(stored, decided),
      'commands are decided on what is there',
      () => `${label} has made ${JSON.stringify(stored)} at ${name}, not ${JSON.stringify(decided)}`,
    );
  }

  #checkOnce(name: string, values: readonly (string | undefined)[]): void {
    const last = values.at(-1);
    this.model.require(
      last === undefined || values.indexOf(last) === values.length - 1,
      'each command is done once',
      () => `${last} is done again at ${name}`,
    );
  }
}
