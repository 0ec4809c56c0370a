// How soon the infection comes back when only its processes end: measured on this host, from what was found to start it and from what was seen to return.
// A soak that is shorter than twice the longest of these periods proves nothing, so it is made that long. Nothing here is guessed.

import { shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { Fact, ProcessFact, StarterFact } from '../probes/facts.ts'

/** One thing that brings it back. `seconds`: the whole seconds it takes at most; `what`: the file or process it was measured on, in shown form. */
export interface Revival {
  readonly seconds: number
  readonly by: 'cron' | 'timer' | 'unit' | 'respawn'
  readonly what: string
}

/** How long a soak lasts and why. Times in milliseconds. */
export interface SoakPlan {
  readonly asked: number
  readonly lasts: number
  /** the longest period the soak sees through twice */
  readonly longest: Revival | null
  /** the shortest period that is too long for it: the host must be looked at again later */
  readonly beyond: Revival | null
}

/** Milliseconds that a scheduler may be late: cron wakes on the minute and starts its jobs within seconds. */
const lateness = 10_000
/** Seconds after which systemd restarts a unit that says Restart= and no RestartSec=: 100 ms (systemd.service(5)), rounded up. */
const defaultRestart = 1

/** What a look says about how soon it would come back: proposed schedules by their period, proposed units by their restart delay. */
export function revivalsIn(facts: readonly Fact[], findings: readonly Finding[]): readonly Revival[] {
  const starters = facts.filter(
    (fact): fact is StarterFact => fact.kind === 'schedule' || fact.kind === 'unit' || fact.kind === 'startup',
  )
  const hostile = findings.filter((finding) => finding.proposed === 'yes')
  return starters.flatMap((starter) => (hostile.some((finding) => isOf(finding, starter)) ? revivalOf(starter) : []))
}

/** Hostile programs that run again under another number in the second of two looks, `seconds` apart: each took at most the time it has not yet lived. */
export function respawnsBetween(
  before: { readonly facts: readonly Fact[]; readonly findings: readonly Finding[] },
  after: readonly Fact[],
  seconds: number,
): readonly Revival[] {
  const processes = (facts: readonly Fact[]) => facts.filter((fact): fact is ProcessFact => fact.kind === 'process')
  const old = processes(before.facts)
  const now = processes(after)
  const hostile = old.filter((fact) =>
    before.findings.some(
      ({ proposed, target }) => proposed === 'yes' && target.kind === 'process' && same(target, fact),
    ),
  )
  const gone = hostile.filter((fact) => !now.some((one) => same(one, fact)))
  return now.flatMap((fact): Revival[] => {
    const known = old.some((one) => same(one, fact))
    if (known || !gone.some((one) => runsTheSame(one, fact))) return []
    const what = fact.exe === null ? String(fact.identity.pid) : shown(fact.exe)
    return [{ seconds: Math.max(1, Math.ceil(seconds - fact.ageSeconds)), by: 'respawn', what }]
  })
}

/** One list of two, each thing once with the longer time. */
export function together(a: readonly Revival[], b: readonly Revival[]): readonly Revival[] {
  const all = new Map<string, Revival>()
  for (const one of [...a, ...b]) {
    const key = `${one.by} ${one.what}`
    if ((all.get(key)?.seconds ?? 0) < one.seconds) all.set(key, one)
  }
  return [...all.values()].sort((x, y) => y.seconds - x.seconds || (x.what < y.what ? -1 : 1))
}

/**
 * A soak of at least what was asked, and at least `times` the longest period that fits within `most`. What does not fit is told apart, because waiting longer
 * without waiting long enough would prove nothing.
 */
export function soakFor(
  asked: number,
  cover: { readonly periods: number; readonly most: number } | null,
  revivals: readonly Revival[],
): SoakPlan {
  const needed = (one: Revival, times: number) => Math.ceil(one.seconds * 1000 * times) + lateness
  const longestFirst = [...revivals].sort((a, b) => b.seconds - a.seconds)
  const times = cover?.periods ?? 1
  const limit = Math.max(asked, cover?.most ?? 0)
  const longest = longestFirst.find((one) => needed(one, times) <= limit) ?? null
  const beyond = longestFirst.findLast((one) => needed(one, times) > limit) ?? null
  const lasts = cover === null || longest === null ? asked : Math.max(asked, needed(longest, times))
  return { asked, lasts, longest, beyond }
}

/** The same in a sentence for the journal and the result. */
export function soakSentence({ asked, lasts, longest, beyond }: SoakPlan): string {
  const time = (ms: number) => `${String(Math.ceil(ms / 1000))} s`
  const period = (one: Revival) => `${time(one.seconds * 1000)} by ${one.by} (${one.what})`
  return [
    ...(longest === null ? [] : [`longest revive period seen: ${period(longest)}`]),
    ...(lasts > asked ? [`soak ${time(lasts)} instead of ${time(asked)}`] : [`soak ${time(lasts)}`]),
    ...(beyond === null ? [] : [`too short for ${period(beyond)}: look again after two of its periods`]),
  ].join('; ')
}

function revivalOf(starter: StarterFact): readonly Revival[] {
  const what = shown(starter.file.path)
  if (starter.kind === 'schedule') {
    if (starter.periodSeconds === null || starter.form === 'environment') return []
    return [{ seconds: starter.periodSeconds, by: starter.scheduler === 'systemd-timer' ? 'timer' : 'cron', what }]
  }
  if (starter.kind !== 'unit' || starter.restart === null || shown(starter.restart) === 'no') return []
  return [{ seconds: starter.restartSeconds ?? defaultRestart, by: 'unit', what }]
}

function isOf({ kind, target }: Finding, starter: StarterFact): boolean {
  if (kind !== starter.kind || (target.kind !== 'file' && target.kind !== 'line')) return false
  return shown(target.path) === shown(starter.file.path) && (target.kind === 'file' || target.line === starter.line)
}

interface Identified {
  readonly identity: { readonly pid: number; readonly startTime: string }
}

function same(a: Identified, b: Identified): boolean {
  return a.identity.pid === b.identity.pid && a.identity.startTime === b.identity.startTime
}

function runsTheSame(a: ProcessFact, b: ProcessFact): boolean {
  const { exeDev, exeInode, exeSha256 } = a.identity
  if (exeSha256 !== null && exeSha256 === b.identity.exeSha256) return true
  return exeInode !== null && exeInode === b.identity.exeInode && exeDev === b.identity.exeDev
}
