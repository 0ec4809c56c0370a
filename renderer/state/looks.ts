// What is known of hosts: the last look's findings out of the case, and the facts it read, for as long as main keeps them. Read again whenever a job has
// looked. Facts are of this session of the workbench only; null says that there are none, never that there is nothing.

import { useEffect } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { Contract } from '../../main/core/contract.ts'
import type { Frozen, Output } from '../../main/core/rpc/define.ts'
import { failureOf } from '../ui/attempt.ts'
import type { Failure } from '../ui/kit.tsx'
import { call, session, type Session } from './session.ts'

type Findings = Frozen<Output<Contract, 'look.findings'>>
export type FindingView = Findings['findings'][number]
export type UnknownView = Findings['unknowns'][number]
export type FactView = Frozen<Output<Contract, 'look.facts'>>['facts'][number]
export type FactKind = FactView['kind']
export type FactViewOf<K extends FactKind> = Extract<FactView, { readonly kind: K }>

const factKinds: readonly FactKind[] = [
  'process',
  'socket',
  'schedule',
  'scheduler-daemon',
  'preload',
  'mount',
  'file',
  'host-view',
  'machine',
  'login',
  'unit',
  'startup',
  'authorized-key',
  'sshd-setting',
  'account',
  'sudo-rule',
  'pam-rule',
  'setuid-shell',
  'binary',
  'name-rule',
]

/** CPU of a host at one look: thousandths of one core over the sample window. */
export interface CpuSample {
  /** RFC 3339 */
  readonly at: string
  readonly permille: number
  readonly cpus: number
}

export interface Look {
  readonly host: string
  /** `never`: the case has no look at this host */
  readonly state: 'reading' | 'never' | 'read' | 'failed'
  readonly error: Failure | null
  readonly verdict: Findings['verdict']
  /** when the look that is shown was taken, RFC 3339; null when unknown */
  readonly at: string | null
  /** something was put back since: nobody knows what the host is now, and `verdict` is `unknown` */
  readonly putBackSince: boolean
  /** highest score first */
  readonly findings: readonly FindingView[]
  readonly unknowns: readonly UnknownView[]
  readonly unknownsTotal: number
  /** of this session; null when nothing was read in it */
  readonly facts: readonly FactView[] | null
  /** of this page, oldest first */
  readonly cpu: readonly CpuSample[]
}

/** Most facts of one kind that are read: a hostile host can make very many, and the list says that it was cut. */
export const mostFacts = 20_000
/** Most events of a chain that are searched backwards for the last look's time. */
const mostSearched = 5000
const pageOf = 100
const mostSamples = 240

const looks = createStore<Readonly<Record<string, Look>>>(() => ({}))
/** What a look was read for, so that the same is not read twice. */
const readFor = new Map<string, string>()

/** The look at a host, read when it is first asked for and again after every job that looked. Null for no host. */
export function useLook(host: string | null): Look | null {
  const version = useSessionVersion(host)
  useEffect(() => {
    if (host === null || version === null || readFor.get(host) === version) return
    readFor.set(host, version)
    void read(host, () => readFor.get(host) === version)
  }, [host, version])
  return useStore(looks, (all) => (host === null ? null : (all[host] ?? null)))
}

/** Facts of one kind; stable while the look is the same. Null when nothing was read in this session. */
export function factsOf<K extends FactKind>(look: Look | null, kind: K): readonly FactViewOf<K>[] | null {
  if (look?.facts == null) return null
  const known = split.get(look.facts) ?? splitFacts(look.facts)
  return (known[kind] ?? none) as readonly FactViewOf<K>[]
}

const none: readonly FactView[] = []
const split = new WeakMap<readonly FactView[], Partial<Record<FactKind, FactView[]>>>()

function splitFacts(facts: readonly FactView[]): Partial<Record<FactKind, FactView[]>> {
  const known: Partial<Record<FactKind, FactView[]>> = {}
  for (const fact of facts) (known[fact.kind] ??= []).push(fact)
  split.set(facts, known)
  return known
}

function useSessionVersion(host: string | null): string | null {
  return useStore(session, (state) => (host === null ? null : versionOf(state, host)))
}

