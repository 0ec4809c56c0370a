// How far the run is: the last run of the case as the journal tells it, with the job that works on it and what that job says meanwhile. Only verified work
// is ever green.

import { useMemo } from 'react'
import { phases, type Phase, type PlaybookInfo, type Question, type Tell } from '../../main/core/contract.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { useJournal, type RunHead } from './journal.ts'
import { usePlaybooks, type Playbook } from './playbooks.ts'
import { useSession, type JobView } from './session.ts'
import { signOf, storyOf, untold, type HostStory, type StepSign, type StepStory } from './story.ts'

export type PhaseState = 'done' | 'now' | 'ahead' | 'none'
export type OutlineStep = Frozen<PlaybookInfo['steps'][number]>
export type Progress = Frozen<Tell>['progress']

/** The last run, and what there is to know of it beside the journal. */
export interface RunView {
  readonly head: RunHead
  /** null when the playbook is not among those of this program */
  readonly playbook: Playbook | null
  /** every step in order; those of the journal when the playbook cannot say */
  readonly steps: readonly OutlineStep[]
  /** the latest job that ran or resumed it; null after the program was started again */
  readonly job: JobView | null
  readonly working: boolean
}

const noEvents: readonly never[] = []
const noTold: readonly Frozen<Tell>[] = []
const nothing: HostStory = {}

/** The last run of the open case; null before the first. */
export function useRun(): RunView | null {
  const head = useJournal(({ runs }) => runs.at(-1) ?? null)
  const job = useSession(({ jobs }) =>
    head === null
      ? null
      : (jobs.findLast((one) => (one.kind === 'run' || one.kind === 'resume') && one.run === head.run) ?? null),
  )
  const told = useJournal(({ chains }) =>
    head?.hosts[0] === undefined ? noEvents : (chains[head.hosts[0]] ?? noEvents),
  )
  const all = usePlaybooks()
  return useMemo(() => {
    if (head === null) return null
    const { id, version } = head.playbook
    const playbook = all.find((one) => one.id === id && one.version === version) ?? null
    const outline = playbook?.steps ?? []
    const steps = outline.length > 0 ? outline : Object.keys(storyOf(told, head.run)).map(bare)
    return { head, playbook, steps, job, working: job?.state === 'working' || job?.state === 'stopping' }
  }, [head, job, all, told])
}

/** A step of which only the journal tells. */
function bare(step: string): OutlineStep {
  return {
    step,
    kind: 'act',
    title: null,
    sentence: null,
    phase: null,
    verb: null,
    attack: [],
    irreversible: null,
  }
}

/** What the journal tells of a run on one host. */
export function useHostStory(head: RunHead | null, host: string | null): HostStory {
  const events = useJournal(({ chains }) => (host === null ? noEvents : (chains[host] ?? noEvents)))
  return useMemo(() => (head === null ? nothing : storyOf(events, head.run)), [events, head])
}

export type StepQuestion = Extract<Frozen<Question>, { kind: 'approval' | 'attestation' }>

export function isStepQuestion(question: Frozen<Question>): question is StepQuestion {
  return question.kind === 'approval' || question.kind === 'attestation'
}

/** The open question about a step on a host, or null. */
export function questionOf(
  questions: readonly Frozen<Question>[],
  host: string | null,
  step: string,
): StepQuestion | null {
  return questions.filter(isStepQuestion).find((one) => one.host === host && one.step === step) ?? null
}

export interface StepView extends OutlineStep {
  /** phase it shows under: its own, else that of the step before it */
  readonly under: Phase | null
  readonly story: StepStory
  readonly sign: StepSign
  readonly question: StepQuestion | null
}

/** Every step of the run as it stands on one host. */
export function useSteps(run: RunView | null, host: string | null): readonly StepView[] {
  const story = useHostStory(run?.head ?? null, host)
  const questions = useSession(({ questions }) => questions)
  return useMemo(() => (run === null ? [] : stepsOf(run, story, questions, host)), [run, story, questions, host])
}

export function stepsOf(
  run: RunView,
  story: HostStory,
  questions: readonly Frozen<Question>[],
  host: string | null,
): readonly StepView[] {
  let under: Phase | null = null
  return run.steps.map((step) => {
    under = step.phase ?? under
    const told = story[step.step] ?? untold
    const question = questionOf(questions, host, step.step)
    return { ...step, under, story: told, question, sign: signOf(told, question !== null, run.working) }
  })
}

/** The step where the work is: what waits for a person, else what was begun, else what comes next, else the last one. */
export function stepNow(steps: readonly StepView[]): StepView | null {
  return (
    steps.find(({ sign }) => sign === 'needs-you') ??
    steps.find(({ sign }) => sign === 'working' || sign === 'held') ??
    steps.find(({ sign }) => sign === 'ahead') ??
    steps.at(-1) ??
    null
  )
}

/** What a job has told, oldest first. */
export function useTold(job: string | null): readonly Frozen<Tell>[] {
  return useSession(({ told }) => (job === null ? noTold : (told[job] ?? noTold)))
}

type Kind = Progress['type']
type OfKind<K extends Kind> = Extract<Progress, { type: K }>

/** The last word of a kind about a step of a host, with its time; null when it was not told. */
export function lastTold<K extends Kind>(
  told: readonly Frozen<Tell>[],
  kind: K,
  host: string | null,
  step: string | null,
): (OfKind<K> & { readonly at: string }) | null {
  const found = told.findLast(
    ({ progress }) =>
      progress.type === kind &&
      (!('host' in progress) || progress.host === host) &&
      (step === null || ('step' in progress && progress.step === step)),
  )
  return found === undefined ? null : { ...(found.progress as OfKind<K>), at: found.at }
}

/** The phase bar: the last run over all its hosts. The watch is over well only when its last looks were clean. */
export function usePhaseStates(): Readonly<Record<Phase, PhaseState>> {
  const run = useRun()
  const chains = useJournal(({ chains }) => chains)
  return useMemo(() => phaseStates(run, chains), [run, chains])
}

/** How far each phase is over all hosts of a run: `done` when nothing in it is left to do or to prove on any of them; `none` when the run has no such phase. */
export function phaseStates(
  run: RunView | null,
  chains: Readonly<Record<string, Parameters<typeof storyOf>[0]>>,
): Readonly<Record<Phase, PhaseState>> {
  const all =
    run === null
      ? []
      : run.head.hosts.flatMap((host) => stepsOf(run, storyOf(chains[host] ?? noEvents, run.head.run), [], host))
  const over = (phase: Phase): PhaseState => {
    const mine = all.filter(({ under }) => under === phase)
    if (mine.length === 0) return 'none'
    const proven =
      phase !== 'watch' || mine.every(({ story }) => story.looked === null || story.looked.verdict === 'clean')
    if (proven && mine.every(isSettled) && mine.some(({ sign }) => sign === 'done')) return 'done'
    return mine.some(({ sign }) => sign !== 'ahead') ? 'now' : 'ahead'
  }
  return Object.fromEntries(phases.map((phase) => [phase, over(phase)])) as Record<Phase, PhaseState>
}

/** Nothing of this step is left to do or to prove. */
function isSettled({ sign, story }: StepView): boolean {
  if (sign === 'skipped') return story.ended?.skip === 'not-applicable' || story.ended?.skip === 'already-satisfied'
  return sign === 'done' || sign === 'read'
}
