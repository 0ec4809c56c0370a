// `npm run corpus`: starts the corpus through vite, because the core brings its scripts and sheets as raw imports.

import { runnerImport } from 'vite'
import { yamlData } from '../../resources/yaml-data.ts'

const { module } = await runnerImport<{ readonly main: (words: readonly string[]) => Promise<number> }>(
  new URL('./main.ts', import.meta.url).pathname,
  { configFile: false, logLevel: 'error', plugins: [yamlData] },
)
process.exitCode = await module.main(process.argv.slice(2))
