import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/rig/**'] } },
      { test: { name: 'rig', include: ['test/rig/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 600_000, fileParallelism: false } },
    ],
  },
});
