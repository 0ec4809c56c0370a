// One look at a host inside a case: read, judge, and keep what was read, what was found and what stayed unknown. Used by triage and by every inspect step.

import { canonicalJson } from '../case/canonical.ts'
import type { EventData } from '../case/events.ts'
import { isTourniquetError } from '../errors.ts'
import type { Finding, Verdict } from '../judge/finding.ts'
import type { FactOf, FileFact, ProbeOutcome, Unknown } from '../probes/facts.ts'
import type { ProbeId } from '../probes/probe.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import type { Progress } from './progress.ts'
import { respawnsBetween, revivalsIn, together, type Revival } from './revive.ts'
import type { Sight } from './sight.ts'
import { probeIds } from './schema.ts'

/** Findings as they are kept in the case. */
export interface FindingsExhibit {
  readonly format: 'tourniquet.findings/1'
  readonly verdict: Verdict
  readonly judged: Verdict
  readonly findings: readonly Finding[]
  readonly unknowns: readonly Unknown[]
  /** what was read of the files that are proposed, for a later session of the same run; absent in older cases */
  readonly files?: readonly FileFact[]
  /** how soon it would come back, as measured so far in this run; absent in older cases */
  readonly revivals?: readonly Revival[]
}

/** Gaps of one look that are journaled one by one; what is beyond is in the findings exhibit and counted in the last. */
const maxGaps = 200

/** Expands `all`. Unknown names are a matter of lint. */
export function probesOf(inspect: 'all' | readonly string[]): readonly ProbeId[] {
  return inspect === 'all' ? probeIds : probeIds.filter((id) => inspect.includes(id))
}

/**
 * Reads, judges and keeps. `earlier` is what this run had found, when its last session ended or before it had to plan again: its proposals stay, see `carry`.
 * Rejects with `link-lost`, `cancelled` or an error of the store.
 */
export async function lookAt(
  deps: Pick<EngineDeps, 'store' | 'look' | 'judge' | 'clock' | 'hostView' | 'signal' | 'readFile' | 'onSight'>,
  host: EngineHost,
  at: { readonly run: string | null; readonly step: string | null; readonly probes: readonly ProbeId[] },
  before: Sight | null,
  tell: (progress: Progress) => void,
  earlier: FindingsExhibit | null = null,
): Promise<{
  readonly sight: Sight
  readonly looked: EventData<'looked'>
  readonly gaps: readonly EventData<'gap'>[]
}> {
  const result = await deps.look(host.session, {
    probes: at.probes,
    clock: deps.clock,
    hostView: deps.hostView,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    onProgress: ({ probe, done, total }) => {
      tell({ type: 'looking', host: host.id, step: at.step, probe, done, total })
    },
  })
  await keepRaw(deps, host, result.outcomes)
  const seen = sightOf(deps, before, Object.fromEntries(result.outcomes.map((one) => [one.probe, one])))
  const sight = earlier === null ? seen : await carry(deps, host, seen, earlier)
  const kept = await deps.store.keep(host.id, findingsBytes(sight), made('findings', 'judge'))
  const gaps = gapsOf(at, result.unknowns)
  tell({
    type: 'looked',
    host: host.id,
    step: at.step,
    verdict: sight.verdict,
    findings: sight.findings.length,
    proposed: sight.findings.filter((finding) => finding.proposed === 'yes').length,
    unknowns: sight.unknowns.length,
    complete: sight.complete,
  })
  deps.onSight?.(host.id, sight)
  const looked = {
    run: at.run,
    step: at.step,
    findings: kept.sha256,
    verdict: sight.verdict,
    unknowns: sight.unknowns.length,
    complete: sight.complete,
  }
  return { sight, looked, gaps }
}

/** Metadata of an exhibit that was made here. */
export function made(what: string, method: string): Parameters<EngineDeps['store']['keep']>[2] {
  return { what, path: null, pathBytes: null, meta: null, method, hostSha256: null, hostTime: null, truncated: false }
}

/** Findings back from their exhibit, for results of a run that is not in memory. */
export function readFindings(bytes: Uint8Array): FindingsExhibit {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as FindingsExhibit
}

/** The cloud the machine says it is in, for guidance. */
export function cloudOf(sight: Sight | null): string | null {
  const machine = sight?.facts.find((fact): fact is FactOf<'machine'> => fact.kind === 'machine')
  return machine?.cloud?.vendor ?? null
}

