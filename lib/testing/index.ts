/** For tests, with any test runner: `import { testDecider } from 'tidemark/testing'`. */
export type { ContractCase, MakeTables } from './contract.ts';
export { logContract } from './log-contract/log-contract.ts';
export { type MemorySystem, type MemorySystemOptions, memorySystem } from './memory-system.ts';
export { storeContract } from './store-contract/store-contract.ts';
export { tablesContract } from './tables-contract/tables-contract.ts';
export { type DeciderTest, type Decision, testDecider } from './test-decider.ts';
export { type GivenEvent, type ProjectionTest, testProjection } from './test-projection.ts';
