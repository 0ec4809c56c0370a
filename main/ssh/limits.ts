// Every limit of the SSH side in one place, each with its reason. Times in milliseconds, sizes in bytes.

export interface Limits {
  /** From the name to an open TCP connection: two SYN retransmissions (1 + 2 s) and a slow resolver fit, a dropped packet filter shows. */
  readonly tcp: number
  /** From TCP to a verified key exchange: old boards need seconds for group 16; sshd's own LoginGraceTime is 120 s. */
  readonly handshake: number
  /** From key exchange to logged in: PAM delays, a person touching a token or confirming in the agent's window. */
  readonly auth: number
  /** From asking for a channel to having it: a thrashing host forks slowly. */
  readonly channel: number
  /** From saying goodbye to a closed socket; then we cut it. */
  readonly close: number
  /** Silence after an exit status without a close: background children may hold the streams open, our own work is over. */
  readonly exit: number
}

export const defaultLimits: Limits = {
  tcp: 10_000,
  handshake: 20_000,
  auth: 60_000,
  channel: 20_000,
  close: 2_000,
  exit: 5_000,
}

/** Silence of a minute ends the link. Most firewalls forget an idle flow after five. */
export const defaultKeepalive = { every: 15_000, misses: 4 } as const

/**
 * Bytes that may lie unread in one channel. ssh2 grants a window of 2 MiB and accepts what comes beyond it for ever, so twice the window can
 * only be reached by a host that breaks the protocol.
 */
export const unreadCap = 4 * 1024 * 1024

/** Bytes a host may send before we are logged in: key exchange, banner and key list take 10 KiB. */
export const preAuthCap = 1024 * 1024

/** Bytes of ours a host may leave untaken: each channel hands over 256 KiB at a time, so only refused answers pile up to this. */
export const untakenCap = 4 * 1024 * 1024

/** Answers of one kind a person may give to one host: sshd's MaxAuthTries is 6, and our keys have used some of them. */
export const mostTries = 3

/** Fields a host may ask for at once, and how often in one attempt: a password, a code and a new one come to three. */
export const mostPrompts = 16
export const mostPromptRounds = 8

/** One step of a write; the next waits until the transport has drained. */
export const writeStep = 256 * 1024

/** Answers we may be waiting for. Keepalives need one or two; a host that announces keys for ever would make the list grow for ever. */
export const pendingRepliesCap = 1_000

/** sshd's MaxSessions is 10, but it frees a session only when the child is reaped; four in flight never met the limit. */
export const mostChannels = 4

/** A person's shells on one host. With the channels above they stay below MaxSessions, so that a terminal never takes a lane's place. */
export const mostTerminals = 4

/** Bytes of a terminal's output that may be under way: 25 ms of what a page can show, and 1.2 MB/s over a link of 100 ms. After Ctrl-C all of it still comes. */
export const terminalWindow = 128 * 1024

/** Waits before asking again for a channel that sshd refused for want of a free session. */
export const reopenWaits: readonly number[] = [50, 100, 200, 400, 800]
