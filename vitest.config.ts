import { defineConfig } from 'vitest/config'

// Two projects: `unit` runs everywhere in seconds; `range` boots real hosts and needs root on Linux.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['main/**/*.test.ts', 'playbooks/**/*.test.ts', 'resources/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'range',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
})
