// The main job on one scenario, step by step: find, evict, prove, undo. Everything is judged from outside, by what the host's disk and kernel hold.
// A step throws when its promise is broken. The spec and the matrix walk the same steps, so that a table never promises less than a test.

import { deepStrictEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootHost, type RangeHost } from '../range/host.ts'
import {
  afterEviction,
  takeBaseline,
  wrongAfterEviction,
  wrongAfterLook,
  wrongAfterUndo,
  type Baseline,
} from '../range/scenarios/baseline.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'
import { leftBehind, missingEvidence, placesOf } from './left-behind.ts'
import { reach, tourniquet, workFolder, type Finished } from './tourniquet.ts'

/** A planted host and the folder its case goes to. */
export interface Visit {
  readonly scenario: Scenario
  readonly home: string
  readonly host: RangeHost
  readonly baseline: Baseline
  readonly places: readonly string[]
}

/** The columns of the matrix, in its order. */
export const columns = ['verdict', 'evicted', 'decoys', 'evidence', 'again', 'undo', 'restore', 'revive'] as const
type Column = (typeof columns)[number]

export interface Step {
  readonly column: Column
  /** What the host was promised, as a sentence. */
  readonly title: string
  /** What to print when all is well; rejects when the promise is broken. */
  check(visit: Visit): Promise<string>
}

/** A second look needs no long soak: the first has waited already. */
const shortSoak = '30s'

/** Boots a host and plants the scenario. Close the visit in any case. */
export async function openVisit(scenario: Scenario): Promise<Visit> {
  const host = await bootHost({ scenario: scenario.name })
  try {
    await scenario.plant(host)
    execFileSync('sync')
    return {
      scenario,
      home: workFolder(),
      host,
      places: placesOf(host),
      baseline: takeBaseline(scenario, host),
    }
  } catch (error) {
    host.close()
    throw error
  }
}

export function closeVisit({ host, home }: Visit): void {
  host.close()
  rmSync(home, { recursive: true, force: true })
}

/** The steps of a scenario with an infection, or of one without; `soak` is how long the first run may look for a return at most, as `--param soak-max` takes it. */
export function stepsOf(scenario: Scenario, soak: string): readonly Step[] {
  return scenario.revivePeriod === 0 && scenario.hostileFiles.length === 0 ? noInfection : infection(soak)
}

function infection(soak: string): readonly Step[] {
  return [
    {
      column: 'verdict',
      title: 'finds it and writes nothing to the host',
      check: async (visit) => {
        const triage = await look(visit)
        const [result] = triage.hosts
        same(
          { exit: triage.exit, verdict: result?.verdict, stderr: triage.stderr },
          { exit: 3, verdict: 'infected', stderr: '' },
        )
        const { proposed = ['process', 'schedule', 'file'], advised = [] } = visit.scenario.route ?? {}
        const found = result?.findings ?? []
        const acted = new Set(found.flatMap((one) => (one.proposed === 'yes' ? [one.kind] : [])))
        same(missing(proposed, acted), [])
        same(missing(advised, new Set(found.map(({ kind }) => kind))), [])
        none(advised.filter((kind) => acted.has(kind)))
        none(wrongAfterLook(visit.baseline, visit.host))
        return 'infected'
      },
    },
    {
      column: 'evicted',
      title: 'evicts it',
      check: async (visit) => {
        const run = await evict(visit, soak)
        const { advised = [] } = visit.scenario.route ?? {}
        const left = (run.hosts[0]?.remaining ?? []).filter(({ kind }) => !advised.includes(kind))
        same({ remaining: left, stderr: run.stderr }, { remaining: [], stderr: '' })
        same(run.exit, run.hosts[0]?.remaining?.length === 0 ? 0 : 3)
        none(afterEviction(visit.baseline, visit.host).stillHostile)
        return 'yes'
      },
    },
    {
      column: 'decoys',
      title: 'leaves every decoy as it was', // the paused schedulers are among the decoys: they run again
      check: ({ baseline, host, scenario }) => {
        none(afterEviction(baseline, host).touchedBesides)
        return Promise.resolve(String(scenario.decoyFiles.length + scenario.decoyProcesses.length))
      },
    },
    {
      column: 'evidence',
      title: 'has the bytes of everything it took as evidence, and leaves nothing but the quarantine behind',
      check: async ({ baseline, home, host, places }) => {
        none(await missingEvidence(baseline, home, join(home, 'case')))
        none(leftBehind(places, host))
        return 'whole'
      },
    },
    {
      column: 'again',
      title: 'changes nothing in a second run, and nothing has come back',
      check: async (visit) => {
        none(changesOf(await evict(visit, shortSoak)))
        none(wrongAfterEviction(visit.baseline, visit.host))
        return 'none'
      },
    },
    {
      column: 'undo',
      title: 'puts nothing hostile back with a plain undo, and says that it was left out',
      check: async (visit) => {
        const undo = await undoAll(visit)
        same({ exit: undo.exit, stderr: undo.stderr }, { exit: 4, stderr: '' })
        none(wrongAfterEviction(visit.baseline, visit.host))
        return 'held'
      },
    },
    {
      column: 'revive',
      title: 'has not come back by itself until now',
      check: ({ baseline, host }) => {
        none(afterEviction(baseline, host).stillHostile)
        return Promise.resolve('no')
      },
    },
    {
      column: 'restore',
      title: 'brings back every file with undo --restore-hostile, and lists what cannot come back',
      check: async (visit) => {
        const { baseline, host, places, scenario } = visit
        const undo = await undoAll(visit, '--restore-hostile')
        same({ exit: undo.exit, stderr: undo.stderr }, { exit: 0, stderr: '' })
        const lost = undo.hosts[0]?.changes?.filter(({ skip }) => skip === 'irreversible') ?? []
        same(
          [...new Set(lost.map(({ verb }) => verb))].sort(),
          [...(scenario.route?.irreversible ?? ['freeze', 'kill'])].sort(),
        )
        const unsaid = undo.hosts[0]?.changes?.filter(({ outcome, skip, notRestored = [] }) => {
          // somebody ended what was frozen: there is nothing to wake, and the undo says so
          const isGone = outcome === 'already' && notRestored.length > 0
          return outcome !== 'done' && skip !== 'irreversible' && !isGone
        })
        none(unsaid ?? [])
        none(wrongAfterUndo(baseline, host))
        none(leftBehind(places, host))
        return 'whole'
      },
    },
  ]
}