/** Changes when a look may have ended: the engine tells `looked` just before it journals it, so the word after it counts. */
function versionOf(state: Session, host: string): string | null {
  if (state.connection !== 'ready' || state.case === null) return null
  let count = 0
  for (const job of state.jobs) {
    if (!job.hosts.includes(host)) continue
    if (job.state === 'done' || job.state === 'failed') count += 1
    let looked = false
    for (const { progress } of state.told[job.job] ?? []) {
      if (!('host' in progress) || progress.host !== host) continue
      if (looked) {
        count += 1
        looked = false
      }
      if (progress.type === 'looked') looked = true
    }
  }
  return `${state.case.caseId} ${String(count)}`
}

async function read(host: string, wanted: () => boolean): Promise<void> {
  const before = looks.getState()[host]
  put({ ...(before ?? blank(host)), state: before?.state === 'read' ? 'read' : 'reading', error: null })
  try {
    const [found, last, facts] = await Promise.all([readFindings(host), lastLook(host), readFacts(host)])
    if (!wanted()) return
    const { at, putBackSince } = last
    const verdict = putBackSince ? 'unknown' : found.verdict
    const cpu = withSample(before?.cpu ?? [], facts, at)
    put({ host, state: at === null ? 'never' : 'read', error: null, ...found, verdict, at, putBackSince, facts, cpu })
  } catch (cause) {
    if (!wanted()) return
    readFor.delete(host)
    put({ ...(before ?? blank(host)), state: 'failed', error: failureOf(cause) })
  }
}

function put(look: Look): void {
  looks.setState((all) => ({ ...all, [look.host]: look }))
}

function blank(host: string): Look {
  return {
    host,
    state: 'reading',
    error: null,
    verdict: 'unknown',
    at: null,
    putBackSince: false,
    findings: [],
    unknowns: [],
    unknownsTotal: 0,
    facts: null,
    cpu: [],
  }
}

async function readFindings(host: string): Promise<Pick<Look, 'verdict' | 'findings' | 'unknowns' | 'unknownsTotal'>> {
  const first = await call('look.findings', { host, from: 0 })
  const findings = [...first.findings]
  while (findings.length < first.total) {
    const { findings: more } = await call('look.findings', { host, from: findings.length })
    if (more.length === 0) break
    findings.push(...more)
  }
  return { ...first, findings }
}

async function readFacts(host: string): Promise<readonly FactView[] | null> {
  const read = await Promise.all(factKinds.map((kind) => readKind(host, kind)))
  return read.includes(null) ? null : read.flatMap((facts) => facts ?? [])
}

async function readKind(host: string, kind: FactKind): Promise<readonly FactView[] | null> {
  const facts: FactView[] = []
  for (;;) {
    const page = await call('look.facts', { host, kind, from: facts.length })
    if (page.total === null) return null
    facts.push(...page.facts)
    if (facts.length >= Math.min(page.total, mostFacts) || page.facts.length === 0) return facts
  }
}

/** When the host was last looked at, and whether an undo changed it since; read backwards from the end of its chain. */
export async function lastLook(host: string): Promise<Pick<Look, 'at' | 'putBackSince'>> {
  const { head } = await call('journal.read', { chain: host, from: session.getState().heads[host] ?? 0 })
  let putBackSince = false
  for (let end = head; end > Math.max(0, head - mostSearched); end -= pageOf) {
    const from = Math.max(0, end - pageOf)
    const { events } = await call('journal.read', { chain: host, from })
    for (const event of events.slice(0, end - from).toReversed()) {
      if (event.type === 'looked' && event.data.complete !== false) return { at: event.at, putBackSince }
      putBackSince ||= event.type === 'undone' && event.data.outcome !== 'failed'
    }
  }
  return { at: null, putBackSince }
}

/** Share of all processes together, beside the samples there are; a look read twice is one sample. */
function withSample(
  samples: readonly CpuSample[],
  facts: readonly FactView[] | null,
  at: string | null,
): readonly CpuSample[] {
  if (facts === null || at === null || samples.at(-1)?.at === at) return samples
  let permille: number | null = null
  let cpus = 1
  for (const fact of facts) {
    if (fact.kind === 'process' && fact.cpuPermille !== null) permille = (permille ?? 0) + fact.cpuPermille
    if (fact.kind === 'machine') cpus = fact.cpus
  }
  return permille === null ? samples : [...samples, { at, permille, cpus }].slice(-mostSamples)
}
