import type { EventDefinitions } from '../events/define-events.ts';
import type { EventTypes, NewEventOf } from '../events/typed-event.ts';
import type { Current } from '../events/upcast-event.ts';
import { type LogOptions, logReader, readLog } from '../log/read-log.ts';
import { type SubscribeOptions, subscribe } from '../log/subscribe.ts';
import { type AppendOptions, append, type IdempotencyOptions } from './append.ts';
import { appendMany, type StreamAppend } from './append-many.ts';
import type { StoreContext } from './context.ts';
import { type ReadOptions, read } from './read.ts';

/** The operations of a store that have to do with events: they check what is appended, and bring what is read to its current shape. */
export function withDefinitions<Events extends EventTypes, Inputs extends EventTypes>(
  context: StoreContext,
  definitions: EventDefinitions<Events, Inputs>,
  current: Current,
) {
  return {
    append: async (streamId: string, events: readonly NewEventOf<Inputs>[], options?: AppendOptions) =>
      append(context, streamId, await definitions.validate(events), options),
    appendMany: async (appends: readonly StreamAppend<NewEventOf<Inputs>>[], options?: IdempotencyOptions) =>
      appendMany(context, await validated(definitions, appends), options),
    read: async (streamId: string, options?: ReadOptions) => {
      const result = await read(context, streamId, options);
      return { ...result, events: result.events.map(current) };
    },
    log: (options?: LogOptions) => readLog(context, options, current),
    logReader: (options?: Omit<LogOptions, 'limit'>) => logReader(context, options, current),
    subscribe: (options?: SubscribeOptions) => subscribe(context, options, current),
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