const noInfection: readonly Step[] = [
  {
    column: 'verdict',
    title: 'is called clean: nothing is proposed and the tree is identical',
    check: async (visit) => {
      const triage = await look(visit)
      const [result] = triage.hosts
      same(
        {
          exit: triage.exit,
          verdict: result?.verdict,
          high: result?.findings?.filter(({ score, proposed }) => score >= 60 || proposed !== 'no'),
        },
        { exit: 0, verdict: 'clean', high: [] },
      )
      none(untouched(visit))
      return 'clean'
    },
  },
  {
    column: 'again',
    title: 'goes through evict-miner without a single change',
    check: async (visit) => {
      none(changesOf(await evict(visit, shortSoak)))
      none(untouched(visit))
      return 'none'
    },
  },
  {
    column: 'decoys',
    title: 'still has every decoy, as it was',
    check: (visit) => {
      none(untouched(visit))
      return Promise.resolve(String(visit.scenario.decoyFiles.length + visit.scenario.decoyProcesses.length))
    },
  },
]

/** `tourniquet triage` of the visit's host. */
export function look(visit: Visit): Promise<Finished> {
  return tourniquet(visit.home, ['triage', ...door(visit)], environment(visit))
}

function evict(visit: Visit, soak: string): Promise<Finished> {
  const { home, host, scenario } = visit
  const words = [
    ...['run', 'evict-miner', ...door(visit), '--case', join(home, 'case'), '--examiner', 'range test'],
    ...['--approve', 'all', '--attest', 'all=range host, nothing to snapshot'],
    // Only half a minute is asked for: what the host needs beyond that, up to `soak`, the engine has to measure itself.
    ...['--param', `soak=${shortSoak}`, '--param', `soak-max=${soak}`],
  ]
  return tourniquet(home, [...words, ...(scenario.route?.run?.(host) ?? [])], environment(visit))
}

function undoAll(visit: Visit, ...more: readonly string[]): Promise<Finished> {
  const words = ['undo', ...door(visit).slice(0, -1), '--case', join(visit.home, 'case'), ...more]
  return tourniquet(visit.home, words, environment(visit))
}

/** The destination comes last. */
function door({ host, scenario }: Visit): readonly string[] {
  return scenario.route?.login?.(host) ?? reach(host)
}

function environment({ host, scenario }: Visit): Readonly<Record<string, string>> {
  return scenario.route?.environment?.(host) ?? {}
}

function untouched({ baseline, host, places }: Visit): readonly string[] {
  return [...wrongAfterLook(baseline, host), ...leftBehind(places, host)]
}

/** The changes of a run that must have made none, and how it ended when not well. */
function changesOf(run: Finished): readonly unknown[] {
  return run.hosts[0]?.changes ?? [`no result, exit ${String(run.exit)}: ${run.stderr}`]
}

function missing(wanted: readonly string[], there: ReadonlySet<string>): readonly string[] {
  return wanted.filter((kind) => !there.has(kind))
}

function none(wrong: readonly unknown[]): void {
  same(wrong, [])
}

function same(actual: unknown, expected: unknown): void {
  deepStrictEqual(actual, expected)
}
