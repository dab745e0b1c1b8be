import { describe, test } from 'vitest';
import type { ContractCase } from '../../lib/testing/index.ts';

/** The cases of a contract as tests. */
export function runContract(name: string, cases: readonly ContractCase[]): void {
  describe(name, () => {
    for (const { name: promise, run } of cases) {
      test(promise, run);
    }
  });
}
