import {
  createEventStore,
  createSequencer,
  type EventStore,
  type MemoryTablesOptions,
  memoryTables,
} from '../../lib/index.ts';
import type { ProjectionContext } from '../../lib/projections/context.ts';
import { defineProjection, type OnError } from '../../lib/projections/definition.ts';
import { createReadModels, type ReadModels } from '../../lib/projections/read-model.ts';
import type { Tables } from '../../lib/tables/tables.ts';
import { allCommits } from '../support/stored-log.ts';

/** A store in memory, its sequencer, and what projections of it work with. */
export interface ProjectedStore {
  readonly tables: Tables;
  readonly store: EventStore;
  readonly context: ProjectionContext;
  readonly readModels: ReadModels;
  /** Puts everything that was appended into the log. */
  sequence(): Promise<void>;
}

export function projectedStore(options: MemoryTablesOptions = {}): ProjectedStore {
  const tables = memoryTables(options);
  const store = createEventStore({ tables, delay: async () => {} });
  const context = contextOn(tables);
  const sequencer = createSequencer(context);
  return {
    tables,
    store,
    context,
    readModels: createReadModels(context),
    sequence: async () => {
      await sequencer.sequence(await allCommits(tables));
    },
  };
}

let runners = 0;

/** What projections work with, without waiting. */
export function contextOn(tables: Tables): ProjectionContext {
  return {
    tables,
    delay: async () => {},
    random: () => 0.5,
    now: () => new Date(),
    newId: () => {
      runners += 1;
      return `runner ${runners}`;
    },
  };
}

/** The events of the tests: each says what is to be added to its document. */
interface Events {
  readonly Added: { readonly label: string };
  readonly Removed: object;
}

export interface Labels {
  readonly labels: readonly string[];
}

interface LabelsOptions {
  readonly name?: string;
  readonly version?: number;
  readonly onError?: OnError;
  /** Throws for events that are to fail. */
  readonly check?: (label: string) => void;
}

/** A document for each stream, with the labels of its events in their order: what is lost, doubled or disordered shows. */
export function labelsProjection({ name = 'labels', version = 1, onError = 'halt', check }: LabelsOptions = {}) {
  return defineProjection<Events, Labels>({
    name,
    version,
    onError,
    key: ({ streamId }) => streamId,
    initial: { labels: [] },
    evolve: {
      Added: ({ labels }, { data: { label } }) => {
        check?.(label);
        return { labels: [...labels, label] };
      },
      Removed: () => undefined,
    },
  });
}

export function added(...labels: string[]) {
  return labels.map((label) => ({ type: 'Added', data: { label } }));
}
