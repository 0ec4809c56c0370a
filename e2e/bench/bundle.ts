// A gibibyte of evidence: how fast it becomes a bundle and is verified, against what stock tools do with the same bytes, and how much memory it takes.

import { spawnSync } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tool } from '../../main/compose.ts'
import { exportBundle, verifyBundle } from '../../main/platform/bundle-file.ts'
import { createCaseFolder } from '../../main/platform/case-folder.ts'
import { table, verdict } from './table.ts'

const mebibyte = 1024 * 1024
const exhibits = 64
const exhibitBytes = 16 * mebibyte
/** of the neighbour's speed */
const speedGoal = 0.5
/** MiB on top of what the process held before: flat means that it does not grow with the case, whose exhibits are 1024 MiB */
const memoryGoal = 64

interface Timed {
  readonly speed: number
  /** MiB, at most, on top of what was held before; null for another's process */
  readonly growth: number | null
}

/** Minutes, and 4 GiB of disk below the folder for temporary files. Needs Linux, sha256sum and zip. True when every goal is met. */
export async function run(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'tq-bench-'))
  try {
    const plain = join(folder, 'plain')
    mkdirSync(plain)
    const out = join(folder, 'bundle.zip')
    const store = await createCaseFolder(join(folder, 'case'), { examiner: 'bench', tool, keys: join(folder, 'keys') })
    for (let n = 0; n < exhibits; n++) {
      const bytes = incompressible()
      writeFileSync(join(plain, String(n)), bytes)
      await store.keep('case', bytes, meta(n))
    }
    const build = await timed(() => exportBundle(store, { out }))
    const check = await timed(() => verifyBundle(out))
    await store.close()
    const size = statSync(out).size
    if (size < exhibits * exhibitBytes) throw new Error(`the bundle holds ${size} bytes only`)
    const sums = stock('sha256sum', [out], folder)
    const zip = stock('zip', ['-0', '-q', '-r', join(folder, 'stock.zip'), 'plain'], folder)
    return show({ build, check, sums, zip })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function show({ build, check, sums, zip }: { build: Timed; check: Timed; sums: Timed; zip: Timed }): boolean {
  const goals = [
    build.speed >= speedGoal * zip.speed,
    build.speed >= speedGoal * sums.speed,
    check.speed >= speedGoal * sums.speed,
    (build.growth ?? Infinity) <= memoryGoal,
    (check.growth ?? Infinity) <= memoryGoal,
  ]
  const met = (index: number) => verdict(goals[index] === true)
  const percent = (part: Timed, whole: Timed) => `${((100 * part.speed) / whole.speed).toFixed(0)} %`
  const speed = (of: Timed) => `${of.speed.toFixed(0)} MB/s`
  console.log(`Bundle of ${exhibits} exhibits of 16 MiB\n`)
  console.log(
    table(
      ['what', 'figure', 'goal', 'verdict'],
      [
        ['build', speed(build), '', ''],
        ['verify', speed(check), '', ''],
        ['zip -0, the same bytes', speed(zip), '', ''],
        ['sha256sum, the bundle', speed(sums), '', ''],
        ['build : zip -0', percent(build, zip), '>= 50 %', met(0)],
        ['build : sha256sum', percent(build, sums), '>= 50 %', met(1)],
        ['verify : sha256sum', percent(check, sums), '>= 50 %', met(2)],
        ['build, memory on top', `${build.growth?.toFixed(0) ?? 'unknown'} MiB`, `<= ${memoryGoal} MiB`, met(3)],
        ['verify, memory on top', `${check.growth?.toFixed(0) ?? 'unknown'} MiB`, `<= ${memoryGoal} MiB`, met(4)],
      ],
    ),
  )
  return goals.every(Boolean)
}

async function timed(act: () => Promise<unknown>): Promise<Timed> {
  globalThis.gc?.()
  writeFileSync('/proc/self/clear_refs', '5') // the kernel's record of our peak begins anew (proc_pid_clear_refs(5))
  const before = peakMemory()
  const began = performance.now()
  await act()
  const speed = perSecond(performance.now() - began)
  return { speed, growth: peakMemory() - before }
}

/** MiB */
function peakMemory(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
}

function stock(command: string, args: readonly string[], cwd: string): Timed {
  const began = performance.now()
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}`, { cause: error })
  return { speed: perSecond(performance.now() - began), growth: null }
}

/** Megabytes a second, over the exhibits' bytes. */
function perSecond(ms: number): number {
  return (exhibits * exhibitBytes) / 1e6 / (ms / 1000)
}

/** A key stream: as random as it needs to be, faster than the system's own source. */
function incompressible(): Uint8Array {
  return createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16)).update(new Uint8Array(exhibitBytes))
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
