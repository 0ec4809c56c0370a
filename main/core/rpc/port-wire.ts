// A MessagePort as a wire. Everything is copied, nothing is transferred: a transferred buffer would vanish under its owner's hands.

import type { Wire } from './wire.ts'

/** What this needs of a MessagePort: a page's, Node's, or an adapter over Electron's. */
export interface Port {
  postMessage(message: unknown): void
  start(): void
  close(): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: () => void): void
}

/** Anything but text or bytes on the port closes it. */
export function portWire(port: Port): Wire {
  let over = false
  let told: (detail: string) => void = () => undefined
  const end = (detail: string): void => {
    if (over) return
    over = true
    port.close()
    told(detail)
  }
  return {
    post(message) {
      if (!over) port.postMessage(message)
    },
    listen({ message, closed }) {
      told = closed
      port.addEventListener('message', ({ data }) => {
        if (over) return
        if (typeof data === 'string' || data instanceof Uint8Array) message(data)
        else end('neither text nor bytes')
      })
      port.addEventListener('close', () => {
        end('port closed')
      })
      port.start()
    },
    close: end,
  }
}
