/** Processes that read the log: page by page, with one reader for all pages, and as a subscription. */
import { createEventStore, type EventStore, type LogFilter, type LoggedEvent, type LogPage } from '../../lib/index.ts';
import { createLogReader } from '../../lib/log/log-reader.ts';
import type { StoreContext } from '../../lib/store/context.ts';
import { mayPass } from './may-pass.ts';
import type { ExpectedEvent, Model } from './model.ts';
import { CATEGORIES } from './parameters.ts';
import { processTables } from './process-tables.ts';
import type { Process } from './scheduler.ts';
import { EVENT_TYPES, type World } from './world.ts';

const POLLS_MAX = 20;
const LIMIT_MAX = 6;

/** What a reader has seen, which outlives it. */
export interface Reader {
  /** Whether it has seen the whole log. */
  readonly hasAll: () => boolean;
}

/** Follows the log by passing each page's position as the next `after`. */
export function runFollower(world: World, name: string): Reader {
  const { model, prng } = world;
  const filter = drawnFilter(world);
  const keepsReader = prng.chance(0.3);
  let after = 0;
  let polls = prng.between(1, POLLS_MAX);
  const isDue = () => (world.isFresh ? after < model.head : polls > 0);
  world.run(name, async (process) => {
    const context = contextOf(world, process);
    const store = createEventStore(context);
    const reader = keepsReader ? createLogReader(context, after, filter) : undefined;
    for (;;) {
      await world.scheduler.turn(process, isDue);
      polls -= 1;
      const limit = prng.between(1, LIMIT_MAX);
      try {
        const page = await (reader?.next(limit) ?? store.log({ ...filter, after, limit }));
        world.note(process, () => `gets ${page.events.map(({ position }) => position)} through ${page.position}`);
        checkPage(model, filter, after, page);
        after = page.position;
      } catch (error) {
        mayPass(world, process, error);
      }
    }
  });
  return { hasAll: () => after === model.head };
}

/** Handles one event after the other, slowly, and subscribes anew after the last one that it has handled. */
export function runSubscriber(world: World, name: string): Reader {
  const { model, prng } = world;
  const filter = drawnFilter(world);
  let after = 0;
  world.run(name, async (process) => {
    for (;;) {
      await world.scheduler.turn(process);
      const store = subscribingStore(world, process, () => expected(model, filter, after, model.head).length > 0);
      let handled = prng.chance(0.3) ? prng.between(1, 10) : Number.MAX_SAFE_INTEGER;
      try {
        for await (const event of store.subscribe({ ...filter, after })) {
          checkNext(model, filter, after, event);
          after = event.position;
          await world.scheduler.turn(process);
          handled -= 1;
          if (handled === 0) {
            break;
          }
        }
      } catch (error) {
        mayPass(world, process, error);
      }
    }
  });
  return { hasAll: () => expected(model, filter, after, model.head).length === 0 };
}

/** It waits until there is something new to see: with the time that passes, waiting is all that it would do. */
function subscribingStore(world: World, process: Process, hasMore: () => boolean): EventStore {
  let polls = world.prng.between(1, POLLS_MAX);
  const context: StoreContext = {
    ...contextOf(world, process),
    delay: async (_, signal) => {
      const { head } = world.model;
      const isDue = () => world.model.head > head || (world.isFresh ? hasMore() : polls > 0);
      await world.scheduler.turn(process, () => signal?.aborted === true || isDue());
      polls -= 1;
    },
  };
  return createEventStore(context);
}

function contextOf(world: World, process: Process): StoreContext {
  const tables = processTables(world, process);
  return world.context(process, world.plant.reader?.(tables, world.memory) ?? tables);
}

function drawnFilter({ prng }: World): LogFilter {
  return {
    ...(prng.chance(0.25) ? { category: prng.pick(CATEGORIES) } : {}),
    ...(prng.chance(0.25) ? { types: prng.some(EVENT_TYPES, prng.between(1, 2)) } : {}),
  };
}

function expected(model: Model, { category, types }: LogFilter, after: number, through: number): ExpectedEvent[] {
  return model.events.slice(after, through).filter(({ streamId, type }) => {
    const isInCategory = category === undefined || streamId.split('-')[0] === category;
    return isInCategory && (types === undefined || types.includes(type));
  });
}

function checkPage(model: Model, filter: LogFilter, after: number, page: LogPage): void {
  const { position, head = position } = page;
  const isPlace = position >= after && position <= model.head && head >= position && head <= model.head;
  model.require(isPlace, 'readers see the log', () => `a page after ${after} says ${position} of ${head}`);
  const wanted = expected(model, filter, after, position);
  const isSame = page.events.map((event) => JSON.stringify(event)).join() === wanted.map(({ json }) => json).join();
  model.require(
    isSame,
    'readers see the log',
    () => `after ${after} through ${position}: ${positions(page.events)}, not ${positions(wanted)}`,
  );
}

function checkNext(model: Model, filter: LogFilter, after: number, event: LoggedEvent): void {
  const [wanted] = expected(model, filter, after, model.head);
  model.require(
    JSON.stringify(event) === wanted?.json,
    'readers see the log',
    () => `after ${after} a subscription has ${event.position}, not ${wanted?.position}`,
  );
}

function positions(events: readonly { readonly position: number }[]): string {
  return `[${events.map(({ position }) => position).join(' ')}]`;
}
