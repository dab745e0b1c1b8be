import { createEventStore } from '../../store/event-store.ts';
import { type ContractCase, contractCases, type MakeTables, once } from '../contract.ts';
import { appendCases } from './append.ts';
import { appendManyCases } from './append-many.ts';
import { idempotencyCases } from './idempotency.ts';
import { readCases } from './read.ts';
import type { Stored } from './stored.ts';

/**
 * What the event store promises, on tables that keep the `tablesContract`: appends, repeats of them, and reads.
 *
 * ```ts
 * import { test } from 'node:test';
 * import { storeContract } from 'tidemark/testing';
 *
 * for (const { name, run } of storeContract(() => myTables())) {
 *   test(name, run);
 * }
 * ```
 *
 * The cases may run in any order, alone and side by side.
 *
 * @param makeTables makes empty tables, once: each case keeps to streams of its own
 */
export function storeContract(makeTables: MakeTables): readonly ContractCase[] {
  const stored = once(async (): Promise<Stored> => {
    const tables = await makeTables();
    return { tables, store: createEventStore({ tables }) };
  });
  return [
    ...contractCases('append', appendCases, stored),
    ...contractCases('idempotency', idempotencyCases, stored),
    ...contractCases('appendMany', appendManyCases, stored),
    ...contractCases('read', readCases, stored),
  ];
}
