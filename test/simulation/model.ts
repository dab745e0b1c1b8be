/**
 * What has been written, seen from outside, and whether it may be so. It is told of every write, in the order in which they take
 * effect.
 */
import { type Commit, commitHash, decodeCommit, recordedEvents } from '../../lib/events/stored-commit.ts';
import {
  type CommitReference,
  decodeEntry,
  EMPTY_LOG,
  endAfter,
  entryHash,
  type LogEntry,
  placedCommits,
} from '../../lib/log/log-entry.ts';
import { decodeMark, isMarkKey, marksOf, type SequencedMark } from '../../lib/log/sequenced-mark.ts';
import type { ConditionalPut } from '../../lib/tables/tables.ts';
import type { Guarantee, Violation } from './violation.ts';

/** An event where the log has it. */
export interface ExpectedEvent {
  readonly position: number;
  readonly streamId: string;
  readonly type: string;
  /** Of the event as a reader gets it. */
  readonly json: string;
}

export interface Place {
  readonly streamId: string;
  readonly firstVersion: number;
}

interface ModelStream {
  readonly commits: Map<number, Commit>;
  last: Commit | undefined;
  /** Of its last event that is in the log. */
  sequencedThrough: number;
  mark: SequencedMark | undefined;
}

export class Model {
  violation: Violation | undefined;
  /** All events of the log. */
  readonly events: ExpectedEvent[] = [];
  /** Where each label of events stands. */
  readonly places = new Map<string, Place[]>();
  readonly #streams = new Map<string, ModelStream>();
  #lastEntry: LogEntry | undefined;

  /** Keeps the first violation: what follows is mostly its consequence. */
  violate(guarantee: Guarantee, detail: string): void {
    this.violation ??= { guarantee, detail };
  }

  require(isTrue: boolean, guarantee: Guarantee, detail: () => string): void {
    if (!isTrue) {
      this.violate(guarantee, detail());
    }
  }

  written({ table, item }: ConditionalPut): void {
    if (table === 'events') {
      this.#commitWritten(decodeCommit(item));
    } else if (table === 'log') {
      this.#entryWritten(decodeEntry(item));
    } else if (isMarkKey(item)) {
      this.#markWritten(decodeMark(item));
    }
  }

  /** Of the last event of a stream. */
  version(streamId: string): number {
    const last = this.#streams.get(streamId)?.last;
    return last === undefined ? 0 : last.version + last.count - 1;
  }

  /** Of the last event of the log. */
  get head(): number {
    return this.events.length;
  }

  /** What is stored now: each stream and the version of its last event. */
  versions(): Map<string, number> {
    return new Map([...this.#streams.keys()].map((streamId) => [streamId, this.version(streamId)]));
  }

  /** Whether what was stored at some time is in the log: once nobody has anything to do, and where a scan has gone through it. */
  checkInLog(stored: ReadonlyMap<string, number> = this.versions()): void {
    for (const [streamId, version] of stored) {
      const { sequencedThrough } = this.#stream(streamId);
      this.require(
        sequencedThrough >= version,
        'everything gets into the log',
        () => `${streamId} is in the log through ${sequencedThrough} of ${version}`,
      );
    }
  }

  #stream(streamId: string): ModelStream {
    const stream = this.#streams.get(streamId) ?? {
      commits: new Map<number, Commit>(),
      last: undefined,
      sequencedThrough: 0,
      mark: undefined,
    };
    this.#streams.set(streamId, stream);
    return stream;
  }

