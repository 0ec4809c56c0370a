// Proving that what was done stands: right after it, and through a soak that ends early only when something came back.

import type { Verified } from '../../actions/verb.ts'
import { allOf } from '../../tri.ts'
import type { FlatStep } from '../compose.ts'
import { durationMs } from '../duration.ts'
import { soakFor, soakSentence, type SoakPlan } from '../revive.ts'
import type { WaitStep } from '../schema.ts'
import type { Sight } from '../sight.ts'
import { current } from '../state.ts'
import { holdsOf } from './pauses.ts'
import { takeBack } from './taking-back.ts'
import { isRelease } from '../vigil.ts'
import { actOf, isSoft, type RunningHost } from './running-host.ts'
import { seen } from './seeing.ts'

/** Milliseconds between two checks while a soak runs. */
const soakEvery = 15_000

export async function verify(on: RunningHost, step: FlatStep, acts: readonly string[]): Promise<void> {
  const soakFor = actOf(step).verify?.soak
  if (typeof soakFor === 'string') {
    const results = await soak(on, step, acts, durationMs(soakFor))
    for (const [index, act] of acts.entries()) if (results[index]) await settle(on, step, act, results[index])
    return
  }
  for (const act of acts) await settle(on, step, act, await verifyOne(on, act))
  if (isRelease(actOf(step).act) && holdsOf(on).length === 0) await on.vigil.disarm()
}

/** The last word on an act of this step. What may not stand without a proof that failed is taken back first. */
async function settle(on: RunningHost, step: FlatStep, act: string, verified: Verified): Promise<void> {
  const { revert = false, ...found } = verified
  const result = revert ? { ...found, detail: `${found.detail}; ${await takeBack(on, step, act)}` } : found
  await on.record('verified', { ...on.at(step), act, ...result })
  on.tell({ type: 'verified', host: on.host.id, step: step.id, act, ...result })
}

export async function wait(on: RunningHost, step: FlatStep): Promise<void> {
  const written = step.body.step as WaitStep
  if (written.verify === undefined) {
    await sleep(on, step, durationMs(written.wait as string), () => Promise.resolve(true))
    return on.endStep(step, 'done', null, '')
  }
  const acts = current(on.state).filter((act) => act.acted?.outcome === 'done')
  if (acts.length === 0) return on.endStep(step, 'nothing-to-do', null, '')
  const ids = acts.map((act) => act.act)
  const soaking = soakOf(written, await seen(on, step))
  on.tell({ type: 'soak', host: on.host.id, step: step.id, ...soaking })
  const results = await soak(on, step, ids, soaking.lasts)
  for (const [index, act] of ids.entries()) {
    const one = results[index]
    if (!one) continue
    const of = on.state.acts[act]?.step ?? step.id
    await on.record('verified', { run: on.options.run, step: of, act, result: one.result, detail: one.detail })
  }
  const worst = allOf(results.map((one) => one.result))
  const wrong = results.flatMap((one) => (one.result === 'yes' ? [] : [one.detail]))
  const detail = [...wrong, ...(written.cover ? [soakSentence(soaking)] : [])].join('; ')
  await on.endStep(step, worst === 'yes' ? 'done' : worst === 'no' ? 'failed' : 'unknown', null, detail)
}

/** How long a soak lasts, given what is known of the host. */
export function soakOf({ wait: asked, cover }: WaitStep, sight: Pick<Sight, 'revivals'>): SoakPlan {
  const given = cover ? { periods: cover.periods, most: durationMs(cover.most as string) } : null
  return soakFor(durationMs(asked as string), given, sight.revivals)
}

/** Verifies again and again; ends early only when something came back. Answers the last word on each act. */
async function soak(
  on: RunningHost,
  step: FlatStep,
  acts: readonly string[],
  total: number,
): Promise<readonly Verified[]> {
  let results: readonly Verified[] = []
  const check = async () => {
    results = await Promise.all(acts.map((act) => verifyOne(on, act)))
    return results.every((one) => one.result !== 'no')
  }
  if (await check()) await sleep(on, step, total, check)
  return results
}

async function sleep(on: RunningHost, step: FlatStep, total: number, check: () => Promise<boolean>): Promise<void> {
  const { clock, signal } = on.deps
  const end = clock.monotonic() + total
  const every = Math.max(1000, Math.min(soakEvery, Math.floor(total / 4)))
  for (let left = total; left > 0; left = end - clock.monotonic()) {
    const told = { secondsLeft: Math.ceil(left / 1000), secondsTotal: Math.ceil(total / 1000) }
    on.tell({ type: 'waiting', host: on.host.id, step: step.id, ...told })
    await clock.sleep(Math.min(every, left), signal)
    if (!(await check())) return
  }
}

async function verifyOne(on: RunningHost, act: string): Promise<Verified> {
  const state = on.state.acts[act]
  const change = state?.acted?.change
  const item = on.plans.get(state?.intended?.plan ?? '')?.items.find((one) => one.key === state?.intended?.item)
  if (!change || !item) return { result: 'unknown', detail: 'no record of the change' }
  try {
    return await on.deps.verbs[change.verb].verify(item, change, on.context(act))
  } catch (error) {
    if (!isSoft(error)) throw error
    return { result: 'unknown', detail: error.code }
  }
}
