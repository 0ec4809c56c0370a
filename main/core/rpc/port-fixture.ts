// For tests: a port between two threads of Node with the manners of Electron's MessagePort, which takes no ArrayBuffer to transfer.

import type { Port } from './port-wire.ts'

/** What a port of `node:worker_threads` has of it. */
interface NodePort {
  postMessage(message: unknown): void
  start(): void
  close(): void
  on(type: string, listener: (data: unknown) => void): unknown
}

export function electronPort(port: NodePort): Port {
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
