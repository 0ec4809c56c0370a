// The five facts about ssh2's insides that our guards need and its API does not tell. Its version is pinned exactly; `assertKnownShape` makes a
// change of shape an error at connect, never a guard that silently guards nothing.

import type { Client } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'

interface Inside {
  readonly _remoteVer?: string
  readonly _callbacks?: readonly unknown[]
  readonly _chanMgr?: { readonly _channels?: Readonly<Record<string, unknown>> }
}

interface Readable {
  readonly readableLength: number
  readonly stderr?: { readonly readableLength?: number }
}

/** Throws `internal` when the pinned library is not the one these lines were written for. Call right after `connect`. */
export function assertKnownShape(client: Client): void {
  const inside = client as unknown as Inside
  if (!Array.isArray(inside._callbacks) || typeof inside._chanMgr?._channels !== 'object') {
    throw new TourniquetError('internal', { what: 'this release of ssh2 cannot be guarded' })
  }
}

/** The most bytes lying unread in any one channel, from the moment the host confirmed it. */
export function mostUnread(client: Client): number {
  let most = 0
  for (const channel of Object.values((client as unknown as Inside)._chanMgr?._channels ?? {})) {
    if (!isReadable(channel)) continue
    most = Math.max(most, channel.readableLength + (channel.stderr?.readableLength ?? 0))
  }
  return most
}

/** Closes sessions the host granted and then refused to start anything on: ssh2 forgets them, the host would count them against us for ever. */
export function closeUnstarted(client: Client): void {
  for (const channel of Object.values((client as unknown as Inside)._chanMgr?._channels ?? {})) {
    if (!isSession(channel) || channel.type !== 'session') continue
    if (channel.subtype === undefined && channel._callbacks.length === 0) channel.close()
  }
}

/** Global requests of ours that the host has not answered. */
export function pendingReplies(client: Client): number {
  return (client as unknown as Inside)._callbacks?.length ?? 0
}

/** The server's software version as it named itself, raw; undefined until it has. */
export function serverSoftware(client: Client): string | undefined {
  return (client as unknown as Inside)._remoteVer
}

interface Session {
  readonly type: string
  /** set when a command or shell was started */
  readonly subtype: string | undefined
  /** requests not yet answered */
  readonly _callbacks: readonly unknown[]
  close(): void
}

function isSession(channel: unknown): channel is Session {
  return typeof channel === 'object' && channel !== null && 'subtype' in channel && '_callbacks' in channel
}

function isReadable(channel: unknown): channel is Readable {
  return typeof channel === 'object' && channel !== null && 'readableLength' in channel
}
