/**
 * The seed of everything random in a test file: another one in each run, and printed, so that a run that failed can be
 * repeated: `TIDEMARK_SEED=1234 npx vitest run test/…`.
 */
const chosen = process.env['TIDEMARK_SEED'];
export const seed = seedFrom(chosen);

/** Whether somebody has asked for it. */
export const isSeedChosen = chosen !== undefined && chosen !== '';

/** Prints the seed. Called once at the top of each file that uses it. */
export function logSeed(): void {
  console.log(`TIDEMARK_SEED=${seed}`);
}

/** fast-check and our own generators take 32 bits. */
function seedFrom(text: string | undefined): number {
  if (text === undefined || text === '') {
    return Date.now() % 2 ** 31;
  }
  const parsed = Number(text);
  if (!Number.isSafeInteger(parsed)) {
    throw new Error(`TIDEMARK_SEED must be a whole number, not "${text}"`);
  }
  return parsed;
}
