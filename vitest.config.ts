import { defineConfig } from 'vitest/config';

const report = process.env.VPCCNI_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      // Properties over random histories take seconds on a machine that does other work meanwhile.
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/rig/**'], testTimeout: 60_000 } },
      {
        test: {
          name: 'rig',
          include: ['test/rig/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
