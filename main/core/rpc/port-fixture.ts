// For tests: both ends of a wire over a MessageChannel of Node, with the manners of Electron's MessagePort, which takes no ArrayBuffer to transfer.

import { portWire, type Port } from './port-wire.ts'
import type { Wire } from './wire.ts'

/** A wire as either side holds it. */
export interface Ends {
  readonly page: Wire
  readonly main: Wire
}

/** The ends of a channel whose ports nobody has started; closing either port closes both. */
export function portEnds({ port1, port2 }: { readonly port1: NodePort; readonly port2: NodePort }): Ends {
  return { page: portWire(electronPort(port1)), main: portWire(electronPort(port2)) }
}

/** What a port of `node:worker_threads` has of it. */
interface NodePort {
  postMessage(message: unknown): void
  start(): void
  close(): void
  on(type: string, listener: (data: unknown) => void): unknown
}

function electronPort(port: NodePort): Port {
  return {
    postMessage: (message: unknown, ...more: unknown[]) => {
      if (more.length > 0) throw new TypeError('only ports can be transferred')
      port.postMessage(message)
    },
    start: () => {
      port.start()
    },
    close: () => {
      port.close()
    },
    addEventListener: (type: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) => {
      port.on(type, (data: unknown) => {
        listener({ data })
      })
    },
  }
}
