import { createSequencer, type Sequencer } from '../../log/sequencer.ts';
import { createEventStore, type EventStore } from '../../store/event-store.ts';
import type { Tables } from '../../tables/tables.ts';

/** A store on tables of its own, since the log is one for all. */
export interface Sequenced {
  readonly tables: Tables;
  readonly store: EventStore;
}

export function sequencedOn(tables: Tables): Sequenced {
  // A clock that moves with each append: commits of one batch are put into the log in the order of their times.
  let time = Date.now();
  return { tables, store: createEventStore({ tables, now: () => new Date(time++) }) };
}

export function sequencerOn(tables: Tables): Sequencer {
  return createSequencer({ tables, delay: async () => {}, random: () => 0 });
}

/** Appends to several streams at once, one event to each. */
export function together(...streamIds: readonly string[]) {
  return streamIds.map((streamId) => ({ streamId, events: [{ type: 'Together', data: streamId }] }));
}
