import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventDefinitions } from '../events/define-events.ts';
import type { NewEvent, RecordedEvent, StreamState } from '../events/event.ts';
import { checkStreamId } from '../events/names.ts';
import type { EventTypes, NewEventOf, RecordedEventOf } from '../events/typed-event.ts';
import { currentBy, type UnknownEvents } from '../events/upcast-event.ts';
import type { Logged, LogPage, LogReader } from '../log/log-reader.ts';
import { type LogOptions, logReader, readLog, readLogHead } from '../log/read-log.ts';
import type { SequencedMark } from '../log/sequenced-mark.ts';
import { type SubscribeOptions, subscribe } from '../log/subscribe.ts';
import { readMark } from '../log/tail.ts';
import type { Consistency, Tables } from '../tables/tables.ts';
import { type AppendOptions, type AppendResult, append, type IdempotencyOptions } from './append.ts';
import { appendMany, type StreamAppend } from './append-many.ts';
import type { StoreContext } from './context.ts';
import { readHead } from './head.ts';
import { type ReadOptions, type ReadResult, read } from './read.ts';
import { withDefinitions } from './with-definitions.ts';

/**
 * Streams of events, and the log of all of them: append, read, follow.
 *
 * Every method may throw `Throttled` and `Unavailable`: DynamoDB did not answer, also after three tries. Of a write it is not known then
 * whether it took effect: repeat it with the same id or key.
 *
 * `New` and `Recorded` are the events that are appended and read: any, unless the store was made with definitions.
 */
export interface EventStore<New = NewEvent, Recorded = RecordedEvent> {
  /**
   * Appends events to a stream: all of them, once, and only where the stream is as expected.
   *
   * One request where `expect` is a StreamState or `'no-stream'`, two otherwise. A write unit for each started KB of the commit, which
   * has at most 400 KB.
   *
   * @throws {InvalidStreamId | NoEvents | InvalidEvent | InvalidArgument | CommitTooLarge} nothing was written
   * @throws {WrongExpectedVersion} the stream is not as expected; nothing was written
   * @throws {IdempotencyConflict} the key was used on the stream with other events; nothing was written
   * @throws {AppendContention} other writers were faster 40 times; nothing was written
   */
  append(streamId: string, events: readonly New[], options?: AppendOptions): Promise<AppendResult>;

  /**
   * Appends to several streams, all or none: each stream is as expected and gets its events, or nothing is written. The commits stand
   * side by side in the log.
   *
   * One transaction: at most 100 items (a commit for each stream, and a key for each where a repeat needs one) of 4 MB together, at
   * twice the write units of single appends. Stream ids and event types have at most 200 KB together.
   *
   * @throws as `append` does, for the first stream that is refused
   */
  appendMany(appends: readonly StreamAppend<New>[], options?: IdempotencyOptions): Promise<readonly AppendResult[]>;

  /**
   * Reads a stream, or a part of it, forward or backward: as many pages as it takes, also from inside a commit.
   *
   * One Query for each started MB, a read unit for each 4 KB, half of it where `consistency` is `eventual`; one small read more where it
   * starts or ends inside a commit, where the limit leaves events out before the head, and where it goes backward from the head by more
   * than the last commit.
   *
   * @throws {InvalidStreamId | InvalidArgument}
   * @throws {UnreadableItem | MissingCommit} the stored stream is damaged
   * @throws {UnreadableEvent} with definitions: an event that the code does not know
   */
  read(streamId: string, options?: ReadOptions): Promise<ReadResult<Recorded>>;

  /**
   * The state of a stream without its events: one Query. Version 0 where there is no such stream. Default: strong.
   *
   * @throws {InvalidStreamId | UnreadableItem}
   */
  head(streamId: string, options?: { readonly consistency?: Consistency }): Promise<StreamState>;

  /**
   * Reads the log behind a position: all events of the store, or those of a category or of some types, in one order that never changes.
   * Pass each page's `position` as the next `after`: then each event comes once.
   *
   * One Query for each MB of references, one more where no entry begins right behind `after`, one more where the page comes to the end of
   * the log, and one BatchGetItem for each hundred commits; half a read unit for each 4 KB. It may end a moment earlier than the log does,
   * and has no gaps.
   *
   * @throws {InvalidArgument}
   * @throws {DamagedLog | MissingCommit | UnreadableItem} what is stored is damaged
   * @throws {UnreadableEvent} with definitions: an event that the code does not know
   */
  log(options?: LogOptions): Promise<LogPage<Recorded>>;

  /**
   * Reads the log page by page, and reads nothing twice: cheaper than one `log` after the other. Its pages cost, and throw, what `log`
   * does.
   *
   * @throws {InvalidArgument}
   */
  logReader(options?: Omit<LogOptions, 'limit'>): LogReader<Recorded>;

