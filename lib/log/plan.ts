import type { CommitHead, GroupMember } from '../events/stored-commit.ts';

/** What was read of a stream. */
export interface PendingStream {
  readonly streamId: string;
  /** Up to which version it is in the log, as its mark says. */
  readonly sequencedThrough: number;
  /** The commits that follow, without a gap; not necessarily all. */
  readonly commits: readonly CommitHead[];
}

/** Commits that belong side by side: those of one `appendMany`, or a single one. */
export type Unit = readonly CommitHead[];

export type Plan =
  | {
      readonly kind: 'planned';
      /** What can be put into the log, in this order. */
      readonly units: readonly Unit[];
      /** The first commit of each stream that could not be planned. */
      readonly waiting: readonly CommitHead[];
    }
  | {
      /**
       * A commit's mark covers it although the mark of another one of its group does not. They are in one entry, and marks
       * are not read in one instant: so another sequencer has just moved on.
       */
      readonly kind: 'moved';
      readonly commit: CommitHead;
    };

/**
 * Plans what to put into the log, as a pure function over what was read: the commits of a stream in the order of their
 * versions, those of a group side by side, each after all that its own stream still lacks. Where that leaves room, commits
 * are in the order of their timestamps, because readers like it; it is no promise.
 *
 * A group is taken when all of its commits are the next ones of their streams: whichever stream gets there last takes it.
 * There is always a next one to take, for groups cannot wait for each other in a circle: each commit was proven to follow
 * its predecessor before it was written, and the commits of a group were written in one instant.
 */
export function planBatch(streams: ReadonlyMap<string, PendingStream>): Plan {
  const all = [...streams.values()].flatMap(({ commits }) => commits);
  const moved = all.find(({ group = [] }) => group.some((member) => knowledgeOf(member, streams) === 'covered'));
  if (moved !== undefined) {
    return { kind: 'moved', commit: moved };
  }
  const queues = new Map([...streams.values()].map(({ streamId, commits }) => [streamId, new Queue(commits)]));
  const units = all.toSorted(byTime).flatMap((commit) => {
    queues.get(commit.streamId)?.allow(commit.version);
    return drain(queues, commit.streamId);
  });
  return { kind: 'planned', units, waiting: [...queues.values()].flatMap((queue) => queue.next ?? []) };
}

/** What is known of a commit of a group: that it is in the log, or read, or neither. */
export function knowledgeOf(
  member: GroupMember,
  streams: ReadonlyMap<string, PendingStream>,
): 'covered' | 'read' | 'unread' {
  const stream = streams.get(member.streamId);
  if (stream === undefined) {
    return 'unread';
  }
  if (member.version <= stream.sequencedThrough) {
    return 'covered';
  }
  return member.version <= (stream.commits.at(-1)?.version ?? 0) ? 'read' : 'unread';
}

/** Commits of a group have one timestamp, and sorting keeps the order of equals: that of each stream. */
function byTime(one: CommitHead, other: CommitHead): number {
  if (one.timestamp === other.timestamp) {
    return 0;
  }
  return one.timestamp < other.timestamp ? -1 : 1;
}

/** The commits of a stream that are still to be taken. */
class Queue {
  readonly #commits: readonly CommitHead[];
  #taken = 0;
  #allowedThrough = 0;

  constructor(commits: readonly CommitHead[]) {
    this.#commits = commits;
  }

  get next(): CommitHead | undefined {
    return this.#commits[this.#taken];
  }

  /** The next commit, if its turn has come. */
  get ready(): CommitHead | undefined {
    const { next } = this;
    return next !== undefined && next.version <= this.#allowedThrough ? next : undefined;
  }

  allow(version: number): void {
    this.#allowedThrough = Math.max(this.#allowedThrough, version);
  }

  take(): void {
    this.#taken += 1;
  }
}

/** Takes what is ready of a stream, and of the streams that have waited for it. */
function drain(queues: ReadonlyMap<string, Queue>, streamId: string): Unit[] {
  const units: Unit[] = [];
  const open = [streamId];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const commit = queues.get(current)?.ready;
    const unit = commit === undefined ? undefined : unitOf(queues, commit);
    if (unit !== undefined) {
      units.push(unit);
      for (const taken of unit) {
        queues.get(taken.streamId)?.take();
        open.push(taken.streamId);
      }
    }
  }
  return units;
}

/** The group of a commit in the caller's order, or undefined while one of it is not the next of its stream. */
function unitOf(queues: ReadonlyMap<string, Queue>, commit: CommitHead): Unit | undefined {
  if (commit.group === undefined) {
    return [commit];
  }
  const unit = commit.group.flatMap(({ streamId, version }) => {
    const ready = queues.get(streamId)?.ready;
    return ready?.version === version ? [ready] : [];
  });
  return unit.length === commit.group.length ? unit : undefined;
}
