// Undoing changes, newest first. A change is never undone under a newer one that stands on the same object; what was judged hostile comes back only when
// that is asked for by name; what cannot come back is listed. Each undo is an act of its own in the journal and, like every act, happens at most once.

import type { ActContext, ChangeRecord, UndoOutcome } from '../actions/verb.ts'
import type { CaseStore } from '../case/store.ts'
import { errorCodes, isTourniquetError, TourniquetError } from '../errors.ts'
import type { HostReply, HostRequest, HostSession } from '../host/session.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import { sendOnce } from './perform.ts'
import { readPlan, undoActId } from './plan.ts'
import { worstExit, type ExitStatus } from './result.ts'
import { recordArrival } from './run.ts'
import { runState, runsOf } from './resume.ts'
import { emptyHost, standing, type ActState } from './state.ts'
import { transcript } from './transcript.ts'
import { deadManEntry, isHold, isRelease, Vigil } from './vigil.ts'

export interface UndoRequest {
  readonly hosts: readonly EngineHost[]
  /** one run, else every run of the case */
  readonly run?: string
  /** one step: its flat id, or its last part where that is unambiguous */
  readonly step?: string
  readonly restoreHostile: boolean
}

export interface UndoneChange {
  readonly act: string
  readonly run: string
  readonly step: string
  readonly verb: ChangeRecord['verb']
  readonly summary: ChangeRecord['summary']
  readonly outcome: UndoOutcome['outcome'] | 'skipped'
  /** why it was skipped; `blocked`: a newer change on the same object stands and is not part of this undo */
  readonly skip: 'irreversible' | 'hostile' | 'blocked' | null
  readonly notRestored: readonly string[]
  readonly detail: string
}

export interface UndoResult {
  readonly exit: ExitStatus
  readonly hosts: readonly {
    readonly id: string
    readonly address: string
    readonly exit: ExitStatus
    readonly error: { readonly code: TourniquetError['code']; readonly params: TourniquetError['params'] } | null
    readonly changes: readonly UndoneChange[]
  }[]
}

/** Undoes what the request names on the hosts given, newest first. Rejects with `run-missing` or `usage` (no such step) before anything is touched. */
export async function undoChanges(deps: EngineDeps, request: UndoRequest): Promise<UndoResult> {
  if (request.run !== undefined && runState(deps.store, request.run).opened === null) {
    throw new TourniquetError('run-missing', { run: request.run })
  }
  const work = request.hosts.map((host) => ({ host, chosen: chosenChanges(deps.store, host.id, request) }))
  if (request.step !== undefined && work.every((one) => one.chosen.length === 0)) {
    throw new TourniquetError('usage', {
      found: request.step,
      expected: stepsWithChanges(deps.store, request).join(', ') || '-',
    })
  }
  const hosts = await Promise.all(work.map(({ host, chosen }) => undoHost(deps, host, chosen, request.restoreHostile)))
  return { exit: worstExit(hosts.map((host) => host.exit)), hosts }
}

/** A change that stands, with the run it belongs to and its place in the host's chain. */
interface Standing {
  readonly run: string
  readonly act: ActState
  readonly change: ChangeRecord
  readonly seq: number
}

/** All changes that stand on a host, over all runs, oldest first. */
function standingOn(store: CaseStore, host: string): readonly Standing[] {
  const acted = new Map(
    store.events(host).flatMap((event) => (event.type === 'acted' ? [[event.data.act, event.seq] as const] : [])),
  )
  return runsOf(store)
    .flatMap((run) =>
      standing(run.hosts[host] ?? emptyHost(host)).map((act) => ({
        run: run.run,
        act,
        change: act.change,
        seq: acted.get(act.act) ?? 0,
      })),
    )
    .sort((a, b) => a.seq - b.seq)
}

function chosenChanges(store: CaseStore, host: string, request: UndoRequest): readonly Standing[] {
  return standingOn(store, host).filter(
    ({ run, act }) =>
      (request.run === undefined || run === request.run) &&
      (request.step === undefined || act.step === request.step || act.step.endsWith(`/${request.step}`)),
  )
}

function stepsWithChanges(store: CaseStore, request: UndoRequest): readonly string[] {
  return [...new Set(request.hosts.flatMap((host) => standingOn(store, host.id).map(({ act }) => act.step)))]
}

async function undoHost(
  deps: EngineDeps,
  host: EngineHost,
  chosen: readonly Standing[],
  restoreHostile: boolean,
): Promise<UndoResult['hosts'][number]> {
  const quiet = transcript(host, (progress) => deps.onProgress?.(progress))
  const vigil = new Vigil(deps, host.session, (told) => deps.onProgress?.({ ...told, host: host.id }))
  const changes: UndoneChange[] = []
  const answer = (error: TourniquetError | null, exit: ExitStatus) => ({
    id: host.id,
    address: host.address,
    exit,
    error: error && { code: error.code, params: error.params },
    changes,
  })
  try {
    await recordArrival(deps.store, host)
    // A hold that stands has a dead man of an earlier run behind it: he is taken over here, so that he goes when the pause goes.
    if (chosen.some(isHeld)) await vigil.adopt([])
    for (const one of chosen.toReversed()) {
      if (deps.signal?.aborted) throw new TourniquetError('cancelled', { host: host.address })
      const undone = await undoOne(deps, host, one, restoreHostile, vigil)
      changes.push(undone)
      const { act, step, outcome, detail } = undone
      deps.onProgress?.({ type: 'undone', host: host.id, step, act, outcome, detail })
    }
    if (!standingOn(deps.store, host.id).some(isHeld)) await vigil.disarm()
    return answer(null, exitOf(changes))
  } catch (cause) {
    const error =
      cause instanceof TourniquetError ? cause : new TourniquetError('internal', { what: String(cause) }, cause)
    return answer(error, errorCodes[error.code])
  } finally {
    vigil.end()
    quiet()
  }
}

