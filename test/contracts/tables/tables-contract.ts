import { beforeAll, describe, expect, test } from 'vitest';
import type { Tables } from '../../../lib/tables/tables.ts';
import { batchGetContract } from './batch-get-contract.ts';
import { newPartition } from './context.ts';
import { putContract } from './put-contract.ts';
import { putOverContract } from './put-over-contract.ts';
import { queryContract } from './query-contract.ts';
import { removeContract } from './remove-contract.ts';
import { scanContract } from './scan-contract.ts';
import { transactContract } from './transact-contract.ts';

/** What all tables promise. Each partition is used by one test. */
export function tablesContract(name: string, makeTables: () => Tables | Promise<Tables>): void {
  describe(`tables: ${name}`, () => {
    let made: Tables;
    beforeAll(async () => {
      made = await makeTables();
    });
    const context = { tables: () => made };

    test('an item that is not there is read as nothing', async () => {
      for (const consistency of ['strong', 'eventual'] as const) {
        expect(await made.get('events', { PK: newPartition(), SK: 'a' }, consistency)).toBeUndefined();
      }
    });
    describe('put', () => putContract(context));
    describe('a put over an item', () => putOverContract(context));
    describe('query', () => queryContract(context));
    describe('scan', () => scanContract(makeTables));
    describe('batchGet', () => batchGetContract(context));
    describe('remove', () => removeContract(context));
    describe('transact', () => transactContract(context));
  });
}
