// What a crash may cost: nothing. The client is killed with no chance to say goodbye at moments taken from its own journal, the link is cut, a person
// presses Ctrl-C, nobody comes back at all. Judged by the journal on disk and by the host's disk and kernel, never by what the product says of itself.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { takeBaseline, wrongAfterEviction, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import { hostileAlive } from '../range/scenarios/scenario.ts'
import {
  acted,
  actedTwice,
  bytesOf,
  cutLinks,
  intended,
  linesOf,
  quarantinedTwice,
  started,
  unanswered,
  type Moment,
} from './chains.ts'
import { reach, start, tourniquet, workFolder, type Finished, type Running } from './tourniquet.ts'

const unavailable = rangeUnavailable()
const answers = ['--approve', 'all', '--attest', 'all=range host, nothing to snapshot']
/** A resumed step may wait for its kept result and a fresh look; nothing takes longer than this. */
const momentLimit = 60_000

if (unavailable === null) ensureTools()

describe.skipIf(unavailable !== null)(
  `crashes on range hosts${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    describe('a client killed again and again', () => {
      const world = infectedWorld()

      it('is gone on with each time, to the same end as an undisturbed run, and no act is done twice', async () => {
        const { home, caseFolder } = world
        const moments = [
          intended('stop/pause'),
          acted('contain/freeze'),
          intended('preload/lines'),
          intended('schedule-lines'),
          acted('payload'),
          intended('kill/kill'),
          started('soak'),
        ]
        let inFlight = 0
        for (const [index, at] of moments.entries()) {
          await killedAt(index === 0 ? start(home, runArgs(world)) : resume(world), caseFolder, at)
          inFlight += unanswered(caseFolder).length
        }
        expect(inFlight).toBeGreaterThan(0) // or these kills were all too late to mean much
        const last = await resume(world).finished
        expect({ exit: last.exit, remaining: last.hosts[0]?.remaining, stderr: last.stderr }).toEqual({
          exit: 0,
          remaining: [],
          stderr: '',
        })
        expect(actedTwice(caseFolder)).toEqual([])
        expect(quarantinedTwice(world.host)).toEqual([])
        expect(wrongAfterEviction(world.baseline, world.host)).toEqual([])
      })

      it('has nothing left to do afterwards, and says so', async () => {
        const again = await resume(world).finished
        expect({ exit: again.exit, stderr: again.stderr }).toEqual({ exit: 0, stderr: '' })
        const bundle = join(world.home, 'bundle.zip')
        expect((await tourniquet(world.home, ['export', '--case', world.caseFolder, '--out', bundle])).exit).toBe(0)
        expect((await tourniquet(world.home, ['verify', bundle])).exit).toBe(0)
      })
    })

    describe('a lost link and a person who stops it', () => {
      const world = infectedWorld()

      it('ends with link-lost when the connection is cut in mid-run, and loses nothing', async () => {
        const run = start(world.home, runArgs(world))
        await journalled(run, world.caseFolder, acted('contain/freeze'))
        cutLinks(world.host)
        const cut = await run.finished
        expect({ exit: cut.exit, code: errorOf(cut) }).toEqual({ exit: 5, code: 'link-lost' })
        expect(cut.stderr).toContain('[link-lost]')
        expect(cut.stderr).toContain('tourniquet resume --case')
        plainSpoken(cut)
        expect(hostileAlive(hiddenMiner, world.host).map(({ state }) => state)).toEqual(['T'])
      })

      it('stops before the next change on Ctrl-C and says how to go on', async () => {
        const run = resume(world)
        await journalled(run, world.caseFolder, acted('preload/lines'))
        run.child.kill('SIGINT')
        const stopped = await run.finished
        expect({ exit: stopped.exit, code: errorOf(stopped) }).toEqual({ exit: 1, code: 'cancelled' })
        expect(stopped.stderr).toContain('[cancelled]')
        expect(stopped.stderr).toContain('tourniquet resume --case')
        plainSpoken(stopped)
        const after = linesOf(world.caseFolder).findLastIndex(({ type }) => type === 'acted')
        expect(linesOf(world.caseFolder).slice(after)).not.toContainEqual(expect.objectContaining({ type: 'intended' }))
        expect(linesOf(world.caseFolder).some(acted('payload'))).toBe(false)
      })

      it('goes on from there to the same end, with no act done twice', async () => {
        const last = await resume(world).finished
        expect({ exit: last.exit, stderr: last.stderr }).toEqual({ exit: 0, stderr: '' })
        expect(actedTwice(world.caseFolder)).toEqual([])
        expect(quarantinedTwice(world.host)).toEqual([])
        expect(wrongAfterEviction(world.baseline, world.host)).toEqual([])
      })
    })

    describe('a workbench that never comes back', () => {
      const world = infectedWorld()

      it('has its schedulers run again by the dead man, and its suspect stay frozen', async () => {
        const run = start(world.home, runArgs(world, ['--dead-man', '5s']))
        await killedAt(run, world.caseFolder, acted('contain/freeze'))
        expect(schedulers(world.host)).toEqual({ cron: 'T', atd: 'T' })
        const [frozen] = hostileAlive(hiddenMiner, world.host)
        await expect
          .poll(() => Object.values(schedulers(world.host)).includes('T'), { timeout: 15_000, interval: 500 })
          .toBe(false)
        expect(hostileAlive(hiddenMiner, world.host).find(({ pid }) => pid === frozen?.pid)?.state).toBe('T')
      })

      it('tells in a later resume that the pause had ended by itself', async () => {
        const run = resume(world, ['--dead-man', '5s'])
        const later = await run.finished
        plainSpoken(later)
        expect(later.events).toContainEqual(expect.objectContaining({ type: 'dead-man', what: 'fired' }))
        expect(linesOf(world.caseFolder)).toContainEqual(
          expect.objectContaining({ type: 'gap', data: expect.objectContaining({ probe: 'dead-man' }) as unknown }),
        )
        // The pause that ended by itself stands in the journal as undone, and was made again; nothing else was done twice.
        const again = actedTwice(world.caseFolder)
        expect(again.filter((one) => !one.startsWith('pause-schedulers '))).toEqual([])
        expect(linesOf(world.caseFolder).filter(({ type }) => type === 'undone').length).toBeGreaterThanOrEqual(
          again.length,
        )
        expect(Object.values(schedulers(world.host))).not.toContain('T')
        // Cron may have revived the miner meanwhile: either it is gone, or the product says that it is there.
        const alive = hostileAlive(hiddenMiner, world.host).length > 0
        expect({ exit: later.exit, alive }).toEqual(alive ? { exit: 3, alive } : { exit: 0, alive })
      })
    })
  },
)

interface World {
  readonly home: string
  readonly caseFolder: string
  readonly host: RangeHost
  readonly baseline: Baseline
}

/** A freshly infected host and an empty home for one describe. */
function infectedWorld(): World {
  const home = workFolder()
  let host: RangeHost | null = null
  let baseline: Baseline | null = null
  beforeAll(async () => {
    host = await bootHost({ scenario: hiddenMiner.name })
    await hiddenMiner.plant(host)
    execFileSync('sync')
    baseline = takeBaseline(hiddenMiner, host)
  })
  afterAll(() => {
    host?.close()
    rmSync(home, { recursive: true })
  })
  const ready = <T>(value: T | null): T => {
    if (value === null) throw new Error('the host is not up')
    return value
  }
  return {
    home,
    caseFolder: join(home, 'case'),
    get host() {
      return ready(host)
    },
    get baseline() {
      return ready(baseline)
    },
  }
}

function runArgs(world: World, more: readonly string[] = []): readonly string[] {
  const inCase = [
    '--case',
    world.caseFolder,
    '--examiner',
    'range test',
    '--param',
    'soak=30s',
    '--param',
    'soak-max=30s',
  ]
  return ['run', 'evict-miner', ...reach(world.host), ...inCase, ...answers, ...more]
}

function resume(world: World, more: readonly string[] = []): Running {
  const access = reach(world.host).slice(0, -1) // whom to dial is in the case
  return start(world.home, ['resume', '--case', world.caseFolder, ...access, ...answers, ...more])
}

/** Kills the client without warning within milliseconds of the moment in its journal: an intent is then in flight more often than not. */
async function killedAt(run: Running, caseFolder: string, at: Moment): Promise<void> {
  await journalled(run, caseFolder, at)
  run.child.kill('SIGKILL')
  const { exit } = await run.finished
  expect(exit).toBeNull()
}

/** Resolves when the journal has a line like that. Rejects with the program's words when it ends before. */
async function journalled(run: Running, caseFolder: string, at: Moment): Promise<void> {
  const deadline = Date.now() + momentLimit
  for (let read = 0; ;) {
    const bytes = bytesOf(caseFolder)
    if (bytes !== read && linesOf(caseFolder).some(at)) return
    read = bytes
    if (run.child.exitCode !== null) {
      const { exit, stderr, stdout } = await run.finished
      throw new Error(`ended with ${String(exit)} before that: ${stderr.slice(-2000)}${stdout.slice(-1000)}`)
    }
    if (Date.now() > deadline) throw new Error('the moment did not come')
    await sleep(1)
  }
}

/** State letters of the host's schedulers. */
function schedulers(host: RangeHost): Readonly<Record<'cron' | 'atd', string | undefined>> {
  const stateOf = (name: string) =>
    host.processes().find(({ exe, comm }) => comm === name && exe === `/usr/sbin/${name}`)?.state
  return { cron: stateOf('cron'), atd: stateOf('atd') }
}

function errorOf(done: Finished): unknown {
  return (done.hosts[0] as { readonly error?: { readonly code: string } | null } | undefined)?.error?.code
}

/** Words for a person: no stack trace, no placeholder without a value. */
function plainSpoken({ stderr, stdout }: Finished): void {
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$|…\.|undefined|\[object|\{[a-z]+\}/m)
  expect(stdout).not.toMatch(/\\n\s+at /)
}
