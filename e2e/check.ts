// `npm run check`: every look at the code itself, two at a time. What one prints is shown whole when it ends, so nothing is mixed; one failure fails all.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { repositoryFolder } from './range/machine.ts'

/** Scripts of package.json; the longest first, the others fit beside it. */
const waiting = ['check:lint', 'check:types', 'check:format', 'check:walls', 'check:unused']

async function lane(): Promise<void> {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    const from = performance.now()
    const child = spawn('npm', ['run', '-s', script], { cwd: repositoryFolder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    const passed = child.exitCode === 0
    const seconds = ((performance.now() - from) / 1000).toFixed(0)
    console.log(`${passed ? 'ok    ' : 'FAILED'}  ${seconds.padStart(4)} s  ${script}`)
    if (passed) continue
    console.log(`${stdout}${stderr}`)
    process.exitCode = 1
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))
