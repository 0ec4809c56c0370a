// The bench from a command line: `npx tsx e2e/bench/run.ts [round-trips] [local] [bundle] [locker] [exhibits] [terminal]`. Ends 0 when every goal that was
// measured is met, 1 when one is missed, 2 when it cannot run here.

import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'
import { yamlData } from '../../resources/yaml-data.ts'

interface Bench {
  run(): Promise<boolean>
}

const benches = ['round-trips', 'local', 'bundle', 'locker', 'exhibits', 'terminal'] as const

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !benches.some((bench) => bench === name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are: ${benches.join(', ')}`)
  process.exit(2)
}
let met = true
for (const name of wanted.length > 0 ? wanted : benches) {
  // vite loads them: the host's scripts are imported as text, which node alone cannot do
  const { module } = await runnerImport<Bench>(fileURLToPath(new URL(`./${name}.ts`, import.meta.url)), {
    configFile: false,
    plugins: [yamlData],
  })
  met = (await module.run()) && met
}
process.exitCode = met ? 0 : 1
