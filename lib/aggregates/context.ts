import type { EventTypes } from '../events/typed-event.ts';
import type { StoreContext } from '../store/context.ts';
import type { RecentMap } from '../tables/recent-map.ts';
import type { Aggregate, FoldContext } from './aggregate.ts';
import type { CommandTypes } from './command.ts';
import type { Observe } from './observation.ts';
import type { Snapshots } from './snapshots.ts';

/** What commands are done with. */
export interface HandlerContext<State, Commands extends CommandTypes, Events extends EventTypes>
  extends FoldContext<State, Commands, Events> {
  readonly store: StoreContext;
  readonly snapshots: Snapshots;
  readonly cache: RecentMap<Aggregate<State>>;
  readonly observe: Observe;
}
