import { type ContractCase, contractCases, type MakeTables } from '../contract.ts';
import { damageCases } from './damage.ts';
import { readingCases } from './reading.ts';
import { sequencedOn } from './sequenced.ts';
import { sequencingCases } from './sequencing.ts';

/**
 * What the log promises, on tables that keep the `tablesContract`: each commit is in it once and in order, whatever fails or
 * races; what is damaged is named and holds up nobody else; and whoever reads or follows the log gets each event once.
 *
 * ```ts
 * import { test } from 'node:test';
 * import { logContract } from 'tidemark/testing';
 *
 * for (const { name, run } of logContract(() => myTables())) {
 *   test(name, run);
 * }
 * ```
 *
 * The cases may run in any order, alone and side by side. One of them appends 1,200 times; where that goes over a network, give it
 * a minute.
 *
 * @param makeTables makes empty tables, once for each case, since the log is one for all that is in them
 */
export function logContract(makeTables: MakeTables): readonly ContractCase[] {
  const makeStore = async () => sequencedOn(await makeTables());
  return [
    ...contractCases('sequencing', sequencingCases, makeStore),
    ...contractCases('damage', damageCases, makeStore),
    ...contractCases('reading', readingCases, makeStore),
  ];
}
