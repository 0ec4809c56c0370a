// The story of a run on one host, folded from the host's chain: what each step read, planned, kept, changed, and how it ended. Pure; a view for people, from
// which nothing is ever decided.

import type { AnyEvent, EventData, ExhibitMeta, Refusal } from '../../main/core/case/events.ts'
import type { Tri } from '../../main/core/tri.ts'

export interface PlanStory {
  readonly digest: string
  readonly items: number
  readonly at: string
  /** made from a larger plan by taking items out */
  readonly narrowed: boolean
  readonly approved: { readonly by: string; readonly how: 'asked' | 'approve-all'; readonly at: string } | null
  readonly refused: {
    readonly by: string
    readonly reason: Refusal | null
    readonly text: string
    readonly at: string
  } | null
}

/** What an act changed, as the journal keeps it. Params are in shown form. */
export interface ChangeStory {
  readonly verb: string
  readonly summary: { readonly code: string; readonly params: Readonly<Record<string, string | number>> }
  /** what it stands on */
  readonly objects: readonly string[]
  readonly hostile: boolean
  readonly reversible: boolean
}

export interface ActStory {
  readonly act: string
  /** key of the planned item; null until it was intended */
  readonly item: string | null
  /** digests of what was kept before it; null until it was kept */
  readonly evidence: readonly string[] | null
  readonly outcome: 'done' | 'already' | 'conflict' | 'failed' | null
  readonly detail: string
  readonly change: ChangeStory | null
  readonly verified: { readonly result: Tri; readonly detail: string } | null
  /** outcome of its latest undo */
  readonly undone: 'done' | 'already' | 'conflict' | 'failed' | null
}

export interface StoredExhibit extends ExhibitMeta {
  readonly seq: number
  readonly at: string
}

export interface StepStory {
  readonly startedAt: string | null
  readonly ended: (Omit<EventData<'step-ended'>, 'run' | 'step'> & { readonly at: string }) | null
  readonly looked: { readonly verdict: string; readonly unknowns: number; readonly at: string } | null
  readonly attested: { readonly by: string; readonly text: string; readonly at: string } | null
  /** oldest first; the last is the one in force */
  readonly plans: readonly PlanStory[]
  readonly acts: readonly ActStory[]
  /** acts whose evidence was kept since the plan in force was made */
  readonly keptForPlan: number
  /** stored while this step was at work, oldest first */
  readonly exhibits: readonly StoredExhibit[]
  readonly gaps: readonly (Omit<EventData<'gap'>, 'run' | 'step'> & { readonly at: string })[]
  /** something on this host, of this run or another, was put back after the step had ended: what it proved of the host no longer holds */
  readonly putBackSince: boolean
}

export type HostStory = Readonly<Record<string, StepStory>>

export const untold: StepStory = {
  startedAt: null,
  ended: null,
  looked: null,
  attested: null,
  plans: [],
  acts: [],
  keptForPlan: 0,
  exhibits: [],
  gaps: [],
  putBackSince: false,
}

const told = new WeakMap<readonly AnyEvent[], Map<string, HostStory>>()

/** The story of a run in a chain; the same answer for the same array of events. */
export function storyOf(events: readonly AnyEvent[], run: string): HostStory {
  const known = told.get(events) ?? new Map<string, HostStory>()
  told.set(events, known)
  const before = known.get(run)
  if (before !== undefined) return before
  const story = fold(events, run)
  known.set(run, story)
  return story
}

