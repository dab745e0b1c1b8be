import { describe, test } from 'vitest';
import type { ContractCase } from '../../lib/testing/index.ts';

/** Some cases write many MB, and take a while where other tests run at the same time. */
const CASE_MS_MAX = 60_000;

/** The cases of a contract as tests. */
export function runContract(name: string, cases: readonly ContractCase[]): void {
  describe(name, () => {
    for (const { name: promise, run } of cases) {
      test(promise, run, CASE_MS_MAX);
    }
  });
}
