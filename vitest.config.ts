import { defineConfig } from 'vitest/config';

/**
 * `unit` needs nothing but Node; `infrastructure` runs on the templates that its global setup synthesizes;
 * `dynamodb` runs on a DynamoDB Local that its
 * global setup starts.
 */
export default defineConfig({
  test: {
    maxWorkers: '100%',
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.dynamodb.test.ts', 'test/infrastructure/**', 'test/deploy/**'],
          // For machines that do other things as well: what is awaited is there much sooner.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'infrastructure',
          include: ['test/infrastructure/*.test.ts'],
          globalSetup: ['test/infrastructure/synth-global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'dynamodb',
          include: ['test/**/*.dynamodb.test.ts'],
          globalSetup: ['test/support/dynamodb-global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
