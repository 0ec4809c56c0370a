// How far the run is, read from what main told: per step and per phase. Only verified work is ever green.

import { phases, type Phase, type Tell } from '../../main/core/contract.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { playbooks, type Playbook } from './playbooks.ts'
import type { JobView, Session } from './session.ts'

export type PhaseState = 'done' | 'now' | 'ahead' | 'none'

/** The job that runs or ran last and changes hosts; null before the first. */
export function currentRun(state: Session): JobView | null {
  return state.jobs.findLast((job) => job.kind === 'run' || job.kind === 'resume') ?? null
}

/** The playbook a job runs, with its steps; null until both are known. */
export function playbookOf(job: JobView | null): Playbook | null {
  if (!job?.playbook) return null
  const { id, version } = job.playbook
  return playbooks.getState().find((one) => one.id === id && one.version === version) ?? null
}

/** What was last told about each step of a job on one host, newest last. */
export function toldOf(state: Session, job: string | null, host: string | null): readonly Frozen<Tell>[] {
  if (job === null) return none
  const all = state.told[job] ?? none
  return host === null ? all : all.filter(({ progress }) => !('host' in progress) || progress.host === host)
}

const none: readonly Frozen<Tell>[] = []
let last: { readonly key: unknown; readonly value: Readonly<Record<Phase, PhaseState>> } | null = null

/** The phase bar: of the current run over all its hosts. */
export function phaseStates(state: Session): Readonly<Record<Phase, PhaseState>> {
  const job = currentRun(state)
  const key = job === null ? null : (state.told[job.job] ?? job)
  if (last !== null && last.key === key) return last.value
  const value = compute(state, job)
  last = { key, value }
  return value
}

function compute(state: Session, job: JobView | null): Readonly<Record<Phase, PhaseState>> {
  const steps = playbookOf(job)?.steps ?? []
  const told = job === null ? [] : (state.told[job.job] ?? [])
  const started = new Set<string>()
  const ended = new Map<string, string>()
  for (const { progress } of told) {
    if (progress.type === 'step-started') started.add(progress.step)
    if (progress.type === 'step-ended') ended.set(progress.step, progress.outcome)
  }
  let phase: Phase | null = null
  const of = new Map<Phase, { all: number; good: number; begun: boolean }>()
  for (const step of steps) {
    phase = step.phase ?? phase
    if (phase === null) continue
    const sum = of.get(phase) ?? { all: 0, good: 0, begun: false }
    const outcome = ended.get(step.step)
    of.set(phase, {
      all: sum.all + 1,
      good: sum.good + (outcome === 'done' || outcome === 'nothing-to-do' ? 1 : 0),
      begun: sum.begun || started.has(step.step),
    })
  }
  const state1 = (one: Phase): PhaseState => {
    const sum = of.get(one)
    if (sum === undefined) return 'none'
    return sum.good === sum.all ? 'done' : sum.begun ? 'now' : 'ahead'
  }
  return Object.fromEntries(phases.map((one) => [one, state1(one)])) as Record<Phase, PhaseState>
}
