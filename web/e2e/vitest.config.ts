import { defineConfig } from 'vitest/config';

// Walks in a real browser against a real region. `npm test` runs the unit tests; these run with `npm run walk`.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['**/*.test.ts'],
    globalSetup: 'support/region.ts',
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    // A walk tells one story: what follows a broken step would only hide which one broke.
    bail: 0,
    reporters: ['verbose'],
  },
});
