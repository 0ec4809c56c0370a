// The order of a whole runbook, after composition: what is frozen before what is killed, what is disarmed before it, what is paused and resumed again.
// Each file may be right alone and the composition still wrong; only the flat list shows it.

import { problemAt, type FlatPlaybook, type FlatStep } from './compose.ts'
import { durationMs } from './duration.ts'
import type { YamlPath } from './parse.ts'
import type { Problem, ProblemRule } from './problem.ts'
import type { ActStep } from './schema.ts'

/**
 * Milliseconds a soak lasts at least. Half a minute is what a watchdog loop needs to show itself; a cron entry needs its period and more,
 * which is what the defaults of the shipped playbooks allow for.
 */
const minSoakMs = 30_000

/** Verbs that take away what revives a process. */
const disarming: readonly string[] = ['edit-lines', 'quarantine']

interface FlatAct {
  readonly index: number
  readonly flat: FlatStep
  readonly step: ActStep
}

export function lintOrder(playbook: FlatPlaybook): readonly Problem[] {
  const acts = playbook.steps.flatMap((flat, index): FlatAct[] =>
    flat.body.kind === 'act' ? [{ index, flat, step: flat.body.step }] : [],
  )
  const tell = teller(playbook)
  return [
    ...acts.flatMap((act) => (act.step.act === 'kill' ? killProblems(tell, act, acts, playbook.steps) : [])),
    ...pauseProblems(tell, acts),
    ...soakProblems(tell, playbook.steps),
    ...lookProblems(tell, playbook.steps),
  ]
}

function killProblems(tell: Tell, kill: FlatAct, acts: readonly FlatAct[], steps: readonly FlatStep[]): Problem[] {
  const problems: Problem[] = []
  const sources = acts.filter((act) => kill.flat.from.includes(act.flat.id))
  if (kill.flat.from.length > 0 && !sources.every((act) => act.step.act === 'freeze')) {
    problems.push(tell(kill.flat, ['on', 'from'], 'kill-not-frozen'))
  }
  const late = acts.find(
    (act) => act.index > kill.index && disarming.includes(act.step.act) && !act.flat.body.step.always,
  )
  if (late) problems.push(tell(kill.flat, [], 'kill-before-disarm', { step: late.flat.id }))
  const soaked =
    kill.step.verify?.soak !== undefined ||
    steps.some((step, index) => index > kill.index && step.body.kind === 'wait' && step.body.step.verify === 'standing')
  if (!soaked) problems.push(tell(kill.flat, [], 'kill-without-soak'))
  return problems
}

/** Pausing alone is what the pause move is for: the dead man and undo end it. With other acts around it, the runbook itself must end it. */
function pauseProblems(tell: Tell, acts: readonly FlatAct[]): Problem[] {
  const pauses = acts.filter((act) => act.step.act === 'pause-schedulers')
  if (pauses.length === acts.length) return []
  return pauses.flatMap((pause) => {
    const resume = acts.find((act) => act.index > pause.index && act.step.act === 'resume-schedulers')
    if (!resume) return [tell(pause.flat, [], 'paused-for-ever')]
    return resume.step.always ? [] : [tell(resume.flat, [], 'resume-not-always')]
  })
}

function soakProblems(tell: Tell, steps: readonly FlatStep[]): Problem[] {
  return steps.flatMap((flat) => {
    const { body } = flat
    const [key, soak]: [YamlPath, unknown] =
      body.kind === 'act'
        ? [['verify', 'soak'], body.step.verify?.soak]
        : body.kind === 'wait' && body.step.verify === 'standing'
          ? [['wait'], body.step.wait]
          : [[], undefined]
    if (typeof soak !== 'string' || durationMs(soak) >= minSoakMs) return []
    return [tell(flat, key, 'soak-too-short', { found: soak, expected: `${String(minSoakMs / 1000)}s` })]
  })
}

/** A step that selects findings before anything was read would select nothing, silently. */
function lookProblems(tell: Tell, steps: readonly FlatStep[]): Problem[] {
  const firstLook = steps.findIndex((step) => step.body.kind === 'inspect')
  return steps.flatMap((flat, index) => {
    const needs = flat.when.length > 0 || flat.body.kind === 'act'
    return needs && (firstLook === -1 || index < firstLook) ? [tell(flat, [], 'never-looked')] : []
  })
}

type Tell = (flat: FlatStep, key: YamlPath, rule: ProblemRule, params?: Problem['params']) => Problem

/** A problem stands at the step itself where that is in the top file, else at the `use` that brought it: the order is the composer's doing. */
function teller(playbook: FlatPlaybook): Tell {
  const top = playbook.sources[0]
  return (flat, key, rule, params = {}) => {
    const own = top === undefined || flat.source === top
    const path = own ? [...flat.path, ...key] : flat.topPath
    return problemAt(own ? flat.source : top, path, rule, { ...params, at: flat.id })
  }
}
