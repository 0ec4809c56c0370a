// The only code between the page and main: one function, which makes a channel, sends one end to main and the other to the page. It must stay one bundled
// CommonJS file without any import but electron's: the sandbox gives it no more.
//
// The page's side: listen, then ask.
//   window.addEventListener('message', ({ source, data, ports }) => { if (source === window && data === 'tourniquet-wire') use(ports[0]) })
//   window.tourniquet.connect()
// Each call gives a new port; main serves the latest page and sends earlier ones away. A port that main refuses closes at once.

import { contextBridge, ipcRenderer } from 'electron'

/** What this needs of the page's world; the rest of the DOM is none of its business. */
declare const window: { postMessage(message: unknown, origin: string, transfer: readonly object[]): void }
declare const location: { readonly origin: string }

contextBridge.exposeInMainWorld('tourniquet', {
  connect: (): void => {
    const { port1, port2 } = new MessageChannel()
    ipcRenderer.postMessage('tourniquet-port', null, [port1])
    window.postMessage('tourniquet-wire', location.origin, [port2])
  },
})
