// One host of one run: asks `next` what to do, does it, journals it, asks again. All decisions are in next.ts; what each command means is in host-run/:
// seeing → planning → acting → proving, with the dead man behind every pause.

import { TourniquetError, assertNever } from '../errors.ts'
import type { FlatStep } from './compose.ts'
import type { EngineDeps, EngineHost } from './deps.ts'
import { act, capture, recoverAct } from './host-run/acting.ts'
import { adopt, noteLapses } from './host-run/pauses.ts'
import { askApproval, plan } from './host-run/planning.ts'
import { soakOf, verify, wait } from './host-run/proving.ts'
import { RunningHost, type HostRunOptions } from './host-run/running-host.ts'
import { holds, look, seen } from './host-run/seeing.ts'
import { cloudOf, probesOf } from './look.ts'
import { next, type Command } from './next.ts'
import { soakSentence } from './revive.ts'
import type { Sight } from './sight.ts'
import type { HostState } from './state.ts'
import { transcript } from './transcript.ts'

export interface HostRunEnd {
  readonly state: HostState
  readonly sight: Sight | null
  /** a person's answer is missing: the run stays open */
  readonly waiting: boolean
  readonly error: TourniquetError | null
}

/** Runs all steps on one host. Never rejects: what stopped it is in `error`, and everything before that is in the journal. */
export async function runHost(deps: EngineDeps, host: EngineHost, options: HostRunOptions): Promise<HostRunEnd> {
  const on = new RunningHost(deps, host, options)
  const quiet = transcript(host, (progress) => deps.onProgress?.(progress))
  try {
    await adopt(on)
    const waiting = await toTheEnd(on)
    return { state: on.state, sight: on.sight, waiting, error: null }
  } catch (cause) {
    const error =
      cause instanceof TourniquetError ? cause : new TourniquetError('internal', { what: String(cause) }, cause)
    return { state: on.state, sight: on.sight, waiting: false, error }
  } finally {
    on.end()
    quiet()
  }
}

/** True when it stopped for want of a person. */
async function toTheEnd(on: RunningHost): Promise<boolean> {
  for (;;) {
    await noteLapses(on)
    const before = on.state
    const commands = next({
      host: on.state,
      steps: on.options.steps,
      plans: on.plans,
      planOnly: on.options.planOnly,
      limited: on.limited,
      hashing: on.deps.hashing,
    })
    const finish = commands.find((command) => command.do === 'finish')
    if (finish) return finish.waiting
    on.stopIfCancelled()
    const limitsBefore = on.limited.size
    await allDone(commands.map((command) => execute(on, command)))
    if (on.state === before && on.limited.size === limitsBefore) {
      throw new TourniquetError('internal', { what: `no progress at ${commands.map((one) => one.do).join(', ')}` })
    }
  }
}

async function execute(on: RunningHost, command: Command): Promise<void> {
  switch (command.do) {
    case 'start':
      return start(on, command.step)
    case 'inspect':
      return inspect(on, command.step)
    case 'attest':
      return attest(on, command.step)
    case 'wait':
      return wait(on, command.step)
    case 'plan':
      return plan(on, command.step, command.again)
    case 'approve':
      return askApproval(on, command.step, command.plan)
    case 'capture':
      return capture(on, command)
    case 'act':
      return act(on, command)
    case 'recover':
      return recoverAct(on, command)
    case 'verify':
      return verify(on, command.step, command.acts)
    case 'end':
      return on.endStep(command.step, command.outcome, command.skip, command.detail || (await forecast(on, command)))
    case 'finish':
      return
    default:
      return assertNever(command)
  }
}

/** What a plan alone can already tell of a step that was not run: how long its soak would be, and why. */
async function forecast(on: RunningHost, { step, skip }: Extract<Command, { readonly do: 'end' }>): Promise<string> {
  if (skip !== 'plan-only' || step.body.kind !== 'wait' || !step.body.step.cover) return ''
  const soak = soakOf(step.body.step, await seen(on, step))
  on.tell({ type: 'soak', host: on.host.id, step: step.id, ...soak })
  return soakSentence(soak)
}

async function start(on: RunningHost, step: FlatStep): Promise<void> {
  const condition = step.when.length === 0 ? 'yes' : await holds(on, step.when)
  if (condition === 'no') return on.endStep(step, 'skipped', 'not-applicable', '')
  if (condition === 'unknown') return on.endStep(step, 'skipped', 'unknown-condition', '')
  await on.record('step-started', on.at(step))
  const { title = null, sentence = null } = step.body.step
  on.tell({ type: 'step-started', host: on.host.id, step: step.id, kind: step.body.kind, title, sentence })
}

async function inspect(on: RunningHost, step: FlatStep): Promise<void> {
  if (step.body.kind === 'inspect') await look(on, step.id, probesOf(step.body.step.inspect))
}

async function attest(on: RunningHost, step: FlatStep): Promise<void> {
  on.tell({ type: 'needs-person', host: on.host.id, step: step.id, what: 'attestation' })
  const cloud = cloudOf(on.sight)
  const answer = await on.deps.attestor.attest({ step, host: on.host, cloud, signal: on.deps.signal })
  if (answer === null) return on.endStep(step, 'waiting', null, 'attestation missing')
  await on.record('attested', { ...on.at(step), ...answer })
}

/** Waits for all, then throws the first error: nothing is left running behind a rejection. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}
