import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { yamlData } from './resources/yaml-data.ts'

// Real processes, kernels and hosts on a shared machine: what fails twice in a row is broken, what fails once is told as retried.
const retry = 1

/** What takes longest begins first, so that nothing long runs alone at the end. */
class LongestFirst extends BaseSequencer {
  static readonly #long = [
    ...['crash', 'page-journey', 'eviction', 'page-failures', 'page-hosts', 'failures'].map(
      (name) => `e2e/specs/${name}`,
    ),
    ...['workbench/links', 'core/playbook/crash', 'workbench/terminals-flood', 'electron/bundle'].map(
      (name) => `main/${name}`,
    ),
  ]

  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LongestFirst.#long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return at === -1 ? LongestFirst.#long.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

// Two projects: `unit` runs everywhere in minutes; `range` boots real hosts and needs root on Linux.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [yamlData],
        test: {
          name: 'unit',
          retry,
          include: ['main/**/*.test.ts', 'renderer/**/*.test.ts', 'playbooks/**/*.test.ts', 'resources/**/*.test.ts'],
          testTimeout: 20_000,
          // one process reads the product once for all its files: nothing in it keeps state that is not handed to it
          isolate: false,
          // as many as there are processors: vitest leaves one to itself, which is half of a small machine
          maxWorkers: availableParallelism(),
        },
      },
      {
        plugins: [yamlData],
        test: {
          name: 'range',
          retry,
          include: ['e2e/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // two hosts at a time: most of their time is waiting for a soak, a cron minute, a dropped link
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
