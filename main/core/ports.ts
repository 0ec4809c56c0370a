// What the core needs of the world, as interfaces. Adapters in main/platform and main/ssh implement them; compose.ts wires them.

/** Wall and monotonic time of the workbench. */
export interface Clock {
  /** RFC 3339 in UTC with milliseconds. */
  now(): string
  /** Milliseconds since an arbitrary point; never goes back. */
  monotonic(): number
  /** Resolves after `ms`; rejects with `cancelled` when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(count: number): Uint8Array
}

/** Incremental digest. `hex` may be called once. */
export interface Digest {
  update(bytes: Uint8Array): Digest
  hex(): string
}

export interface Hashing {
  sha256(): Digest
  sha512(): Digest
}

/** Why a channel or connection ended. */
export interface Ending {
  readonly reason: 'closed-by-us' | 'closed-by-host' | 'link-lost' | 'flooded' | 'timeout'
  readonly exit?: number
  readonly signal?: string
  readonly detail?: string
}

/**
 * One exec channel: bytes in, two streams out. Listeners are set before any byte is delivered (the adapter buffers until both are set) and must not throw.
 * Both streams are always drained; an adapter ends the channel as `flooded` when unread bytes pass its cap.
 */
export interface Channel {
  /** Resolves when the transport took the bytes; rejects with `link-lost` once the channel is closed. */
  write(bytes: Uint8Array): Promise<void>
  /** No more input from us. */
  end(): void
  listen(listeners: {
    readonly stdout: (bytes: Uint8Array) => void
    readonly stderr: (bytes: Uint8Array) => void
    readonly closed: (ending: Ending) => void
  }): void
  close(): void
}

/** Size of a screen in characters. */
export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/**
 * The account's login shell on a pseudo-terminal: everything it says is one stream, told as stdout or stderr. Its reader may hold it back: paused, nothing is
 * delivered, and the host waits once the window it was granted is used up. What is written is never held back. `close` hangs up.
 */
export interface TerminalChannel extends Channel {
  pause(): void
  resume(): void
  /** Tells the host the new size; nothing once the channel has ended. */
  resize(size: ScreenSize): void
}

/** The key a host showed us, in every form a person compares. */
export interface HostKey {
  readonly type: string
  /** base64 of the raw key blob, as in known_hosts */
  readonly blob: string
  /** `SHA256:…` without padding, as ssh prints it */
  readonly sha256: string
  /** `MD5:xx:xx…` */
  readonly md5: string
}

/** What was dialled and what answered; goes into the case as it is. */
export interface Dialled {
  readonly host: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly via: readonly {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly key: HostKey
  }[]
  readonly key: HostKey
  readonly keyTrust: 'pinned' | 'known-hosts' | 'first-seen'
  readonly algorithms: { readonly kex: string; readonly hostKey: string; readonly cipher: string; readonly mac: string }
  readonly serverVersion: string
  readonly authMethod: string
}

/** An authenticated connection to one host, before any shell. */
export interface Connection {
  readonly dialled: Dialled
  /** Opens an exec channel; `command` is parsed by the login shell, so it must be a constant of ours. */
  exec(command: string): Promise<Channel>
  /**
   * Opens a terminal of type xterm-256color beside the exec channels, without another login; no agent, X11, port or environment of ours goes along.
   * Rejects with `terminal-refused`, `link-lost`, `host-timeout`.
   */
  terminal(size: ScreenSize): Promise<TerminalChannel>
  /**
   * Dials once more beside this connection: a new TCP connection by the same way to the very same host keys, as the same account. With `keyFile` that
   * key alone is shown, else what was shown before. Rejects as dialling does.
   */
  again(options?: { readonly keyFile?: string; readonly signal?: AbortSignal }): Promise<Connection>
  /** Called once. */
  onClosed(listener: (ending: Ending) => void): void
  close(): Promise<void>
}
