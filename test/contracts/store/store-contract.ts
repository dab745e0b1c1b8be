import { beforeAll, describe } from 'vitest';
import { createEventStore, type EventStore } from '../../../lib/index.ts';
import type { Tables } from '../../../lib/tables/tables.ts';
import { appendContract } from './append-contract.ts';
import { appendManyContract } from './append-many-contract.ts';
import { idempotencyContract } from './idempotency-contract.ts';
import { readContract } from './read-contract.ts';

/** What the store promises on any tables. Each stream is used by one test. */
export function storeContract(name: string, makeTables: () => Tables | Promise<Tables>): void {
  describe(`the store on ${name}`, () => {
    let tables: Tables;
    let store: EventStore;
    beforeAll(async () => {
      tables = await makeTables();
      store = createEventStore({ tables });
    });
    const context = { tables: () => tables, store: () => store };
    describe('append', () => appendContract(context));
    describe('idempotency', () => idempotencyContract(context));
    describe('appendMany', () => appendManyContract(context));
    describe('read', () => readContract(context));
  });
}
