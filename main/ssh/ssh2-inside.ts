// The six facts about ssh2's insides that our guards need and its API does not tell. Its version is pinned exactly; `assertKnownShape` makes a
// change of shape an error at connect, never a guard that silently guards nothing.

import type { Client, ClientChannel } from 'ssh2'
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

interface Windowed {
  readonly incoming: { window: number }
  readonly outgoing: { readonly id: number; readonly state: string }
  readonly _client: { readonly _protocol: { channelWindowAdjust(channel: number, more: number): void } }
}

/**
 * Takes the granting of window to the host over from ssh2, which keeps 2 to 3 MiB under way: all of that would still be shown after an interrupt. Once the first
 * grant is used up, at most `size` bytes are unread or under way. Call the result with every count of bytes that was taken. Throws `internal`.
 */
export function narrowWindow(stream: ClientChannel, size: number): (taken: number) => void {
  const { incoming, outgoing, _client } = stream as unknown as Windowed
  if (typeof incoming.window !== 'number' || typeof _client._protocol.channelWindowAdjust !== 'function')
    throw new TourniquetError('internal', { what: 'this release of ssh2 cannot be guarded' })
  let left = incoming.window
  incoming.window = Number.MAX_SAFE_INTEGER // ssh2's own count never falls to where it grants more
  return (taken) => {
    left -= taken
    if (left > size / 2 || outgoing.state !== 'open') return
    try {
      _client._protocol.channelWindowAdjust(outgoing.id, size - left)
      left = size
    } catch {
      // the transport went a moment ago: the end of the channel is on its way
    }
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