function sightOf(
  deps: Pick<EngineDeps, 'judge' | 'clock'>,
  before: Sight | null,
  latest: Readonly<Record<string, ProbeOutcome>>,
): Sight {
  const at = deps.clock.monotonic()
  const outcomes = { ...before?.outcomes, ...latest }
  const facts = Object.values(outcomes).flatMap((one) => one.facts)
  const unknowns = Object.values(outcomes).flatMap((one) => one.unknowns)
  const { findings, verdict } = deps.judge(facts, unknowns)
  const complete = probeIds.every((id) => Object.hasOwn(outcomes, id))
  const respawns = before === null ? [] : respawnsBetween(before, facts, (at - before.at) / 1000)
  return {
    at,
    outcomes,
    facts,
    unknowns,
    findings,
    complete,
    judged: verdict,
    revivals: together(before?.revivals ?? [], [...revivalsIn(facts, findings), ...respawns]),
    verdict: verdict === 'clean' && !complete ? 'unknown' : verdict,
  }
}

/**
 * A run that is half done has taken away what its other proposals were judged by: a hijacking library is one because a preload line names it, and that line
 * went first. So a proposal of the same run outlives a crash: on a file until it is dealt with or gone, on anything else while it is still found. What is found
 * again keeps its judgement and takes its fresh place and identity, which acts check.
 */
async function carry(
  deps: Pick<EngineDeps, 'readFile'>,
  host: EngineHost,
  seen: Sight,
  earlier: FindingsExhibit,
): Promise<Sight> {
  const proposed = new Map(
    earlier.findings.filter((one) => one.proposed === 'yes').map((one) => [one.id, one] as const),
  )
  const found = new Set(seen.findings.map((one) => one.id))
  const missing = [...proposed.values()].filter((one) => one.target.kind === 'file' && !found.has(one.id))
  const gone = await Promise.all(missing.map((one) => isGone(deps, host, one)))
  const lost = missing.filter((_, at) => gone[at] !== true)
  const kept = (one: Finding): Finding => ({ ...(proposed.get(one.id) ?? one), target: one.target })
  const findings = [...seen.findings.map(kept), ...lost]
  const read = new Set(seen.facts.flatMap((fact) => (fact.kind === 'file' ? [fact.meta.path] : [])))
  const facts = [...seen.facts, ...(earlier.files ?? []).filter((file) => !read.has(file.meta.path))]
  const hostile = findings.some((one) => one.proposed === 'yes')
  const atLeast = (verdict: Verdict): Verdict =>
    hostile && verdict !== 'infected' && verdict !== 'rebuild-advised' ? earlier.judged : verdict
  const revivals = together(seen.revivals, earlier.revivals ?? [])
  return { ...seen, findings, facts, revivals, judged: atLeast(seen.judged), verdict: atLeast(seen.verdict) }
}

/** True only when the host says that there is no such name: what cannot be read is still to be dealt with. */
async function isGone(deps: Pick<EngineDeps, 'readFile'>, host: EngineHost, finding: Finding): Promise<boolean> {
  if (finding.target.kind !== 'file') return false
  try {
    await deps.readFile(host.session, { path: finding.target.path, limit: 0 })
    return false
  } catch (error) {
    if (!isTourniquetError(error) || error.code === 'link-lost' || error.code === 'cancelled') throw error
    return error.code === 'file-unreadable' && error.params['reason'] === 'absent'
  }
}

/** What was found, as it is kept in the case. */
export function exhibitOf(sight: Sight): FindingsExhibit {
  const { verdict, judged, findings, unknowns, revivals } = sight
  const targets = findings.flatMap(({ proposed, target }) =>
    proposed === 'yes' && target.kind === 'file' ? [target.path] : [],
  )
  const files = sight.facts.filter((fact): fact is FileFact => fact.kind === 'file' && targets.includes(fact.meta.path))
  return { format: 'tourniquet.findings/1', verdict, judged, findings, unknowns, files, revivals }
}

async function keepRaw(
  deps: Pick<EngineDeps, 'store'>,
  host: EngineHost,
  outcomes: readonly ProbeOutcome[],
): Promise<void> {
  for (const reading of outcomes.flatMap((one) => one.raw)) {
    await deps.store.keep(host.id, reading.bytes, {
      ...made(`probe/${reading.name}`, reading.request),
      hostTime: reading.hostTime,
      truncated: reading.truncated,
    })
  }
}

function findingsBytes(sight: Sight): Uint8Array {
  return new TextEncoder().encode(canonicalJson(exhibitOf(sight)))
}

function gapsOf(
  at: { readonly run: string | null; readonly step: string | null },
  unknowns: readonly Unknown[],
): EventData<'gap'>[] {
  const gaps = unknowns
    .slice(0, maxGaps)
    .map(({ probe, what, reason, detail }) => ({ ...where(at), probe, what, reason, detail }))
  const rest = unknowns.length - gaps.length
  if (rest > 0)
    gaps.push({
      ...where(at),
      probe: '*',
      what: `${String(rest)} more`,
      reason: 'truncated',
      detail: 'in the findings exhibit',
    })
  return gaps
}

function where(at: { readonly run: string | null; readonly step: string | null }) {
  return { run: at.run, step: at.step }
}
