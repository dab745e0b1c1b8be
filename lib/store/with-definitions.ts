import type { EventDefinitions } from '../events/define-events.ts';
import type { EventTypes, NewEventOf } from '../events/typed-event.ts';
import type { Current } from '../events/upcast-event.ts';
import { logReader, readLog } from '../log/read-log.ts';
import { subscribe } from '../log/subscribe.ts';
import type { StreamAppend } from './append-many.ts';
import type { StoreContext } from './context.ts';
import type { EventStore } from './event-store.ts';

/** A store that checks what is appended, and brings what is read to its current shape. */
export function withDefinitions<Events extends EventTypes, Inputs extends EventTypes>(
  store: EventStore,
  context: StoreContext,
  definitions: EventDefinitions<Events, Inputs>,
  current: Current,
): EventStore<NewEventOf<Inputs>> {
  return {
    ...store,
    append: async (streamId, events, options) => store.append(streamId, await definitions.validate(events), options),
    appendMany: async (appends, options) => store.appendMany(await validated(definitions, appends), options),
    read: async (streamId, options) => {
      const result = await store.read(streamId, options);
      return { ...result, events: result.events.map(current) };
    },
    log: (options) => readLog(context, options, current),
    logReader: (options) => logReader(context, options, current),
    subscribe: (options) => subscribe(context, options, current),
  };
}

/** What is no list is left to `appendMany`, which refuses it. */
async function validated<Events extends EventTypes, Inputs extends EventTypes>(
  definitions: EventDefinitions<Events, Inputs>,
  appends: readonly StreamAppend<NewEventOf<Inputs>>[],
): Promise<readonly StreamAppend[]> {
  const checked: StreamAppend[] = [];
  for (const [index, append] of Array.isArray(appends) ? appends.entries() : []) {
    checked.push({ ...append, events: await definitions.validate(append.events, `appends[${index}].events`) });
  }
  return checked;
}
