/** The library: `import { createEventStore } from 'tidemark'`. */
export type {
  Command,
  CommandOf,
  CommandOptions,
  CommandResult,
  CommandTypes,
  Reaction,
} from './aggregates/command.ts';
export { type CommandHandler, type CommandHandlerOptions, commandHandler } from './aggregates/command-handler.ts';
export { type Decider, type DeciderDefinition, defineDecider } from './aggregates/decider.ts';
export type { CommandObservation, SnapshotIgnored } from './aggregates/observation.ts';
export { defineProcessManager, type ProcessManagerDefinition, type Send } from './aggregates/process-manager.ts';
export {
  defineEvents,
  type EventDefinition,
  type EventDefinitions,
  type EventsOf,
  type InputsOf,
  type ReadableEvents,
  type Upcaster,
} from './events/define-events.ts';
export * from './events/errors.ts';
export type {
  EventMetadata,
  NewEvent,
  NewEventMetadata,
  RecordedEvent,
  StreamState,
} from './events/event.ts';
export type { EventTypes, NewEventOf, RecordedEventOf, Typed } from './events/typed-event.ts';
export type { UnknownEvents } from './events/upcast-event.ts';
export type { LogFilter } from './log/log-filter.ts';
export type { Logged, LoggedEvent, LogPage, LogReader } from './log/log-reader.ts';
export type { LogOptions } from './log/read-log.ts';
export type { SequencedMark } from './log/sequenced-mark.ts';
export { createSequencer, type SequenceOptions, type SequenceResult, type Sequencer } from './log/sequencer.ts';
export type { SubscribeOptions } from './log/subscribe.ts';
export { createProjectionContext, type ProjectionContext } from './projections/context.ts';
export {
  type BatchInfo,
  type DocumentDefinition,
  type DocumentProjection,
  defineHandler,
  defineProjection,
  type EventOf,
  type HandlerDefinition,
  type HandlerProjection,
  type OnError,
  type Projection,
  type TypedDocumentDefinition,
  type TypedHandlerDefinition,
} from './projections/definition.ts';
export {
  createReadModels,
  type ProjectionState,
  type ProjectionStatus,
  type ReadDocument,
  type ReadModels,
  type WaitOptions,
} from './projections/read-model.ts';
export { type Redriven, redrive } from './projections/redrive.ts';
export { resetProjection } from './projections/reset.ts';
export {
  createProjectionRunner,
  type ProjectionRunner,
  type RunOutcome,
  type RunResult,
} from './projections/runner.ts';
export type { Failure } from './projections/stored-checkpoint.ts';
export type { RunOptions, RunProgress } from './projections/work-through.ts';
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
  type ReadEvents,
  type TypedStoreOptions,
} from './store/event-store.ts';
export type { Expectation } from './store/expectation.ts';
export type { ReadOptions, ReadResult } from './store/read.ts';
export { TABLES, type Table, type TableNames, tableNames } from './tables/definitions.ts';
export { dynamoDbClient, dynamoDbTables } from './tables/dynamodb-tables.ts';
export {
  type MemoryTablesOptions,
  memoryTables,
} from './tables/memory-tables.ts';
export type * from './tables/tables.ts';
