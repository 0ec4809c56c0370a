// Keeps the dead man alive while we are: renews him several times within his time, and says so when that could not be done. One owner, disposed of
// with `end`. When we are gone he does what he is for: the schedulers run again.

import { z } from 'zod'
import type { VerbName } from '../actions/verb.ts'
import { parseHostText } from '../host-text.ts'
import type { DeadManEntry, DeadManState } from '../host/dead-man.ts'
import type { HostSession } from '../host/session.ts'
import type { EngineDeps } from './deps.ts'

/** Renewals within one time to live: one may be lost, and a second. */
const renewalsPerTtl = 4
/** Milliseconds; a shorter time to live than four of these is for tests only. */
const renewAtMostEvery = 250

export interface DeadManTold {
  readonly type: 'dead-man'
  readonly what: 'armed' | 'renewed' | 'disarmed' | 'not-renewed' | 'fired'
  readonly seconds: number
}

/** Verbs whose changes must end by themselves when nobody is there to end them, each with the verb that ends it. */
export const endings: Readonly<Partial<Record<VerbName, VerbName>>> = {
  'pause-schedulers': 'resume-schedulers',
  'block-exec': 'lift-blocks',
}

/** True for what the dead man ends, and for what ends it on our own behalf (whose undo would start it again). */
export const isHold = (verb: string): boolean => Object.hasOwn(endings, verb)
export const isRelease = (verb: string): boolean => Object.values(endings).some((ending) => ending === verb)

/** What a hold stops or covers, as its verb wrote it into its item (or its change), under the key of the act. */
export function deadManEntry(of: { readonly args: unknown }, key: string): readonly DeadManEntry[] {
  const args = holdArgs.safeParse(of.args)
  if (!args.success) return []
  if ('identity' in args.data) return [{ key, process: args.data.identity }]
  const { bootId, path } = args.data.block
  return [{ key, block: { bootId, path: parseHostText(path) } }]
}

const holdArgs = z.union([
  z.object({ identity: z.object({ bootId: z.string(), pid: z.number(), startTime: z.string() }) }),
  z.object({ block: z.object({ bootId: z.string(), path: z.string() }) }),
])

/** Which of these pauses he has ended, as his log tells. */
export function resumedOf(state: DeadManState | null, keys: readonly string[]): readonly string[] {
  const resumed = new Set((state?.log ?? []).flatMap((deed) => (deed.result === 'resumed' ? [deed.key] : [])))
  return keys.filter((key) => resumed.has(key))
}

export class Vigil {
  readonly #deps: Pick<EngineDeps, 'deadMan' | 'deadManTtl' | 'clock'>
  readonly #session: HostSession
  readonly #tell: (told: DeadManTold) => void
  readonly #fired: (keys: readonly string[]) => void
  readonly #keys = new Set<string>()
  #stop: AbortController | null = null

  constructor(
    deps: Pick<EngineDeps, 'deadMan' | 'deadManTtl' | 'clock'>,
    session: HostSession,
    tell: (told: DeadManTold) => void,
    /** pauses he ended while we watched: they hold no more */
    fired: (keys: readonly string[]) => void = () => undefined,
  ) {
    this.#deps = deps
    this.#session = session
    this.#tell = tell
    this.#fired = fired
  }

  /** Arms on the host; only then may anything be paused. */
  async arm(entries: readonly DeadManEntry[]): Promise<void> {
    if (entries.every((entry) => this.#keys.has(entry.key))) return
    await this.#deps.deadMan(this.#session).arm(entries, this.#deps.deadManTtl)
    for (const entry of entries) this.#keys.add(entry.key)
    this.#say('armed')
    this.#watch()
  }

  /** Goes on with what an earlier session armed. Answers which of `keys` he has already resumed: those pauses no longer hold. */
  async adopt(keys: readonly string[]): Promise<readonly string[]> {
    const state = await this.#renew()
    for (const key of state?.standing ?? []) this.#keys.add(key)
    this.#watch()
    const fired = resumedOf(state, keys)
    if (fired.length > 0) this.#say('fired')
    return fired
  }

  /** Nothing is paused any more. */
  async disarm(): Promise<void> {
    this.end()
    for (const key of this.#keys) await this.#deps.deadMan(this.#session).disarm(key)
    this.#keys.clear()
    this.#say('disarmed')
  }

  /** Stops renewing; what is armed on the host stays armed and runs out by itself. */
  end(): void {
    this.#stop?.abort()
    this.#stop = null
  }

  #watch(): void {
    if (this.#stop) return
    const stop = new AbortController()
    this.#stop = stop
    void this.#loop(stop.signal)
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const pause = Math.max(renewAtMostEvery, Math.floor((this.#deps.deadManTtl * 1000) / renewalsPerTtl))
    while (await this.#slept(pause, signal)) {
      const fired = resumedOf(await this.#renew(), [...this.#keys])
      if (fired.length === 0) continue
      for (const key of fired) this.#keys.delete(key)
      this.#say('fired')
      this.#fired(fired)
    }
  }

  /** False when told to stop: a clock rejects for nothing else. */
  async #slept(ms: number, signal: AbortSignal): Promise<boolean> {
    const slept = this.#deps.clock.sleep(ms, signal)
    return (await slept.then(
      () => true,
      () => false,
    ))
      ? !signal.aborted
      : false
  }

  /** A renewal that fails is told and tried again at the next turn; when all fail, the dead man acts, which is the safe end. */
  async #renew(): Promise<DeadManState | null> {
    try {
      const state = await this.#deps.deadMan(this.#session).renew()
      this.#say('renewed')
      return state
    } catch {
      this.#say('not-renewed')
      return null
    }
  }

  #say(what: DeadManTold['what']): void {
    this.#tell({ type: 'dead-man', what, seconds: this.#deps.deadManTtl })
  }
}
