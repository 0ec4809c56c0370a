// The border between the core and one suspect host: requests as data, replies as bytes with both clocks. Everything above speaks only this.
// Nothing here knows ssh; nothing above knows frames.

import type { HostText } from '../host-text.ts'
import type { Dialled, Ending, ScreenSize, TerminalChannel } from '../ports.ts'

/**
 * One word of an argv. A plain string is a constant of ours; host text crosses as the bytes of `hostBytes`.
 * HostText is not assignable to either, so escaped text cannot be passed by mistake.
 */
export type Arg = string | Uint8Array

/** Up to 4 MiB altogether; at most 10 s. Longer work is ranges and polls. */
export interface HostRequest {
  /** argv[0] is a busybox applet or an absolute path. Scripts: `['sh', '-c', SCRIPT, 'name', …args]`. Runs with
   * an empty environment plus `env`, except PATH, which is our folder alone: a bare name is an applet or a tool of ours (`"$PATH/stat"`), never the host's. */
  readonly argv: readonly Arg[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
  /** milliseconds, 100 to 10 000; default 5000 */
  readonly timeLimit?: number
  /** bytes of stdout kept, default 1 MiB, at most 4 MiB */
  readonly stdoutLimit?: number
  /** bytes of stderr kept, default 64 KiB */
  readonly stderrLimit?: number
  /**
   * Makes the request run at most once on this host and boot: its result is kept on the host's tmpfs under this key, and a second request with the
   * same key (from this or a later session of the same case) gets the kept result instead of a second run. Every act sets it. [a-z0-9-]{8,64}
   */
  readonly once?: string
}

export interface HostReply {
  /** exit status as a shell shows it (128+n for a signal); null when it was cut by the time limit */
  readonly exit: number | null
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly truncated: { readonly stdout: boolean; readonly stderr: boolean }
  readonly timedOut: boolean
  /** true when this is the kept result of an earlier run with the same `once` key */
  readonly replayed: boolean
  readonly clocks: {
    /** host wall clock, microseconds since the epoch, as decimal strings */
    readonly hostStart: string
    readonly hostEnd: string
    /** our wall clock, RFC 3339 */
    readonly sent: string
    readonly received: string
  }
}

/** How we came to stand on the host; part of the case. */
export interface Arrival {
  readonly dialled: Dialled
  readonly arch: 'x86_64' | 'aarch64'
  readonly kernel: HostText
  readonly hostname: HostText
  readonly machineId: HostText | null
  readonly bootId: string
  /** effective uid inside our shell; 0 when root, with or without sudo */
  readonly euid: number
  readonly sudo: boolean
  /** our folder on the host, e.g. /run/.q3f9…; ours, so a plain string */
  readonly workDir: string
  readonly toolboxSha256: string
  /** what the login chain printed before our first frame: evidence, never output */
  readonly preamble: Uint8Array
  /** pids of our own session chain at arrival (sshd child … our shells), outermost first */
  readonly ourPids: readonly number[]
  /** true when an earlier session's folder was taken over (kept results are readable) */
  readonly adopted: boolean
}

export type LaneName = 'control' | 'bulk'

/** One host, entered. Disposed of with `detach` (removes our folder) or `close` (leaves it for a later session); both close the connection. */
export interface HostSession {
  readonly arrival: Arrival
  /**
   * Sends at once (pipelined) and resolves with the reply. Rejects with `link-lost`, `host-flooded`, `request-timeout`, `request-too-large`, `param-invalid`, `disk-full`
   * (the host could not store stdin), `frame-garbled` or `cancelled`. A lane that died is opened anew by the next request.
   * A request whose reply was lost may have run: ask again with the same `once` key in a new session.
   */
  run(request: HostRequest, options?: { readonly lane?: LaneName; readonly signal?: AbortSignal }): Promise<HostReply>
  /** The account's own shell on the connection of the session, which ends it with itself. Rejects as `Connection.terminal` does. */
  terminal(size: ScreenSize): Promise<TerminalChannel>
  onClosed(listener: (ending: Ending) => void): void
  /** Every request and reply, for the transcript; must not throw. */
  onTraffic(listener: (traffic: Traffic) => void): void
  close(): Promise<void>
  detach(): Promise<void>
}

export interface Traffic {
  readonly lane: LaneName
  readonly id: number
  readonly request: HostRequest
  readonly reply: HostReply | null
}