function fold(events: readonly AnyEvent[], run: string): HostStory {
  const steps: Record<string, StepStory> = {}
  /** acts that undo another: they are told as the other's undo */
  const undoing = new Set<string>()
  let open: string | null = null
  const tell = (step: string, change: (before: StepStory) => Partial<StepStory>): void => {
    const before = steps[step] ?? untold
    steps[step] = { ...before, ...change(before) }
  }
  const act = (step: string, id: string, change: Partial<ActStory>): void => {
    if (undoing.has(id)) return
    tell(step, ({ acts }) => {
      const at = acts.findIndex((one) => one.act === id)
      const before = acts[at] ?? newAct(id)
      return { acts: at === -1 ? [...acts, { ...before, ...change }] : acts.with(at, { ...before, ...change }) }
    })
  }
  const plan = (step: string, digest: string, change: Partial<PlanStory>): void => {
    tell(step, ({ plans }) => ({ plans: plans.map((one) => (one.digest === digest ? { ...one, ...change } : one)) }))
  }
  for (const event of events) {
    const { at } = event
    if (event.type === 'exhibit-stored') {
      const { data, seq } = event
      if (open !== null) tell(open, ({ exhibits }) => ({ exhibits: [...exhibits, { ...data, seq, at }] }))
      continue
    }
    if (event.type === 'undone' && event.data.outcome !== 'failed')
      for (const [step, { ended }] of Object.entries(steps))
        if (ended !== null) tell(step, () => ({ putBackSince: true }))
    if (!('run' in event.data) || event.data.run !== run) continue
    switch (event.type) {
      case 'step-started':
        open = event.data.step
        tell(open, ({ startedAt }) => ({ startedAt: startedAt ?? at, ended: null, putBackSince: false }))
        break
      case 'step-ended': {
        const { step, outcome, skip, detail } = event.data
        tell(step, () => ({ ended: { outcome, skip, detail, at } }))
        if (outcome !== 'waiting') open = null
        break
      }
      case 'looked':
        if (event.data.step !== null) {
          const { step, verdict, unknowns } = event.data
          tell(step, () => ({ looked: { verdict, unknowns, at } }))
        }
        break
      case 'gap':
        if (event.data.step !== null) {
          const { step, probe, what, reason, detail } = event.data
          tell(step, ({ gaps }) => ({ gaps: [...gaps, { probe, what, reason, detail, at }] }))
        }
        break
      case 'attested': {
        const { step, by, text } = event.data
        tell(step, () => ({ attested: { by, text, at } }))
        break
      }
      case 'planned': {
        const { step, plan: digest, items, narrows } = event.data
        const made = { digest, items, at, narrowed: narrows !== undefined, approved: null, refused: null }
        tell(step, ({ plans, keptForPlan }) => {
          // evidence of a whole larger plan serves the smaller one that was made from it
          const served = made.narrowed && keptForPlan >= (plans.at(-1)?.items ?? Infinity)
          return { plans: [...plans, made], keptForPlan: served ? items : 0 }
        })
        break
      }
      case 'approved':
        plan(event.data.step, event.data.plan, { approved: { by: event.data.by, how: event.data.how, at } })
        break
      case 'refused': {
        const { step, plan: digest, by, reason, text } = event.data
        plan(step, digest, { refused: { by, reason: reason ?? null, text: text ?? '', at } })
        break
      }
      case 'evidence-kept':
        tell(event.data.step, ({ keptForPlan }) => ({ keptForPlan: keptForPlan + 1 }))
        act(event.data.step, event.data.act, { evidence: event.data.exhibits })
        break
      case 'intended':
        if (event.data.undoes !== null) undoing.add(event.data.act)
        act(event.data.step, event.data.act, { item: event.data.item })
        break
      case 'acted': {
        const { step, act: id, outcome, change, detail } = event.data
        act(step, id, { outcome, detail, change: change as ChangeStory | null })
        break
      }
      case 'verified': {
        const { step, act: id, result, detail } = event.data
        act(step, id, { verified: { result, detail } })
        break
      }
      case 'undone':
        act(event.data.step, event.data.act, { undone: event.data.outcome })
        break
      default:
    }
  }
  return steps
}

function newAct(act: string): ActStory {
  return {
    act,
    item: null,
    evidence: null,
    outcome: null,
    detail: '',
    change: null,
    verified: null,
    undone: null,
  }
}

/**
 * Where a step stands, as its sign in the checklist says it. `done`: done and verified. `read`: done, with nothing proven: a look that found or missed something, a step with nothing to do.
 * `held`: begun, and nobody works on it. `undone`: everything it changed was put back. `lapsed`: it proved that the host is clean, and something was put
 * back on the host since.
 */
export type StepSign =
  'ahead' | 'working' | 'needs-you' | 'held' | 'done' | 'read' | 'unknown' | 'failed' | 'skipped' | 'undone' | 'lapsed'

/** `asked`: a question about it is open. `working`: a job works on this host. */
export function signOf(step: StepStory, asked: boolean, working: boolean): StepSign {
  if (asked) return 'needs-you'
  const { ended } = step
  if (ended === null) return step.startedAt === null ? 'ahead' : working ? 'working' : 'held'
  switch (ended.outcome) {
    case 'waiting':
      return working ? 'working' : 'needs-you'
    case 'failed':
      return 'failed'
    case 'unknown':
      return 'unknown'
    case 'skipped':
      return 'skipped'
    case 'nothing-to-do':
      return 'read'
    case 'done':
      break
  }
  const changes = step.acts.filter(({ change }) => change !== null)
  if (changes.length > 0 && changes.every(({ undone }) => undone === 'done' || undone === 'already')) return 'undone'
  if (changes.some(({ verified }) => verified !== null && verified.result !== 'yes')) return 'unknown'
  const { looked, attested, putBackSince } = step
  if (looked !== null && (looked.unknowns > 0 || looked.verdict !== 'clean')) return 'read'
  // a change is proven by itself and a word of a person stays said; a look or a watch speaks of the whole host
  return putBackSince && changes.length === 0 && attested === null ? 'lapsed' : 'done'
}
