// A WebSocket as a wire, the page's own or the server's: text frames for control, binary frames for bytes.

import type { Wire } from './wire.ts'

/** What this needs of a WebSocket that is open. */
export interface Socket {
  binaryType: string
  readonly bufferedAmount: number
  send(data: string | Uint8Array): void
  close(code: number, reason: string): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

/** Bytes waiting in the socket at which the other side counts as gone: streams are held back by credits, so only events can pile up here. */
const mostBuffered = 32 * 1024 * 1024
/** Close code for a contract that was broken or ended by us; the reason says which. */
const closedByUs = 4000

/** The socket must be open; its messages from now on belong to the wire. */
export function socketWire(socket: Socket): Wire {
  socket.binaryType = 'arraybuffer'
  let over = false
  let told: (detail: string) => void = () => undefined
  const end = (detail: string): void => {
    if (over) return
    over = true
    socket.close(closedByUs, detail.slice(0, 120).replaceAll(/[^\x20-\x7e]/g, '?'))
    told(detail)
  }
  return {
    post(message) {
      if (over) return
      if (socket.bufferedAmount > mostBuffered) end('the other side does not read')
      else socket.send(message)
    },
    listen({ message, closed }) {
      told = closed
      socket.addEventListener('message', ({ data }) => {
        if (over) return
        if (typeof data === 'string') message(data)
        else if (data instanceof ArrayBuffer) message(new Uint8Array(data))
        else end('neither text nor bytes')
      })
      socket.addEventListener('close', ({ code, reason }) => {
        if (over) return
        over = true
        told(reason === '' ? `socket closed (${String(code)})` : reason)
      })
      socket.addEventListener('error', () => undefined) // a close event follows and tells
    },
    close: end,
  }
}
