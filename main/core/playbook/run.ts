// Running a playbook on hosts, from the request to the result: lint, flatten, open the run in the case, drive every host side by side, close it.

import { caseChain } from '../case/journal.ts'
import type { CaseStore } from '../case/store.ts'
import { hex } from '../json.ts'
import { flatten, type FlatPlaybook, type FlatStep, type Library } from './compose.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import { runHost } from './host-run.ts'
import { lint } from './lint.ts'
import { lookAt, made, readFindings } from './look.ts'
import type { Sight } from './sight.ts'
import type { ParsedPlaybook } from './parse.ts'
import { problemsError } from './problem.ts'
import { closingOf, hostResult, worstExit, type HostResult, type LastLook, type RunResult } from './result.ts'
import { emptyHost, reduceHost, type HostState } from './state.ts'
import { probeIds } from './schema.ts'
import type { AnyEvent } from '../case/events.ts'

export interface RunRequest {
  readonly top: ParsedPlaybook
  readonly library: Library
  /** values as given from outside: text from a command line, typed from a workbench */
  readonly params: Readonly<Record<string, unknown>>
  readonly hosts: readonly EngineHost[]
  readonly approval: 'ask' | 'all' | 'plan-only'
  readonly examiner: string
}

/**
 * Runs a playbook. Rejects with `playbook-lint` or `param-invalid` before any host is touched, and with an error of the store when the run cannot be opened;
 * afterwards what happens to one host is in its result and stops no other.
 */
export async function runPlaybook(deps: EngineDeps, request: RunRequest): Promise<RunResult> {
  const flat = checked(deps, request)
  const run = `run-${hex(deps.random.bytes(6))}`
  for (const source of flat.sources) {
    await deps.store.keep(caseChain, source.bytes, made('playbook', source.file))
  }
  await deps.store.append(caseChain, 'run-opened', {
    run,
    playbook: flat.ref,
    params: flat.params,
    hosts: request.hosts.map((host) => host.id),
    approval: request.approval,
    examiner: request.examiner,
  })
  const initial = new Map(request.hosts.map((host) => [host.id, emptyHost(host.id)] as const))
  return driveHosts(deps, {
    run,
    flat,
    hosts: request.hosts,
    initial,
    planOnly: request.approval === 'plan-only',
    others: [],
  })
}

/** What a host came to whose session is not here (a resume with fewer hosts). */
export interface AbsentHost {
  readonly id: string
  readonly address: string
  readonly state: HostState
}

export interface Drive {
  readonly run: string
  readonly flat: FlatPlaybook
  readonly hosts: readonly EngineHost[]
  readonly initial: ReadonlyMap<string, HostState>
  readonly planOnly: boolean
  /** hosts of this run that are not entered now; while there are any, the run stays open */
  readonly others: readonly AbsentHost[]
}

/** Drives all hosts to their end, and closes the run when nothing keeps it open. */
export async function driveHosts(deps: EngineDeps, drive: Drive): Promise<RunResult> {
  const ends = await Promise.all(drive.hosts.map((host) => oneHost(deps, host, drive)))
  const absent = await Promise.all(
    drive.others.map(async (host) =>
      hostResult(host, drive.flat.steps, host.state, await lastLook(deps.store, host.state, null), null),
    ),
  )
  const open = drive.others.some((host) => !isAtEnd(host.state, drive.flat.steps)) || ends.some((one) => one.open)
  const hosts = [...ends.map((one) => one.result), ...absent]
  if (!open) {
    for (const host of hosts) await anchor(deps.store, host.id)
    await deps.store.append(caseChain, 'run-closed', { run: drive.run, outcome: closingOf(hosts) })
  }
  return {
    run: drive.run,
    playbook: drive.flat.ref,
    finished: !open,
    alreadyFinished: false,
    exit: worstExit(hosts.map((host) => host.exit)),
    hosts,
  }
}

async function oneHost(
  deps: EngineDeps,
  host: EngineHost,
  drive: Drive,
): Promise<{ result: HostResult; open: boolean }> {
  const before = drive.initial.get(host.id) ?? emptyHost(host.id)
  const arrived = await recordArrival(deps.store, host)
  const initial = reduceHost(before, arrived, drive.run)
  const end = await runHost(deps, host, { run: drive.run, steps: drive.flat.steps, planOnly: drive.planOnly, initial })
  const result = hostResult(
    host,
    drive.flat.steps,
    end.state,
    await lastLook(deps.store, end.state, end.sight),
    end.error,
  )
  deps.onProgress?.({ type: 'host-ended', host: host.id, exit: result.exit, error: result.error })
  return { result, open: end.error !== null || end.waiting }
}

/** Journals that a host was entered, with what its login chain printed as evidence. Boots are told apart by this. */
export async function recordArrival(store: CaseStore, host: EngineHost): Promise<AnyEvent> {
  const { preamble, ...arrival } = host.session.arrival
  const kept = preamble.length === 0 ? null : await store.keep(host.id, preamble, made('preamble', 'arrival'))
  const event = await store.append(host.id, 'arrived', { arrival: arrival, preamble: kept?.sha256 ?? null })
  return event
}

/** Reads and judges one host outside of any run, and keeps everything in the case. Changes nothing on the host. */
export async function triageHost(deps: EngineDeps, host: EngineHost): Promise<Sight> {
  await recordArrival(deps.store, host)
  const at = { run: null, step: null, probes: probeIds }
  const { sight, looked, gaps } = await lookAt(deps, host, at, null, (progress) => deps.onProgress?.(progress))
  for (const gap of gaps) await deps.store.append(host.id, 'gap', gap)
  await deps.store.append(host.id, 'looked', looked)
  return sight
}

/** The last look of a run: from memory, else from its exhibit. */
export async function lastLook(store: CaseStore, state: HostState, sight: Sight | null): Promise<LastLook | null> {
  if (sight) return sight
  return state.looked ? readFindings(await store.exhibit(state.looked.findings)) : null
}

/** True when every step of the run has ended and none waits for a person. */
export function isAtEnd(state: HostState, steps: readonly FlatStep[]): boolean {
  return steps.every((step) => {
    const ended = state.steps[step.id]?.ended
    return ended !== undefined && ended !== null && ended.outcome !== 'waiting'
  })
}

/** Puts the head of a host's chain into the case chain: from here on it cannot be cut short unnoticed. */
async function anchor(store: CaseStore, host: string): Promise<void> {
  const head = store.events(host).at(-1)
  if (head) await store.append(caseChain, 'chain-anchored', { chain: host, seq: head.seq, hash: head.hash })
}

function checked(deps: EngineDeps, request: RunRequest): FlatPlaybook {
  const problems = lint(request.top, { library: request.library, techniques: deps.techniques })
  if (problems.length > 0) throw problemsError('playbook-lint', problems)
  const { flat, problems: composed } = flatten(request.top, request.library, request.params)
  if (composed.length > 0) throw problemsError('playbook-lint', composed)
  return flat
}
