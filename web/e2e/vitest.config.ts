import { defineConfig } from 'vitest/config';

const alone = ['budget.test.ts'];

// Walks in a real browser against a real region. `npm test` runs the unit tests; these run with `npm run walk`.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    globalSetup: 'support/region.ts',
    testTimeout: 180_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    reporters: ['verbose'],
    projects: [
      { extends: true, test: { name: 'walk', include: ['**/*.test.ts'], exclude: alone, sequence: { groupOrder: 0 } } },
      // What measures time runs when nobody else does.
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
