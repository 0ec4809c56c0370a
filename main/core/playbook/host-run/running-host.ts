// What the rooms of one host's run share: its state as the journal tells it, and what can be read again (facts, plans, proofs). Every event goes through
// `record`, so that nothing is remembered here that the journal does not also have.

import type { ActContext, Verb, VerbName } from '../../actions/verb.ts'
import type { AnyEvent, EventData, EventType } from '../../case/events.ts'
import type { Durable } from '../../case/store.ts'
import { TourniquetError, isTourniquetError } from '../../errors.ts'
import type { Approved } from '../approval.ts'
import type { FlatStep } from '../compose.ts'
import type { EngineDeps, EngineHost } from '../deps.ts'
import { isVerb } from '../lint.ts'
import type { Stage } from '../perform.ts'
import type { Plan } from '../plan.ts'
import type { Progress } from '../progress.ts'
import type { ActStep } from '../schema.ts'
import type { Sight } from '../sight.ts'
import { reduceHost, type HostState } from '../state.ts'
import { Vigil } from '../vigil.ts'

export interface HostRunOptions {
  readonly run: string
  readonly steps: readonly FlatStep[]
  readonly planOnly: boolean
  readonly initial: HostState
}

/** One host of one run while it runs. Owned by `runHost`, which disposes of it with `end`. */
export class RunningHost {
  state: HostState
  sight: Sight | null = null
  readonly deps: EngineDeps
  readonly host: EngineHost
  readonly options: HostRunOptions
  /** plans named in the state, by digest */
  readonly plans = new Map<string, Plan>()
  readonly approved = new Map<string, Approved<Plan>>()
  /** proofs of kept evidence, by act; they do not outlive a crash */
  readonly kept = new Map<string, readonly Durable[]>()
  /** steps whose time limit is used up */
  readonly limited = new Set<string>()
  /** when the first act of a step began in this session, on the monotonic clock */
  readonly actingSince = new Map<string, number>()
  readonly vigil: Vigil
  /** pauses the dead man ended since they were last looked at */
  readonly fired: string[] = []

  constructor(deps: EngineDeps, host: EngineHost, options: HostRunOptions) {
    this.deps = deps
    this.host = host
    this.options = options
    this.state = options.initial
    this.vigil = new Vigil(
      deps,
      host.session,
      (told) => {
        this.tell({ ...told, host: host.id })
      },
      (acts) => this.fired.push(...acts),
    )
  }

  /** Where an event of a step belongs. */
  at(step: FlatStep): { readonly run: string; readonly step: string } {
    return { run: this.options.run, step: step.id }
  }

  /** Journals one event durably, then folds it into the state. */
  async record<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    const event = await this.deps.store.append(this.host.id, type, data)
    this.state = reduceHost(this.state, event as unknown as AnyEvent, this.options.run)
  }

  tell(progress: Progress): void {
    this.deps.onProgress?.(progress)
  }

  async endStep(
    step: FlatStep,
    outcome: EventData<'step-ended'>['outcome'],
    skip: EventData<'step-ended'>['skip'],
    detail: string,
  ): Promise<void> {
    await this.record('step-ended', { ...this.at(step), outcome, skip, detail })
    this.tell({ type: 'step-ended', host: this.host.id, step: step.id, outcome, skip, detail })
  }

  planOf(digest: string): Plan {
    const plan = this.plans.get(digest)
    if (!plan) throw new TourniquetError('internal', { what: `plan ${digest}` })
    return plan
  }

  verbOf(act: ActStep): Verb {
    if (!isVerb(act.act)) throw new TourniquetError('internal', { what: `verb ${act.act}` })
    return this.deps.verbs[act.act]
  }

  /** What the verb of one act needs of the run around it. */
  context(act: string): ActContext {
    const { store, clock, signal } = this.deps
    const base = { caseId: store.info.caseId, run: this.options.run, act, session: this.host.session, clock }
    return signal === undefined ? base : { ...base, signal }
  }

  stage(verb: VerbName): Stage {
    return {
      run: this.options.run,
      session: this.host.session,
      verb: this.deps.verbs[verb],
      signal: this.deps.signal,
      context: (act) => this.context(act),
      record: (type, data) => this.record(type, data),
    }
  }

  stopIfCancelled(): void {
    if (this.deps.signal?.aborted) throw new TourniquetError('cancelled', { host: this.host.address })
  }

  end(): void {
    this.vigil.end()
  }
}

export function actOf(step: FlatStep): ActStep {
  if (step.body.kind !== 'act') throw new TourniquetError('internal', { what: `not an act: ${step.id}` })
  return step.body.step
}

/** An error after which this host can go on: one request that took too long or was too large. */
export function isSoft(error: unknown): error is TourniquetError {
  return isTourniquetError(error, 'request-timeout') || isTourniquetError(error, 'request-too-large')
}
