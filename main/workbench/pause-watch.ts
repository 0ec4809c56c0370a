// Keeps the dead man alive between two jobs: while a link stands and an open run has schedulers paused there, he is renewed. Pauses of a run that is over are
// left to run out, as was agreed; when he ended one, the journal says so, so that nothing claims that schedulers stand still that run.

import { caseChain } from '../core/case/journal.ts'
import type { CaseStore } from '../core/case/store.ts'
import { isTourniquetError } from '../core/errors.ts'
import type { DeadMan } from '../core/host/dead-man.ts'
import type { HostSession } from '../core/host/session.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import { lapseEvents } from '../core/playbook/lapse.ts'
import { runsOf } from '../core/playbook/resume.ts'
import { current, hasLapsed, type ActState } from '../core/playbook/state.ts'
import { resumedOf, isHold } from '../core/playbook/vigil.ts'
import type { Clock, Hashing } from '../core/ports.ts'

/** Seconds between two looks; a dead man of less than four minutes asks for more. */
const seldom = 60
/** Looks within the shortest time agreed: one may be lost, and a second. */
const perTtl = 4
/** Milliseconds; nobody needs more. */
const oftenest = 250

export interface PauseWatchWorld {
  readonly store: CaseStore
  readonly clock: Clock
  readonly hashing: Hashing
  readonly deadMan: (session: HostSession) => DeadMan
  /** hosts that are entered and held by no job: a job has a watch of its own */
  idle(): readonly EngineHost[]
}

interface Pause {
  readonly run: string
  readonly open: boolean
  readonly act: ActState
}

export class PauseWatch {
  readonly #world: PauseWatchWorld
  readonly #stop = new AbortController()
  #every = seldom * 1000

  constructor(world: PauseWatchWorld) {
    this.#world = world
    void this.#loop()
  }

  /** A dead man of this many seconds may be armed from now on. */
  atLeastWithin(ttlSeconds: number): void {
    this.#every = Math.max(oftenest, Math.min(this.#every, Math.floor((ttlSeconds * 1000) / perTtl)))
  }

  end(): void {
    this.#stop.abort()
  }

  /** One round over all idle hosts. A host that does not answer is left for the next: its link tells by itself. */
  async round(): Promise<void> {
    await Promise.all(
      this.#world.idle().map((host) =>
        this.#look(host).catch((cause: unknown) => {
          if (!isTourniquetError(cause)) throw cause
        }),
      ),
    )
  }

  async #loop(): Promise<void> {
    const { clock } = this.#world
    const { signal } = this.#stop
    let slept = 0
    for (;;) {
      // Short sleeps: a time that is agreed while we sleep may be shorter than the rest of it.
      const step = Math.min(this.#every, 1000)
      const ended = await clock.sleep(step, signal).then(
        () => false,
        () => true,
      )
      if (ended) return
      slept += step
      if (slept < this.#every) continue
      slept = 0
      await this.round()
    }
  }

  async #look(host: EngineHost): Promise<void> {
    const { store, hashing, deadMan } = this.#world
    const pauses = pausesOn(store, host.id)
    if (pauses.length === 0) return
    const man = deadMan(host.session)
    const state = await (pauses.some(({ open }) => open) ? man.renew() : man.look())
    if (!this.#world.idle().includes(host)) return // a job has begun meanwhile: it finds out by itself
    const fired = new Set(
      resumedOf(
        state,
        pauses.map(({ act }) => act.act),
      ),
    )
    for (const { run, act } of pauses) {
      if (!fired.has(act.act)) continue
      const [gap, undone] = lapseEvents(hashing, run, act)
      await store.append(host.id, ...gap)
      await store.append(host.id, ...undone)
    }
  }
}

/** Pauses and blocks that stand on a host, over all runs. */
function pausesOn(store: CaseStore, host: string): readonly Pause[] {
  // Most hosts never had one, and replaying every run each minute is not free.
  const ever = store.events(host).some((event) => event.type === 'intended' && isHold(event.data.verb))
  if (!ever || store.events(caseChain).length === 0) return []
  return runsOf(store).flatMap((run) => {
    const state = run.hosts[host]
    if (!state) return []
    return current(state)
      .filter((act) => isHold(act.change.verb) && !hasLapsed(state, act))
      .map((act) => ({ run: run.run, open: run.closed === null, act }))
  })
}
