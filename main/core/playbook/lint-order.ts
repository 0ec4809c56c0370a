// The order of a whole runbook, after composition: what is frozen before what is killed, what is disarmed before it, what is paused and resumed again.
// Each file may be right alone and the composition still wrong; only the flat list shows it.

import type { VerbName } from '../actions/verb.ts'
import type { FindingKind } from '../judge/finding.ts'
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

interface FlatAct {
  readonly index: number
  readonly flat: FlatStep
  readonly step: ActStep
  /** the first of its verb */
  readonly first: boolean
}

/** Whatever comes back must be stopped from both sides: nothing is started (pause), nothing runs (freeze), nothing is left to start it (disarm), then it ends. */
interface Precedence {
  readonly rule: ProblemRule
  readonly first: (act: FlatAct) => boolean
  readonly then: (act: FlatAct) => boolean
}

const precedences: readonly Precedence[] = [
  { rule: 'freeze-before-pause', first: isVerb('pause-schedulers'), then: isVerb('freeze') },
  { rule: 'disarm-before-freeze', first: isVerb('freeze'), then: disarms },
  { rule: 'kill-before-disarm', first: disarms, then: isVerb('kill') },
  { rule: 'library-before-line', first: takesPreloadLines, then: takesLibraries },
  { rule: 'resume-before-disarm', first: disarms, then: isVerb('resume-schedulers') },
  { rule: 'resume-before-kill', first: isVerb('kill'), then: isVerb('resume-schedulers') },
  { rule: 'block-before-freeze', first: isFirstFreeze, then: isVerb('block-exec') },
  { rule: 'lift-before-kill', first: isVerb('kill'), then: isVerb('lift-blocks') },
  { rule: 'restore-before-hooks', first: takesHooks, then: isVerb('restore-binary') },
]

export function lintOrder(playbook: FlatPlaybook): readonly Problem[] {
  const met = new Set<string>()
  const acts = playbook.steps.flatMap((flat, index): FlatAct[] => {
    if (flat.body.kind !== 'act') return []
    const { step } = flat.body
    const first = !met.has(step.act)
    met.add(step.act)
    return [{ index, flat, step, first }]
  })
  const tell = teller(playbook)
  return [
    ...acts.flatMap((act) => (act.step.act === 'kill' ? killProblems(tell, act, acts, playbook.steps) : [])),
    ...precedences.flatMap((precedence) => orderProblems(tell, precedence, acts)),
    ...pauseProblems(tell, acts),
    ...blockProblems(tell, acts),
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
  if (kill.step.verify?.soak !== undefined) return problems
  const soaks = steps.flatMap(({ body }, index) =>
    index > kill.index && body.kind === 'wait' && body.step.verify === 'standing' ? [body.step] : [],
  )
  if (soaks.length === 0) problems.push(tell(kill.flat, [], 'kill-without-soak'))
  else if (soaks.every((step) => step.cover === undefined)) problems.push(tell(kill.flat, [], 'soak-not-measured'))
  return problems
}

/** Wherever a playbook has both, every `first` comes before any `then`; a `then` that comes too early is told, with the step it should have waited for. */
function orderProblems(tell: Tell, { first, then, rule }: Precedence, acts: readonly FlatAct[]): Problem[] {
  return acts.filter(then).flatMap((act) => {
    const late = acts.find((other) => other.index > act.index && first(other))
    return late ? [tell(act.flat, [], rule, { step: late.flat.id })] : []
  })
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

/** A block that nothing lifts would leave the host changed for good; the dead man is for accidents, not for runbooks. */
function blockProblems(tell: Tell, acts: readonly FlatAct[]): Problem[] {
  return acts.filter(isVerb('block-exec')).flatMap((block) => {
    const lift = acts.find((act) => act.index > block.index && act.step.act === 'lift-blocks')
    if (!lift) return [tell(block.flat, [], 'blocked-for-ever')]
    return lift.step.always ? [] : [tell(lift.flat, [], 'lift-not-always')]
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

function isVerb(name: VerbName): (act: FlatAct) => boolean {
  return ({ step }) => step.act === name
}

/** Takes away what revives a process. Copies of tools that were moved aside start nothing: they go last, when the tools are back. */
function disarms({ step }: FlatAct): boolean {
  if (step.act === 'quarantine') return !onlyTakes(step, 'binary')
  return step.act === 'edit-lines' || step.act === 'stop-unit'
}

function onlyTakes(step: ActStep, kind: FindingKind): boolean {
  const kinds = step.on?.kind === undefined ? [] : [step.on.kind].flat()
  return kinds.length > 0 && kinds.every((each) => each === kind)
}

function takesPreloadLines({ step }: FlatAct): boolean {
  return step.act === 'edit-lines' && mayTake(step, 'preload')
}

/** A selector of files that does not leave libraries out takes them too. */
function takesLibraries({ step }: FlatAct): boolean {
  if (step.act !== 'quarantine' || !mayTake(step, 'file')) return false
  const { tags } = step.on ?? {}
  if (tags === undefined) return true
  const required = Array.isArray(tags) ? tags : (tags.all ?? [])
  const any = Array.isArray(tags) ? [] : (tags.any ?? [])
  const none = Array.isArray(tags) ? [] : (tags.none ?? [])
  if (none.includes('library')) return false
  return required.includes('library') || any.includes('library') || (required.length === 0 && any.length === 0)
}

/** Start-up entries: among them the hooks that run whenever a package is touched. */
function takesHooks(act: FlatAct): boolean {
  return disarms(act) && mayTake(act.step, 'startup')
}

/** A second freeze, for what a block has made visible, may come after it. */
function isFirstFreeze(act: FlatAct): boolean {
  return act.step.act === 'freeze' && act.first
}

function mayTake({ on }: ActStep, kind: FindingKind): boolean {
  if (on?.kind === undefined) return true
  return Array.isArray(on.kind) ? on.kind.includes(kind) : on.kind === kind
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
