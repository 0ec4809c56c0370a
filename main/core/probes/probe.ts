// A probe reads one kind of thing and changes nothing. One file per probe, its script beside it.

import type { HostSession } from '../host/session.ts'
import type { Clock, Hashing } from '../ports.ts'
import type { Fact, ProbeOutcome } from './facts.ts'

export type ProbeId =
  | 'machine'
  | 'processes'
  | 'sockets'
  | 'schedulers'
  | 'preload'
  | 'mounts'
  | 'files'
  | 'logins'
  | 'startup'
  | 'binaries'
  | 'units'
  | 'keys'
  | 'accounts'
  | 'names'

export interface ProbeContext {
  readonly session: HostSession
  readonly clock: Clock
  /** for fingerprints of what was read */
  readonly hashing: Hashing
  /** facts of the probes named in `after`, once they are read; what needs none of them is asked before */
  known(): Promise<readonly Fact[]>
  /** run the host's own tools (as nobody, limited) to catch lies; off with `--no-host-view` */
  readonly hostView: boolean
  readonly signal?: AbortSignal
}

/**
 * Never throws for what a host does: a failed, cut or refused reading becomes an Unknown. Rejects only with `link-lost` or `cancelled`.
 * Independent requests are sent together, so a probe costs one round trip per dependency.
 */
export interface Probe {
  readonly id: ProbeId
  readonly after: readonly ProbeId[]
  read(context: ProbeContext): Promise<ProbeOutcome>
}