  #commitWritten(commit: Commit): void {
    const { streamId, version } = commit;
    const stream = this.#stream(streamId);
    const name = `${streamId}@${version}`;
    this.require(!stream.commits.has(version), 'what is written never changes', () => `${name} is written again`);
    const next = this.version(streamId) + 1;
    this.require(version === next, 'streams are sound', () => `${name} is written where ${next} is the next version`);
    this.require(
      commit.previous === (stream.last?.version ?? 0) && commit.hash === commitHash(stream.last?.hash ?? '', commit),
      'streams are sound',
      () => `${name} does not chain to the commit before it`,
    );
    stream.commits.set(version, commit);
    stream.last = commit;
    const label = /"label":"([^"]*)"/.exec(commit.eventsJson)?.[1] ?? '';
    this.places.set(label, [...(this.places.get(label) ?? []), { streamId, firstVersion: version }]);
  }

  #entryWritten(entry: LogEntry): void {
    const { position, commits, hash } = entry;
    const end = this.#lastEntry === undefined ? EMPTY_LOG : endAfter(this.#lastEntry);
    const next = end.position + 1;
    this.require(
      position === next,
      'entries tile the positions',
      () => `an entry is written at ${position}, the next position is ${next}`,
    );
    this.require(
      hash === entryHash(end.hash, entry),
      'entries are a hash chain',
      () => `the entry at ${position} does not chain to the one before it`,
    );
    this.#checkMarked(position);
    for (const placed of placedCommits(entry)) {
      this.#referenceWritten(placed, placed.position);
    }
    this.#checkGroups(position, commits);
    this.#lastEntry = entry;
  }

  /** Of the last entry is enough: the ones before it were looked at when it was written, and marks never move back. */
  #checkMarked(position: number): void {
    for (const { streamId, version } of this.#lastEntry === undefined ? [] : marksOf(this.#lastEntry).values()) {
      const marked = this.#stream(streamId).mark?.version ?? 0;
      this.require(
        marked >= version,
        'every entry but the last is marked',
        () => `an entry is written at ${position} while ${streamId} is marked through ${marked}, not ${version}`,
      );
    }
  }

  #referenceWritten(reference: CommitReference, position: number): void {
    const { streamId, version, count, types } = reference;
    const name = `${streamId}@${version} at ${position}`;
    const stream = this.#stream(streamId);
    const commit = stream.commits.get(version);
    const isTrue = commit?.count === count && commit.types.join() === types.join();
    this.require(isTrue, 'entries tile the positions', () => `${name} is not a commit as it is stored`);
    const next = stream.sequencedThrough + 1;
    this.require(version >= next, 'each commit is in the log once', () => `${name} is in the log already`);
    this.require(version === next, 'streams are in order', () => `${name} is put before ${streamId}@${next}`);
    stream.sequencedThrough = Math.max(stream.sequencedThrough, version + count - 1);
    const recorded = commit === undefined ? [] : recordedEvents(commit);
    for (const [index, event] of recorded.entries()) {
      const logged = { ...event, position: position + index };
      const { type } = event;
      this.events.push({ position: logged.position, streamId, type, json: JSON.stringify(logged) });
    }
  }

  #checkGroups(position: number, commits: readonly CommitReference[]): void {
    const names = commits.map(({ streamId, version }) => `${streamId}@${version}`);
    for (const [index, { streamId, version }] of commits.entries()) {
      const group = this.#stream(streamId).commits.get(version)?.group ?? [];
      const members = group.map((member) => `${member.streamId}@${member.version}`);
      const own = members.indexOf(`${streamId}@${version}`);
      const there = names.slice(Math.max(0, index - own), index - own + members.length);
      this.require(
        members.length === 0 || there.join() === members.join(),
        'groups stand side by side',
        () => `the entry at ${position} has ${names.join(' ')}; ${members.join(' ')} belong together`,
      );
    }
  }

  #markWritten(mark: SequencedMark): void {
    const { streamId, version, position } = mark;
    const stream = this.#stream(streamId);
    const before = stream.mark?.version ?? 0;
    const name = `the mark of ${streamId}`;
    this.require(version > before, 'marks say what the log says', () => `${name} goes from ${before} to ${version}`);
    this.require(
      version <= stream.sequencedThrough,
      'marks say what the log says',
      () => `${name} is put at ${version}, the log has it through ${stream.sequencedThrough}`,
    );
    const event = this.events[position - 1];
    this.require(
      event?.streamId === streamId && event.json.includes(`"version":${version},`),
      'marks say what the log says',
      () => `${name} puts version ${version} at position ${position}, where the log has ${event?.json}`,
    );
    stream.mark = mark;
  }
}