async function undoOne(
  deps: EngineDeps,
  host: EngineHost,
  one: Standing,
  restoreHostile: boolean,
  vigil: Vigil,
): Promise<UndoneChange> {
  const { act, change, run } = one
  const told = { act: act.act, run, step: act.step, verb: change.verb, summary: change.summary, notRestored: [] }
  const skipped = (skip: NonNullable<UndoneChange['skip']>, detail: string): UndoneChange => ({
    ...told,
    outcome: 'skipped',
    skip,
    detail,
  })
  if (!change.reversible) return skipped('irreversible', '')
  const newer = standingOn(deps.store, host.id).filter(
    (other) => other.seq > one.seq && other.change.objects.some((object) => change.objects.includes(object)),
  )
  const blocking = newer.find((other) => other.change.reversible)
  // What a newer change ended for good (a frozen process that was killed) cannot come back; the rest of a set can.
  const endings = newer.filter((other) => !other.change.reversible)
  const ended = new Set(endings.flatMap((other) => other.change.objects))
  const final = endings.at(-1)
  if (final && change.objects.every((object) => ended.has(object)))
    return skipped('irreversible', `${final.change.verb} (${final.act.step})`)
  if (change.hostile && !restoreHostile) return skipped('hostile', '')
  if (blocking) return skipped('blocked', `${blocking.change.verb} (${blocking.act.step})`)
  const verb = deps.verbs[change.verb]
  const id = undoActId(deps.hashing, act.act, act.undone.length)
  const context: ActContext = {
    caseId: deps.store.info.caseId,
    run,
    act: id,
    session: host.session,
    clock: deps.clock,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  }
  const request = verb.undo(change, context)
  if (request === null) return skipped('irreversible', '')
  // Undoing a resume pauses again, undoing a lift blocks again: the dead man stands before anything is held.
  if (isRelease(change.verb)) await vigil.arm(deadManEntry({ args: change.before }, id))
  const settled = await settledBefore(deps, host, one, id)
  if (!settled) await intend(deps.store, host.id, one, id)
  const outcome = settled ?? verb.readUndo(await asked(host.session, request, id), change, context)
  const { outcome: result, notRestored, detail } = outcome
  await deps.store.append(host.id, 'undone', {
    run,
    step: act.step,
    act: act.act,
    undoAct: id,
    outcome: result,
    notRestored: [...notRestored],
    detail,
  })
  return { ...told, outcome: result, skip: null, notRestored, detail }
}

/** An undo that was in flight when an earlier session ended. Where its kept result is lost, the host itself is asked whether the change still stands. */
async function settledBefore(
  deps: EngineDeps,
  host: EngineHost,
  one: Standing,
  id: string,
): Promise<UndoOutcome | null> {
  const before = runState(deps.store, one.run).hosts[host.id]?.acts[id]?.intended
  const { arrival } = host.session
  if (!before || (arrival.adopted && before.boot === arrival.bootId)) return null
  const plan = readPlan(await deps.store.exhibit(before.plan))
  const item = plan.items.find((each) => each.key === before.item)
  const context = {
    caseId: deps.store.info.caseId,
    run: one.run,
    act: one.act.act,
    session: host.session,
    clock: deps.clock,
  }
  const stands = item ? await deps.verbs[one.change.verb].probe(item, context) : 'unknown'
  if (stands === 'yes') return null
  return stands === 'no'
    ? { outcome: 'already', notRestored: [], detail: 'undone before the session was lost' }
    : { outcome: 'failed', notRestored: [], detail: 'its result was lost and what stands cannot be read' }
}

/** Where the key is taken and its result never comes (whoever ran it was killed in mid-act), the host is asked anew: every undo checks before it changes. */
async function asked(session: HostSession, request: HostRequest, id: string): Promise<HostReply> {
  try {
    return await sendOnce(session, request, id)
  } catch (error) {
    if (!isTourniquetError(error, 'request-timeout')) throw error
    return session.run(request)
  }
}

async function intend(store: CaseStore, host: string, { run, act, change }: Standing, id: string): Promise<void> {
  const { plan, item } = act.intended ?? { plan: '', item: '' }
  await store.append(host, 'intended', {
    run,
    step: act.step,
    act: id,
    plan,
    item,
    verb: change.verb,
    once: id,
    undoes: act.act,
  })
}

/** A hold stands while nothing newer stands on the same object. */
function isHeld(one: Standing, _index: number, all: readonly Standing[]): boolean {
  return (
    isHold(one.change.verb) &&
    !all.some(
      (other) => other.seq > one.seq && other.change.objects.some((object) => one.change.objects.includes(object)),
    )
  )
}

function exitOf(changes: readonly UndoneChange[]): ExitStatus {
  if (changes.some((one) => one.outcome === 'conflict' || one.outcome === 'failed' || one.skip === 'blocked')) return 3
  return changes.some((one) => one.skip === 'hostile') ? 4 : 0
}
