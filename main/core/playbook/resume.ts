// Going on after a crash or a lost link. The journal is the state: replay it, find what was in flight, and drive the same loop as the first time.

import { caseChain } from '../case/journal.ts'
import type { CaseStore } from '../case/store.ts'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import { flatten, libraryOf, type FlatPlaybook } from './compose.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import { parsePlaybook, type ParsedPlaybook } from './parse.ts'
import { problemsError } from './problem.ts'
import { hostResult, worstExit, type RunResult } from './result.ts'
import { driveHosts, lastLook } from './run.ts'
import { emptyHost, reopened, replay, type RunState } from './state.ts'

/** Runs of a case, oldest first. */
export function runsOf(store: CaseStore): readonly RunState[] {
  const ids = store.events(caseChain).flatMap((event) => (event.type === 'run-opened' ? [event.data.run] : []))
  return ids.map((run) => runState(store, run))
}

export function runState(store: CaseStore, run: string): RunState {
  const chains = [caseChain, ...store.chains().filter((chain) => chain !== caseChain)]
  return replay(
    run,
    chains.map((chain) => store.events(chain)),
  )
}

/** Hosts that still have something to do in the run that `resume` would take: whom to enter before calling it. Null: no run is open. */
export function openRun(store: CaseStore): { readonly run: string; readonly hosts: readonly string[] } | null {
  const open = runsOf(store).findLast((state) => state.closed === null)
  return open?.opened ? { run: open.run, hosts: open.opened.hosts } : null
}

/**
 * Goes on with a run (the latest open one when none is named) on the hosts given. Hosts of the run that are not given keep it open.
 * A finished run is returned as it ended, with `alreadyFinished`. Rejects with `run-missing`, or as `runPlaybook` does.
 */
export async function resumeRun(
  deps: EngineDeps,
  request: { readonly run?: string; readonly hosts: readonly EngineHost[] },
): Promise<RunResult> {
  const run = request.run ?? openRun(deps.store)?.run ?? runsOf(deps.store).at(-1)?.run
  const state = run === undefined ? null : runState(deps.store, run)
  if (!state?.opened) throw new TourniquetError('run-missing', { run: run ?? '-' })
  const flat = await playbookOf(deps.store, deps.hashing, state)
  const addresses = addressesOf(deps.store)
  const absent = state.opened.hosts
    .filter((id) => !request.hosts.some((host) => host.id === id))
    .map((id) => ({ id, address: addresses.get(id) ?? id, state: state.hosts[id] ?? emptyHost(id) }))
  if (state.closed !== null) return finishedBefore(deps.store, state, flat, addresses)
  const hosts = request.hosts.filter((host) => state.opened?.hosts.includes(host.id))
  const initial = new Map(hosts.map((host) => [host.id, reopened(state.hosts[host.id] ?? emptyHost(host.id))] as const))
  return driveHosts(deps, {
    run: state.run,
    flat,
    hosts,
    initial,
    planOnly: state.opened.approval === 'plan-only',
    others: absent,
  })
}

/** The playbook exactly as it ran: from the exhibits of the case, never from what is installed now. */
export async function playbookOf(store: CaseStore, hashing: Hashing, state: RunState): Promise<FlatPlaybook> {
  const digests = store
    .events(caseChain)
    .flatMap((event) =>
      event.type === 'exhibit-stored' && event.data.what === 'playbook'
        ? [{ digest: event.data.sha256, file: event.data.method }]
        : [],
    )
  const sources: ParsedPlaybook[] = []
  for (const { digest, file } of digests) {
    const result = parsePlaybook(file, await store.exhibit(digest), hashing)
    if (!result.ok) throw problemsError('playbook-invalid', result.problems)
    sources.push(result.parsed)
  }
  const top = sources.find((one) => one.digest === state.opened?.playbook.digest)
  if (!top || !state.opened)
    throw new TourniquetError('playbook-unknown', { playbook: state.opened?.playbook.id ?? '-' })
  const { library } = libraryOf(sources.toReversed()) // of two files with one name the later run's came last: it goes first
  const { flat, problems } = flatten(top, library, state.opened.params as Readonly<Record<string, unknown>>)
  if (problems.length > 0) throw problemsError('playbook-invalid', problems)
  return flat
}

/** Address dialled first, by host id. */
export function addressesOf(store: CaseStore): ReadonlyMap<string, string> {
  const events = store.events(caseChain)
  return new Map(
    events.flatMap((event) => (event.type === 'host-added' ? [[event.data.host, event.data.address] as const] : [])),
  )
}

async function finishedBefore(
  store: CaseStore,
  state: RunState,
  flat: FlatPlaybook,
  addresses: ReadonlyMap<string, string>,
): Promise<RunResult> {
  const hosts = await Promise.all(
    (state.opened?.hosts ?? []).map(async (id) => {
      const host = state.hosts[id] ?? emptyHost(id)
      return hostResult(
        { id, address: addresses.get(id) ?? id },
        flat.steps,
        host,
        await lastLook(store, host, null),
        null,
      )
    }),
  )
  const exit = worstExit(hosts.map((host) => host.exit))
  return { run: state.run, playbook: flat.ref, finished: true, alreadyFinished: true, exit, hosts }
}
