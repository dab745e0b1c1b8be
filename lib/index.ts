/** The library: `import { createEventStore } from 'tidemark'`. */
export * from './events/errors.ts';
export type {
  EventMetadata,
  NewEvent,
  NewEventMetadata,
  RecordedEvent,
  StreamState,
} from './events/event.ts';
export type { LogFilter } from './log/log-filter.ts';
export type { LoggedEvent, LogPage, LogReader } from './log/log-reader.ts';
export type { LogOptions } from './log/read-log.ts';
export type { SequencedMark } from './log/sequenced-mark.ts';
export { createSequencer, type SequenceOptions, type SequenceResult, type Sequencer } from './log/sequencer.ts';
export type { SubscribeOptions } from './log/subscribe.ts';
export type {
  AppendOptions,
  AppendResult,
  IdempotencyOptions,
} from './store/append.ts';
export type { StreamAppend } from './store/append-many.ts';
export {
  createEventStore,
  type EventStore,
  type EventStoreOptions,
} from './store/event-store.ts';
export type { Expectation } from './store/expectation.ts';
export type { ReadOptions, ReadResult } from './store/read.ts';
export { TABLES, type TableNames, tableNames } from './tables/definitions.ts';
export { dynamoDbClient, dynamoDbTables } from './tables/dynamodb-tables.ts';
export {
  type MemoryTablesOptions,
  memoryTables,
} from './tables/memory-tables.ts';
export type {
  Consistency,
  RequestObserver,
  TableRequest,
  Tables,
} from './tables/tables.ts';
