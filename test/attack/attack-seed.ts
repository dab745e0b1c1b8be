import { seed } from '../seed.ts';

/**
 * The same attacks in each run of the tests, so that they fail for what has changed. Who looks for new ones says a seed: `TIDEMARK_SEED=1234`,
 * and `TIDEMARK_RUNS` for how many.
 */
export const attackSeed = process.env['TIDEMARK_SEED'] ? seed : 1;

/** Prints the seed. Called once at the top of each file that uses it. */
export function logAttackSeed(): void {
  console.log(`TIDEMARK_SEED=${attackSeed}`);
}
