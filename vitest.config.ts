import { defineConfig } from 'vitest/config';

// graphql 16 has no exports map: Vite would take its "module" build where Node takes "main", and two copies of graphql
// refuse each other's schemas.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

/** As many files at once as there are cores (one less is the default): tests that start processes mostly wait. */
const common = { environment: 'node', pool: 'forks', maxWorkers: '100%', testTimeout: 120_000, hookTimeout: 120_000, retry: 0 } as const;
/** Tests that measure the memory of their process, or change what its modules share: each file gets a process of its own. */
const ALONE = ['tests/gateway/**/*.test.ts', 'tests/simulators/scale.test.ts'];

export default defineConfig({
  resolve,
  test: {
    globalSetup: ['tests/support/postgres.ts'],
    projects: [
      { resolve, test: { ...common, name: 'alone', include: ALONE } },
      // One after the other in the same few processes, which load the modules once.
      { resolve, test: { ...common, name: 'together', include: ['tests/**/*.test.ts'], exclude: ALONE, isolate: false } },
    ],
  },
});
