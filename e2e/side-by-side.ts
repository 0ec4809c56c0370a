// Runs scripts of package.json two at a time, in the order given: `tsx e2e/side-by-side.ts check:lint check:types …`. What one says is shown whole when it
// ends, so nothing is mixed. Ends 1 when one failed; the others still run, so that one visit shows everything.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { repositoryFolder } from './range/machine.ts'

const waiting = process.argv.slice(2)

async function lane(): Promise<void> {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    const from = performance.now()
    const child = spawn('npm', ['run', '-s', script], { cwd: repositoryFolder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    const passed = child.exitCode === 0
    const seconds = ((performance.now() - from) / 1000).toFixed(0)
    process.stdout.write(`${stdout}${stderr}${passed ? 'ok    ' : 'FAILED'}  ${seconds.padStart(4)} s  ${script}\n`)
    if (!passed) process.exitCode = 1
  }
}

console.log(`Two at a time: ${waiting.join(', ')}`)
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))
