import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `dynamodb` runs on a DynamoDB Local that its global setup starts. */
export default defineConfig({
  test: {
    maxWorkers: '100%',
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.dynamodb.test.ts', 'test/deploy/**'],
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
