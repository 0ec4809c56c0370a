// Long work: it starts, tells, can be stopped, and ends with a result that stays readable. It never depends on a page being there.

import type { Contract, Job, Tell } from '../core/contract.ts'
import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import type { Clock, Random } from '../core/ports.ts'
import type { Frozen, Output } from '../core/rpc/define.ts'
import { wireError } from '../core/rpc/messages.ts'
import type { Emit } from './emit.ts'

/** Reports kept per job for a page that comes later; what happened is in the journal, this is only how it went. */
const keptTold = 2000
/** Jobs kept after their end. */
const keptJobs = 50

export type JobResult = NonNullable<Frozen<Job>['result']>

/** What the work of a job is given. */
export interface Work {
  readonly job: string
  readonly signal: AbortSignal
  tell(progress: Frozen<Tell>['progress']): void
  /** The run is in the journal. */
  opened(run: string, playbook: Frozen<Job>['playbook']): void
}

interface Entry {
  readonly view: Frozen<Job>
  readonly stop: AbortController
  readonly told: Frozen<Tell>[]
  readonly next: number
  readonly ended: Promise<void>
}

export class Jobs {
  readonly #emit: Emit
  readonly #clock: Clock
  readonly #random: Random
  readonly #entries = new Map<string, Entry>()

  constructor(emit: Emit, clock: Clock, random: Random) {
    this.#emit = emit
    this.#clock = clock
    this.#random = random
  }

  list(): readonly Frozen<Job>[] {
    return [...this.#entries.values()].map(({ view }) => view)
  }

  /** The work under way that changes hosts, or null: there is one at most. */
  changing(): Frozen<Job> | null {
    return this.list().find((job) => isWorking(job) && job.kind !== 'triage' && job.kind !== 'export') ?? null
  }

  working(): Frozen<Job> | null {
    return this.list().find(isWorking) ?? null
  }

  newId(): string {
    return `job-${hex(this.#random.bytes(8))}`
  }

  /**
   * Starts the work. Resolves once it is under way: for runs when the run is in the journal (`untilOpened`), else at once.
   * Rejects with the work's error when it fails before that; then there is no job.
   */
  async start(
    what: Pick<Job, 'job' | 'kind'> & { readonly hosts: readonly string[] },
    untilOpened: boolean,
    work: (work: Work) => Promise<JobResult>,
  ): Promise<{ readonly job: string }> {
    const { job } = what
    const stop = new AbortController()
    let opened: () => void = () => undefined
    const open = new Promise<void>((resolve) => (opened = resolve))
    const tools: Work = {
      job,
      signal: stop.signal,
      tell: (progress) => {
        this.#tell(job, progress)
      },
      opened: (run, playbook) => {
        this.#change(job, { run, playbook })
        opened()
      },
    }
    const started = Promise.resolve().then(() => work(tools)) // a turn later: the job is on the list before it tells anything
    const view: Frozen<Job> = {
      ...what,
      startedAt: this.#clock.now(),
      run: null,
      playbook: null,
      state: 'working',
      result: null,
      error: null,
    }
    const ended = started.then(
      (result) => {
        this.#change(job, { state: 'done', result })
      },
      (cause: unknown) => {
        this.#change(job, { state: 'failed', error: wireError(cause) })
      },
    )
    this.#entries.set(job, { view, stop, told: [], next: 0, ended })
    this.#emit('job', view)
    this.#forgetOld()
    if (untilOpened) {
      try {
        await Promise.race([open, started])
      } catch (cause) {
        await ended
        this.#entries.delete(job)
        throw isTourniquetError(cause) ? cause : new TourniquetError('internal', { what: String(cause) }, cause)
      }
    }
    return { job }
  }

  /** Throws `run-missing` for a job that never was. One that has ended stays as it is. */
  stop(job: string): void {
    const entry = this.#entry(job)
    if (entry.view.state !== 'working') return
    this.#change(job, { state: 'stopping' })
    entry.stop.abort()
  }

  /** Stops everything and waits for it. */
  async stopAll(): Promise<void> {
    for (const { view } of this.#entries.values()) this.stop(view.job)
    await Promise.all([...this.#entries.values()].map(({ ended }) => ended))
  }

  /** The job; throws `run-missing`. */
  get(job: string): Frozen<Job> {
    return this.#entry(job).view
  }

  told(job: string, from: number, limit: number): Output<Contract, 'job.told'> {
    const { told, next } = this.#entry(job)
    const first = told[0]?.seq ?? next
    return { first, next, told: told.filter(({ seq }) => seq >= from).slice(0, limit) }
  }

  #tell(job: string, progress: Frozen<Tell>['progress']): void {
    const entry = this.#entries.get(job)
    if (!entry) return
    const tell = { seq: entry.next, job, at: this.#clock.now(), progress }
    entry.told.push(tell)
    if (entry.told.length > keptTold) entry.told.splice(0, entry.told.length - keptTold)
    this.#entries.set(job, { ...entry, next: entry.next + 1 })
    this.#emit('told', tell)
  }

  #change(job: string, change: Partial<Frozen<Job>>): void {
    const entry = this.#entries.get(job)
    if (!entry) return
    const view = { ...entry.view, ...change }
    this.#entries.set(job, { ...entry, view })
    this.#emit('job', view)
  }

  #entry(job: string): Entry {
    const entry = this.#entries.get(job)
    if (!entry) throw new TourniquetError('run-missing', { run: job })
    return entry
  }

  #forgetOld(): void {
    const over = [...this.#entries.values()].filter(({ view }) => !isWorking(view))
    for (const { view } of over.slice(0, Math.max(0, over.length - keptJobs))) this.#entries.delete(view.job)
  }
}

function isWorking({ state }: Frozen<Job>): boolean {
  return state === 'working' || state === 'stopping'
}
