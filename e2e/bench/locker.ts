// Evidence on its way into the browser's locker and out again as a bundle, in real Chromium over the real wire: against what the same browser writes to IndexedDB
// when nothing else is done, against what the wire alone carries, and how much memory it takes. `TQ_LOCKER_MIB` sets the amount (default 1024).

import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from '../../main/compose.ts'
import { createCaseFolder } from '../../main/platform/case-folder.ts'
import {
  browserUnavailable,
  harnessPage,
  newProfile,
  openHarness,
  type Harness,
} from '../specs/locker-harness/browser.ts'
import { serveCase } from '../specs/locker-harness/case-server.ts'
import { pidsOf, rendererPids, resident, worked } from './memory.ts'
import { table, verdict } from './table.ts'

const mebibyte = 1024 * 1024
const exhibitMebibytes = 16
/** of a bare strict write in the same browser in the same run */
const speedGoal = 0.6
/** MiB that the page's process may grow by: flat means that it does not grow with the case */
const memoryGoal = 384
/** Milliseconds between two looks at the browser's memory. */
const lookEvery = 500

/** Minutes, and four times the amount in disk space below the folder for temporary files. Needs Linux and Chromium. True when every goal is met. */
export async function run(): Promise<boolean> {
  if (browserUnavailable !== null) throw new Error(browserUnavailable)
  const mebibytes = Number(process.env['TQ_LOCKER_MIB'] ?? '1024')
  const exhibits = Math.max(1, Math.round(mebibytes / exhibitMebibytes))
  const folder = mkdtempSync(join(tmpdir(), 'tq-bench-'))
  const profile = newProfile()
  try {
    const store = await createCaseFolder(join(folder, 'case'), { examiner: 'bench', tool, keys: join(folder, 'keys') })
    for (let n = 0; n < exhibits; n++) await store.keep('case', incompressible(), meta(n))
    const server = await serveCase(await harnessPage(), store)
    const harness = await openHarness(profile, server.link())
    const memory = watchMemory(profile)
    const work = (): number => [process.pid, ...pidsOf(profile)].reduce((sum, pid) => sum + worked(pid), 0)
    const bytes = exhibits * exhibitMebibytes * mebibyte
    const speed = (ms: number) => bytes / 1e6 / (ms / 1000)

    const idle = work()
    const began = performance.now()
    await harness.until(({ have }) => have.exhibits === exhibits, 'everything to be here', 3_600_000)
    const locker = speed(performance.now() - began)
    const filled = { memory: memory.peak(), heap: await heap(harness), busy: await harness.call('busy') }
    const filling = work() - idle
    const bare = speed(await harness.call('bare', exhibits * exhibitMebibytes))
    const before = work()
    const wire = speed(await harness.call('drain'))
    const carrying = work() - before
    memory.anew()
    const written = await harness.call('writeBundle', 'export-1', false, null)
    const bundle = speed(written.ms)
    const exported = { memory: memory.peak(), heap: await heap(harness) }
    const began2 = performance.now()
    await harness.call('recheck', null, null)
    const recheck = speed(performance.now() - began2)
    memory.stop()
    await harness.close()
    await server.close()
    await store.close()

    const goals = [locker >= speedGoal * bare, filled.memory <= memoryGoal, exported.memory <= memoryGoal]
    const met = (index: number) => verdict(goals[index] === true)
    const rate = (of: number) => `${of.toFixed(0)} MB/s`
    const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`
    console.log(`Locker: ${exhibits} exhibits of ${exhibitMebibytes} MiB\n`)
    console.log(
      table(
        ['what', 'figure', 'goal', 'verdict'],
        [
          ['case folder to locker', rate(locker), '', ''],
          ['bare strict IndexedDB, the same chunks', rate(bare), '', ''],
          ['the wire alone, read and dropped', rate(wire), '', ''],
          ['locker : bare write', percent(locker, bare), '>= 60 %', met(0)],
          ['locker : wire', percent(locker, wire), '', ''],
          ['processor time, filling', `${((filling * 1e9) / bytes).toFixed(1)} s/GB`, '', ''],
          ['processor time, the wire alone', `${((carrying * 1e9) / bytes).toFixed(1)} s/GB`, '', ''],
          ['locker to bundle', rate(bundle), '', ''],
          ['everything rechecked', rate(recheck), '', ''],
          ['memory on top, filling', `${filled.memory.toFixed(0)} MiB`, `<= ${memoryGoal} MiB`, met(1)],
          ['memory on top, writing the bundle', `${exported.memory.toFixed(0)} MiB`, `<= ${memoryGoal} MiB`, met(2)],
          [
            "page's heap after filling, after writing",
            `${filled.heap.toFixed(0)}, ${exported.heap.toFixed(0)} MiB`,
            '',
            '',
          ],
          ["page's thread busy while filling (long tasks)", `${filled.busy.total.toFixed(0)} ms`, '', ''],
        ],
      ),
    )
    return goals.every(Boolean)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  }
}

/** The page's process, worker included, looked at every half second: MiB on top of what it had at first. */
function watchMemory(profile: string): { peak(): number; anew(): void; stop(): void } {
  const pids = rendererPids(profile)
  const now = (): number => Math.max(...pids.map(resident))
  let base = now()
  let peak = base
  const look = setInterval(() => {
    peak = Math.max(peak, now())
  }, lookEvery)
  return {
    peak: () => peak - base,
    anew: () => {
      base = now()
      peak = base
    },
    stop: () => {
      clearInterval(look)
    },
  }
}

/** MiB of the page's own JavaScript heap. */
async function heap(harness: Harness): Promise<number> {
  const cdp = await harness.context.newCDPSession(harness.tab)
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  await cdp.detach()
  return usedSize / mebibyte
}

/** A key stream: as random as it needs to be, faster than the system's own source. */
function incompressible(): Uint8Array {
  return createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16)).update(
    new Uint8Array(exhibitMebibytes * mebibyte),
  )
}

function meta(n: number) {
  return {
    what: 'file',
    path: `/srv/evidence/${n}`,
    pathBytes: null,
    meta: null,
    method: 'bench',
    hostSha256: null,
    hostTime: null,
    truncated: false,
  }
}
