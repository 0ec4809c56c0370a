// What is known of one host: looks, what they found, and which findings a step takes hold of. A selector that touches an unknown selects nothing.

import { TourniquetError } from '../../errors.ts'
import { shown } from '../../host-text.ts'
import type { Finding } from '../../judge/finding.ts'
import type { ProbeId } from '../../probes/probe.ts'
import { allOf, type Tri } from '../../tri.ts'
import type { FlatStep } from '../compose.ts'
import { lookAt, probesOf, readFindings, type FindingsExhibit } from '../look.ts'
import type { ActStep, Selector } from '../schema.ts'
import { partition, selects, type SelectorContext } from '../selector.ts'
import type { Sight } from '../sight.ts'
import { stepOf } from '../state.ts'
import type { RunningHost } from './running-host.ts'

/** Reads and judges; keeps and journals what was read, found and left unknown. `earlier`: what this run had found before, see `lookAt`. */
export async function look(
  on: RunningHost,
  step: string,
  probes: readonly ProbeId[],
  earlier: FindingsExhibit | null = null,
): Promise<void> {
  const { sight, looked, gaps } = await lookAt(
    on.deps,
    on.host,
    { run: on.options.run, step, probes },
    on.sight,
    (progress) => {
      on.tell(progress)
    },
    earlier,
  )
  on.sight = sight
  for (const gap of gaps) await on.record('gap', gap)
  await on.record('looked', looked)
}

/** What is in memory, or after a crash a fresh look with everything the run had looked at before, on top of what it had found. */
export async function seen(on: RunningHost, step: FlatStep | null): Promise<Sight> {
  if (!on.sight) {
    const { looked } = on.state
    const at = step?.id ?? looked?.step ?? on.options.steps[0]?.id ?? ''
    const earlier = looked ? readFindings(await on.deps.store.exhibit(looked.findings)) : null
    await look(on, at, probesSoFar(on, step), earlier)
  }
  if (!on.sight) throw new TourniquetError('internal', { what: 'nothing was looked at' })
  return on.sight
}

/** Probes that were asked in this run so far, `until` included; all when none was. */
export function probesSoFar(on: RunningHost, until: FlatStep | null): readonly ProbeId[] {
  const passed = on.options.steps.filter((step) => step === until || stepOf(on.state, step.id).looked)
  const named = passed.flatMap((step) => (step.body.kind === 'inspect' ? probesOf(step.body.step.inspect) : []))
  return named.length === 0 ? probesOf('all') : probesOf(named)
}

/** Do all conditions of a step hold for at least one finding? Nothing found where something could not be read is unknown. */
export async function holds(on: RunningHost, when: readonly Selector[]): Promise<Tri> {
  const sight = await seen(on, null)
  return allOf(
    when.map((selector): Tri => {
      const answers = sight.findings.map((finding) => selects(selector, finding, selectorContext(on, [])))
      if (answers.includes('yes')) return 'yes'
      if (answers.includes('unknown')) return 'unknown'
      return sight.judged === 'unknown' ? 'unknown' : 'no'
    }),
  )
}

/** The findings an act takes hold of, and those it would if more were known of them. */
export function selectedBy(
  on: RunningHost,
  step: FlatStep,
  act: ActStep,
  sight: Sight,
): { readonly selected: readonly Finding[]; readonly unknown: readonly Finding[] } {
  if (!act.on) return { selected: sight.findings, unknown: [] }
  const { yes, unknown } = partition(act.on, sight.findings, selectorContext(on, step.from))
  return { selected: yes, unknown }
}

function selectorContext(on: RunningHost, from: readonly string[]): SelectorContext {
  const { arrival } = on.host.session
  const taken = Object.values(on.state.acts).filter((act) => from.includes(act.step) && act.acted?.change)
  const findings = taken.flatMap((act) => {
    const item = on.plans.get(act.intended?.plan ?? '')?.items.find((one) => one.key === act.intended?.item)
    return item?.finding ? [item.finding] : []
  })
  return { host: [on.host.id, on.host.address, shown(arrival.hostname)], from: new Set(findings) }
}
