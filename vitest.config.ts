import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 16 has no exports map: Vite would take its "module" build where Node takes "main", and two
  // copies of graphql refuse each other's schemas.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    environment: 'node',
    pool: 'forks',
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests watch processes on two shared cores: what fails there is tried once more, and reported as retried.
    retry: process.env['CI'] ? 1 : 0,
  },
});
