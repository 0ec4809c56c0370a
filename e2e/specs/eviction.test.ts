// The main job on real hosts: find, evict, prove, undo. Everything is judged from outside, by what the host's disk and kernel hold.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import {
  takeBaseline,
  wrongAfterEviction,
  wrongAfterLook,
  wrongAfterUndo,
  type Baseline,
} from '../range/scenarios/baseline.ts'
import { demonstration } from '../range/scenarios/demonstration.ts'
import { everyCron } from '../range/scenarios/every-cron.ts'
import { innocence } from '../range/scenarios/innocence.ts'
import { overmount } from '../range/scenarios/overmount.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'
import { leftBehind, missingEvidence, placesOf } from './left-behind.ts'
import { reach, tourniquet, workFolder, type Finished } from './tourniquet.ts'

const unavailable = rangeUnavailable()
/** One scenario soaks past two per-minute cron periods; the others look again after half a minute. */
const fullSoak = '130s'
const shortSoak = '30s'

/** Within a scenario everything has its order. */
const inOrder = { concurrent: false }

if (unavailable === null) ensureTools()

const title = `eviction on range hosts${unavailable === null ? '' : ` (skipped: ${unavailable})`}`
// Two lanes: while one scenario soaks, the others are worked through.
describe.skipIf(unavailable !== null).concurrent(title, () => {
  infection(demonstration, fullSoak)
  describe.concurrent('one after the other', () => {
    infection(everyCron, shortSoak)
    infection(overmount, shortSoak)
    noInfection(innocence)
  })
})

function infection(scenario: Scenario, soak: string): void {
  describe(scenario.name, { concurrent: scenario === demonstration }, () => {
    const visit = visitOf(scenario)

    it('finds it and writes nothing to the host', inOrder, async () => {
      const { home, host, baseline } = visit()
      const triage = await tourniquet(home, ['triage', ...reach(host)])
      expect({ exit: triage.exit, verdict: triage.hosts[0]?.verdict, stderr: triage.stderr }).toEqual({
        exit: 3,
        verdict: 'infected',
        stderr: '',
      })
      const proposed = triage.hosts[0]?.findings?.filter((finding) => finding.proposed === 'yes') ?? []
      expect(proposed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['process', 'schedule', 'file']))
      expect(wrongAfterLook(baseline, host)).toEqual([])
    })

    it('evicts it, leaves every decoy as it was, and it does not come back', inOrder, async () => {
      const { host, baseline } = visit()
      const run = await evict(visit(), soak)
      expect({ exit: run.exit, remaining: run.hosts[0]?.remaining, stderr: run.stderr }).toEqual({
        exit: 0,
        remaining: [],
        stderr: '',
      })
      expect(wrongAfterEviction(baseline, host)).toEqual([]) // the paused schedulers are among the decoys: they run again
    })

    it(
      'has the bytes of everything it took as evidence, and leaves nothing but the quarantine behind',
      inOrder,
      async () => {
        const { home, host, baseline, places } = visit()
        expect(await missingEvidence(baseline, home, join(home, 'case'))).toEqual([])
        expect(leftBehind(places, host)).toEqual([])
      },
    )

    it('changes nothing in a second run', inOrder, async () => {
      const again = await evict(visit(), shortSoak)
      expect({ exit: again.exit, changes: again.hosts[0]?.changes }).toEqual({ exit: 0, changes: [] })
    })

    it('puts nothing hostile back with a plain undo, and says that it was left out', inOrder, async () => {
      const { host, baseline } = visit()
      const undo = await undoAll(visit())
      expect({ exit: undo.exit, stderr: undo.stderr }).toEqual({ exit: 4, stderr: '' })
      expect(wrongAfterEviction(baseline, host)).toEqual([])
    })

    it('brings back every file with undo --restore-hostile, and lists what cannot come back', inOrder, async () => {
      const { host, baseline, places } = visit()
      const undo = await undoAll(visit(), '--restore-hostile')
      expect({ exit: undo.exit, stderr: undo.stderr }).toEqual({ exit: 0, stderr: '' })
      const lost = undo.hosts[0]?.changes?.filter(({ skip }) => skip === 'irreversible') ?? []
      expect([...new Set(lost.map(({ verb }) => verb))].sort()).toEqual(['freeze', 'kill'])
      expect(
        undo.hosts[0]?.changes?.filter(({ outcome, skip }) => outcome !== 'done' && skip !== 'irreversible'),
      ).toEqual([])
      expect(wrongAfterUndo(baseline, host)).toEqual([])
      expect(leftBehind(places, host)).toEqual([])
    })
  })
}

function noInfection(scenario: Scenario): void {
  describe(scenario.name, inOrder, () => {
    const visit = visitOf(scenario)

    it('is called clean: nothing is proposed and the tree is identical', inOrder, async () => {
      const { home, host, baseline, places } = visit()
      const triage = await tourniquet(home, ['triage', ...reach(host)])
      const [result] = triage.hosts
      expect({
        exit: triage.exit,
        verdict: result?.verdict,
        high: result?.findings?.filter(({ score, proposed }) => score >= 60 || proposed !== 'no'),
      }).toEqual({ exit: 0, verdict: 'clean', high: [] })
      expect(wrongAfterLook(baseline, host)).toEqual([])
      expect(leftBehind(places, host)).toEqual([])
    })

    it('goes through evict-miner without a single change', inOrder, async () => {
      const { host, baseline, places } = visit()
      const run = await evict(visit(), shortSoak)
      expect({ exit: run.exit, changes: run.hosts[0]?.changes }).toEqual({ exit: 0, changes: [] })
      expect(wrongAfterLook(baseline, host)).toEqual([])
      expect(leftBehind(places, host)).toEqual([])
    })
  })
}

interface Visit {
  readonly home: string
  readonly host: RangeHost
  readonly baseline: Baseline
  readonly places: readonly string[]
}

/** Boots and plants before the tests of a scenario, takes down after them. */
function visitOf(scenario: Scenario): () => Visit {
  const home = workFolder()
  let visit: Visit | null = null
  let host: RangeHost | null = null
  beforeAll(async () => {
    host = await bootHost({ scenario: scenario.name })
    await scenario.plant(host)
    execFileSync('sync')
    visit = { home, host, places: placesOf(host), baseline: takeBaseline(scenario, host) }
  })
  afterAll(() => {
    host?.close()
    rmSync(home, { recursive: true })
  })
  return () => {
    if (visit === null) throw new Error(`${scenario.name} did not boot`)
    return visit
  }
}

function evict({ home, host }: Visit, soak: string): Promise<Finished> {
  return tourniquet(home, [
    ...['run', 'evict-miner', ...reach(host), '--case', join(home, 'case'), '--examiner', 'range test'],
    ...['--approve', 'all', '--attest', 'all=range host, nothing to snapshot', '--param', `soak=${soak}`],
  ])
}

function undoAll({ home, host }: Visit, ...more: readonly string[]): Promise<Finished> {
  return tourniquet(home, ['undo', ...reach(host).slice(0, -1), '--case', join(home, 'case'), ...more])
}