  /** The position of the last event of the log; 0 where there is none: one Query. Default: eventual. */
  logHead(options?: { readonly consistency?: Consistency }): Promise<number>;

  /**
   * The events of the log behind a position, and on and on as they come: `for await (const event of …)`. Where it has ended, go on after
   * the position of the last event that was handled.
   *
   * It reads no further than one page ahead of its consumer. Where there is nothing new it looks again every 250 ms, for half a read unit.
   * Throttling and lost connections are waited out for about half a minute, then thrown.
   *
   * @throws {InvalidArgument} at once, not in the loop
   * @throws as `log` does, in the loop
   */
  subscribe(options?: SubscribeOptions): AsyncGenerator<Logged<Recorded>, void, undefined>;

  /**
   * Up to where a stream is in the log: one read. A moment after an append it may not be there yet; undefined where nothing of
   * the stream is.
   *
   * @throws {InvalidStreamId | UnreadableItem}
   */
  sequenced(streamId: string): Promise<SequencedMark | undefined>;
}

/** What a store works on, and with. */
export interface EventStoreOptions {
  /** `dynamoDbTables` or `memoryTables`. */
  readonly tables: Tables;
  /** Default: the system's clock. */
  readonly now?: () => Date;
  /** Makes the ids of commits; must never make the same twice. Default: random UUIDs. */
  readonly newId?: () => string;
  /** Waits so many milliseconds between two tries, or until the signal aborts. Default: a timer. */
  readonly delay?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 (inclusive) to 1; spreads tries. Default: `Math.random`. */
  readonly random?: () => number;
}

/** What a store with event definitions is made of. */
export interface TypedStoreOptions<Events extends EventTypes, Inputs extends EventTypes, Unknown extends UnknownEvents>
  extends EventStoreOptions {
  /** Events are checked against them when they are appended, and brought to their current shape when they are read. */
  readonly events: EventDefinitions<Events, Inputs>;
  /** Default: `error`. */
  readonly unknownEvents?: Unknown;
}

/** What is read where events that are not known are passed through: their data are whatever they are. */
export type ReadEvents<Events extends EventTypes, Unknown extends UnknownEvents> = Unknown extends 'pass-through'
  ? RecordedEventOf<Events> | RecordedEvent
  : RecordedEventOf<Events>;

/**
 * A store on `dynamoDbTables` or on `memoryTables`. It keeps no state of its own: as many as you like may share tables.
 *
 * With `events` (`defineEvents`) it is typed: it takes only what is defined, and returns every event in its current shape.
 */
export function createEventStore<
  Events extends EventTypes,
  Inputs extends EventTypes = Events,
  Unknown extends UnknownEvents = 'error',
>(options: TypedStoreOptions<Events, Inputs, Unknown>): EventStore<NewEventOf<Inputs>, ReadEvents<Events, Unknown>>;
export function createEventStore(options: EventStoreOptions): EventStore;
export function createEventStore(
  options: EventStoreOptions &
    Partial<Pick<TypedStoreOptions<EventTypes, EventTypes, UnknownEvents>, 'events' | 'unknownEvents'>>,
): EventStore<never, RecordedEvent> {
  const context = createStoreContext(options);
  const store = plainStore(context);
  const { events, unknownEvents = 'error' } = options;
  return events === undefined
    ? store
    : { ...store, ...withDefinitions(context, events, currentBy(events, unknownEvents)) };
}

/** What the operations of a store work with, where nothing else is said. */
export function createStoreContext(options: EventStoreOptions): StoreContext {
  return {
    tables: options.tables,
    now: options.now ?? (() => new Date()),
    newId: options.newId ?? randomUUID,
    delay: options.delay ?? ((ms, signal) => delay(ms, undefined, { signal })),
    random: options.random ?? Math.random,
  };
}

function plainStore(context: StoreContext): EventStore {
  return {
    append: (streamId, events, appendOptions) => append(context, streamId, events, appendOptions),
    appendMany: (appends, appendOptions) => appendMany(context, appends, appendOptions),
    read: (streamId, readOptions) => read(context, streamId, readOptions),
    head: async (streamId, { consistency = 'strong' } = {}) => {
      checkStreamId(streamId);
      return readHead(context, streamId, consistency);
    },
    log: (logOptions) => readLog(context, logOptions),
    logReader: (readerOptions) => logReader(context, readerOptions),
    logHead: ({ consistency = 'eventual' } = {}) => readLogHead(context, consistency),
    subscribe: (subscribeOptions) => subscribe(context, subscribeOptions),
    sequenced: async (streamId) => {
      checkStreamId(streamId);
      return readMark(context, streamId);
    },
  };
}
