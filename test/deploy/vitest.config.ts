import { defineConfig } from 'vitest/config';

/** `npm run test:deploy`: apart from the other tests, since it takes minutes, and needs Python and openssl. */
export default defineConfig({
  test: {
    name: 'deploy',
    include: ['test/deploy/*.test.ts'],
    // Each step stands on the one before.
    bail: 1,
    reporters: ['verbose', './test/support/closing-line.ts'],
  },
});
