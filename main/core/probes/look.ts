// One look at a host: all probes asked for at once; one that builds on others waits for them where it needs them. Changes nothing on the host.

import type { HostSession } from '../host/session.ts'
import type { Clock, Hashing } from '../ports.ts'
import type { Fact, ProbeOutcome, Unknown } from './facts.ts'
import type { ProbeContext, ProbeId } from './probe.ts'
import { probeIds, probes } from './registry.ts'

export interface LookOptions {
  /** default: all; a probe's `after` is only waited for when it is asked for too */
  readonly probes?: readonly ProbeId[]
  readonly clock: Clock
  readonly hashing: Hashing
  /** run the host's own tools (as nobody, limited) to catch lies; default true */
  readonly hostView?: boolean
  readonly signal?: AbortSignal
  /** called as each probe ends; must not throw */
  readonly onProgress?: (progress: LookProgress) => void
}

export interface LookProgress {
  readonly probe: ProbeId
  readonly done: number
  readonly of: number
  readonly facts: number
  readonly unknowns: number
}

export interface LookResult {
  readonly facts: readonly Fact[]
  readonly unknowns: readonly Unknown[]
  /** one per probe asked for, in the order of the registry; with the raw replies for the evidence */
  readonly outcomes: readonly ProbeOutcome[]
}

/** Rejects only with `link-lost` or `cancelled`; what could not be read is in `unknowns`. */
export async function look(session: HostSession, options: LookOptions): Promise<LookResult> {
  const wanted = probeIds.filter((id) => options.probes?.includes(id) ?? true)
  const started = new Map<ProbeId, Promise<ProbeOutcome>>()
  let done = 0
  const read = async (id: ProbeId): Promise<ProbeOutcome> => {
    const before = () => Promise.all(probes[id].after.filter((other) => wanted.includes(other)).map(start))
    const outcome = await probes[id].read(contextOf(session, options, before))
    done += 1
    options.onProgress?.({
      probe: id,
      done,
      of: wanted.length,
      facts: outcome.facts.length,
      unknowns: outcome.unknowns.length,
    })
    return outcome
  }
  const start = (id: ProbeId): Promise<ProbeOutcome> => {
    const running = started.get(id) ?? read(id)
    started.set(id, running)
    return running
  }
  const outcomes = await Promise.all(wanted.map(start))
  return {
    outcomes,
    facts: outcomes.flatMap(({ facts }) => facts),
    unknowns: outcomes.flatMap(({ unknowns }) => unknowns),
  }
}

function contextOf(
  session: HostSession,
  options: LookOptions,
  before: () => Promise<readonly ProbeOutcome[]>,
): ProbeContext {
  return {
    session,
    clock: options.clock,
    hashing: options.hashing,
    known: async () => (await before()).flatMap(({ facts }) => facts),
    hostView: options.hostView ?? true,
    ...(options.signal ? { signal: options.signal } : {}),
  }
}
