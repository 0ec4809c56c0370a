// What both ends of a wire have in common: one way in, one way out, one way to break off. A message that breaks a rule ends the wire with the reason.

import type { z } from 'zod'
import { TourniquetError } from '../errors.ts'
import type { StreamMessage } from './messages.ts'
import { parseMessage } from './messages.ts'
import { Streams } from './streams.ts'
import { decodeFrame, encodeFrame, exceeds, type Wire } from './wire.ts'

/** A control message; the schemas of `messages.ts` on the other side say which there are. */
type Outgoing = Readonly<Record<string, unknown>> & { readonly t: string }

export interface Peer {
  readonly streams: Streams
  /** False when it is too large for the other side; then nothing was sent. */
  send(message: Outgoing): boolean
  /** Ends the wire because the other side (or we) broke the contract. */
  breach(what: string): void
}

export interface PeerOptions<S extends z.ZodType> {
  readonly wire: Wire
  /** messages that come in, and how large they may be */
  readonly incoming: { readonly schema: S; readonly limit: number }
  readonly outgoing: { readonly limit: number }
  /** true for the number of a call that was made before */
  readonly usedBefore: (id: number) => boolean
  readonly message: (message: Exclude<z.output<S>, StreamMessage>) => void
  readonly lost: (error: TourniquetError) => void
}

/** Starts listening. `lost` is called once, when the wire ends for whatever reason. */
export function peer<S extends z.ZodType<{ t: string }>>(options: PeerOptions<S>): Peer {
  const { wire, incoming, outgoing } = options
  let over = false
  const send = (message: Outgoing): boolean => {
    const text = JSON.stringify(message)
    if (exceeds(text, outgoing.limit)) return false
    if (!over) wire.post(text)
    return true
  }
  const end = (detail: string): void => {
    if (over) return
    over = true
    const error = new TourniquetError('wire-closed', { detail })
    streams.lost(error)
    options.lost(error)
  }
  const breach = (what: string): void => {
    end(what)
    wire.close(what)
  }
  const streams = new Streams(
    {
      control: send,
      frame: (frame) => {
        if (!over) wire.post(encodeFrame(frame))
      },
      breach,
    },
    options.usedBefore,
  )
  wire.listen({
    message: (message) => {
      if (over) return
      if (typeof message !== 'string') {
        const frame = decodeFrame(message)
        if (frame) streams.frame(frame)
        else breach('not a frame')
        return
      }
      const read = exceeds(message, incoming.limit) ? null : parseMessage(incoming.schema, message)
      if (read === null) breach('not a message of this contract')
      else if (isAboutStreams(read)) streams.message(read)
      else options.message(read as Exclude<z.output<S>, StreamMessage>)
    },
    closed: end,
  })
  return { streams, send, breach }
}

function isAboutStreams(message: { t: string }): message is StreamMessage {
  return message.t === 'credit' || message.t === 'end' || message.t === 'stop'
}
