// How the page gets its wire: one port, handed to the workbench after a look at who sent it. https://www.electronjs.org/docs/latest/tutorial/security#17

import type { IpcMainEvent, MessagePortMain, WebContents } from 'electron'
import type { Port } from '../core/rpc/port-wire.ts'
import { appOrigin } from '../page/app-origin.ts'

/** The channel of the one message that a preload of ours sends. */
export const portChannel = 'tourniquet-port'

type Sender = Pick<IpcMainEvent, 'sender' | 'senderFrame'>

/** True for the main frame of our window while it shows our page. A frame that is gone by now is null, and refused. */
export function isOurPage({ sender, senderFrame }: Sender, contents: WebContents | null): boolean {
  return (
    contents !== null &&
    sender === contents &&
    senderFrame !== null &&
    senderFrame === contents.mainFrame &&
    senderFrame.origin === appOrigin
  )
}

/** The port of a message from our page; any other port is closed and null comes back. */
export function portFrom(event: Sender & Pick<IpcMainEvent, 'ports'>, contents: WebContents | null): Port | null {
  const [port] = event.ports
  if (port === undefined) return null
  if (event.ports.length === 1 && isOurPage(event, contents)) return mainPort(port)
  for (const each of event.ports) each.close()
  return null
}

/** Electron's port in the shape of a page's. Its messages are copies; a transfer list of anything but ports would lose the data. */
function mainPort(port: MessagePortMain): Port {
  return {
    postMessage: port.postMessage.bind(port),
    start: port.start.bind(port),
    close: port.close.bind(port),
    addEventListener(type: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      if (type === 'message') port.on('message', listener)
      else
        port.on('close', () => {
          listener({ data: null })
        })
    },
  }
}
