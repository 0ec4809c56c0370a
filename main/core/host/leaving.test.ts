// Leaving a host: the real scripts under the real toolbox, with somebody else in our folder while it goes. When all have left nothing of ours is there.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { usable } from '../../platform/act-script-fixture.ts'
import { busybox } from '../../platform/here-fixture.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')

let base: string
let folder: string
beforeEach(() => {
  base = mkdtempSync('/var/tmp/tourniquet-leaving-')
  folder = bring('.0123456789ab')
})
afterEach(() => {
  rmSync(base, { recursive: true })
})

/** A folder of ours as an arrival makes it. */
function bring(name: string): string {
  const made = join(base, name)
  mkdirSync(made, { mode: 0o700 })
  copyFileSync(busybox, join(made, 'busybox'))
  copyFileSync(join(import.meta.dirname, 'lane.sh'), join(made, 'lane.sh'))
  return made
}

/** A lane whose host end is told `words` and hears nothing more; `within` are words before the toolbox's shell, e.g. a namespace. */
function lane(name: string, words: string, within: readonly string[] = []): ChildProcess {
  const own = ['env', '-i', `PATH=${folder}`, join(folder, 'busybox'), 'sh', join(folder, 'lane.sh'), folder, name]
  const child = spawn(join(folder, 'busybox'), [...within, ...own], { stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.end(`marker\n${words}`)
  return child
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.on('close', resolve)
  })
}

function deadMan(words: readonly string[], input = ''): { readonly status: number | null; readonly stdout: string } {
  const done = spawnSync(join(folder, 'busybox'), ['sh', '-c', read('dead-man-arm.sh'), 'arm', ...words], {
    input,
    env: { PATH: folder },
  })
  return { status: done.status, stdout: done.stdout.toString() }
}

/** Guards one process that never was, for an hour. Answers his pid. */
function armed(): number {
  const entry = ['key-of-nobody', '4194303', '1', 'another-boot', '3600', ''].map((field) => `${field}\0`).join('')
  expect(deadMan(['arm', read('dead-man.sh')], entry)).toEqual({ status: 0, stdout: 'key-of-nobody\n\n' })
  return Number(readFileSync(join(folder, 'dead-man/armed'), 'utf8'))
}

describe.skipIf(!usable)('our folder (root, x86_64 and the toolbox are needed)', () => {
  it('is gone when a lane has left for good', async () => {
    await ended(lane('control.1', 'detach\n'))
    expect(existsSync(folder)).toBe(false)
  })

  it('is removed although something in it cannot be at first, as when another lane is taking its own away', async () => {
    // What is mounted cannot be removed: the removal gives up, as it does over a file that somebody else has just taken out.
    const body = `mkdir "$1/lane.bulk.1" && mount -t tmpfs none "$1/lane.bulk.1" && { { usleep 300000; umount "$1/lane.bulk.1"; } & shift; "$@"; }`
    const within = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', body, 'inside', folder]
    await ended(lane('control.1', 'detach\n', within))
    expect(existsSync(folder)).toBe(false)
  })

  it('is not made again by a word to the dead man that comes after the removal', () => {
    copyFileSync(join(folder, 'busybox'), join(base, 'busybox'))
    const gone = join(base, '.ba9876543210')
    for (const words of [['arm', read('dead-man.sh')], ['renew'], ['look'], ['disarm', 'some-old-key']]) {
      const done = spawnSync(join(base, 'busybox'), ['sh', '-c', read('dead-man-arm.sh'), 'arm', ...words], {
        env: { PATH: gone },
        timeout: 5000,
      })
      expect(done.status).toBe(1)
    }
    expect(existsSync(gone)).toBe(false)
  })

  it('stays with a dead man who stands guard, and goes with him', async () => {
    armed()
    await ended(lane('control.1', 'detach\n'))
    expect(existsSync(join(folder, 'dead-man/armed'))).toBe(true)
    rmSync(join(folder, 'dead-man/entries/key-of-nobody'))
    writeFileSync(join(folder, 'dead-man/tick'), '\n') // a knock
    await expect.poll(() => existsSync(folder), { timeout: 5_000 }).toBe(false)
  })

  it('goes at once where the dead man was killed: what he left says that he stands', async () => {
    process.kill(armed(), 'SIGKILL')
    await ended(lane('control.1', 'detach\n'))
    expect(existsSync(folder)).toBe(false)
  })

  it('is kept from a dead man who was told that he is alone, once a later session has taken it over', async () => {
    const man = armed()
    await ended(lane('control.1', 'detach\n'))
    expect(existsSync(join(folder, 'dead-man/alone'))).toBe(true)
    const earlier = folder
    folder = bring('.ba9876543210')
    await ended(lane('control.2', `adopt ${earlier}\nmarker\n`))
    expect(existsSync(folder)).toBe(false)
    expect(existsSync(join(earlier, 'dead-man/alone'))).toBe(false)
    process.kill(man, 'SIGKILL')
  })

  it('goes also when the earlier one cannot be taken over', async () => {
    const status = await ended(lane('control.1', `adopt ${join(base, '.999999999999')}\nmarker\n`))
    expect(status).toBe(1)
    expect(existsSync(folder)).toBe(false)
  })
})
