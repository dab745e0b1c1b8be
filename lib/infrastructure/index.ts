/** The constructs of Tidemark, for apps of one's own: `import { EventStore } from 'tidemark/infrastructure'`. */
export { EventStore, type EventStoreProps } from './event-store.ts';
export { EventStoreApi, type EventStoreApiProps, type JwtAuthorization, type RoutesProps } from './event-store-api.ts';
export type { IEventStore } from './event-store-base.ts';
export type { EventStoreAttributes } from './imported-event-store.ts';
export { Monitoring, type MonitoringProps } from './monitoring.ts';
export { Projection, type ProjectionProps } from './projection.ts';
export { StoreFunction, type StoreFunctionProps } from './store-function.ts';
export { TidemarkStack, type TidemarkStackProps } from './tidemark-stack.ts';
