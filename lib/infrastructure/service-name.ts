import type { IEventStore } from './event-store-base.ts';

/** What logs and metrics call a function: with the store's prefix, for there may be several stores in an account. */
export function serviceName({ tablePrefix }: Pick<IEventStore, 'tablePrefix'>, name: string): string {
  return `${tablePrefix}-${name}`;
}
