import type { Tables } from '../../tables/tables.ts';
import { type Cases, type ContractCase, contractCases, type MakeTables, once } from '../contract.ts';
import { expectEqual } from '../expect.ts';
import { batchGetCases } from './batch-get.ts';
import { newPartition } from './items.ts';
import { putCases } from './put.ts';
import { putOverCases } from './put-over.ts';
import { queryCases } from './query.ts';
import { removeCases } from './remove.ts';
import { scanCases } from './scan.ts';
import { transactCases } from './transact.ts';

const getCases: Cases<Tables> = {
  'an item that is not there is read as nothing': async (tables) => {
    for (const consistency of ['strong', 'eventual'] as const) {
      expectEqual(await tables.get('events', { PK: newPartition(), SK: 'a' }, consistency), undefined, consistency);
    }
  },
};

/**
 * What all tables promise, in memory, in DynamoDB and wherever you have made them: whoever implements `Tables` runs these cases
 * with the test runner of their choice. They need nothing but Node.
 *
 * ```ts
 * import { test } from 'node:test';
 * import { tablesContract } from 'tidemark/testing';
 *
 * for (const { name, run } of tablesContract(() => myTables())) {
 *   test(name, run);
 * }
 * ```
 *
 * The cases may run in any order, alone and side by side. A case puts up to 20 MB; where that goes over a network, give it a
 * minute.
 *
 * @param makeTables makes empty tables: once for all cases that keep to partitions of their own, and once for each case that
 *   reads a table as a whole, of which there are ten
 */
export function tablesContract(makeTables: MakeTables): readonly ContractCase[] {
  const sharedTables = once(makeTables);
  return [
    ...contractCases('get', getCases, sharedTables),
    ...contractCases('put', putCases, sharedTables),
    ...contractCases('put over an item', putOverCases, sharedTables),
    ...contractCases('query', queryCases, sharedTables),
    ...contractCases('scan', scanCases, makeTables),
    ...contractCases('batchGet', batchGetCases, sharedTables),
    ...contractCases('remove', removeCases, sharedTables),
    ...contractCases('transact', transactCases, sharedTables),
  ];
}
