// For tests: a wire over each transport there is, both of its ends at hand, gone when the test is over.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { portEnds, type Ends } from '../core/rpc/port-fixture.ts'
import { socketWire } from '../core/rpc/socket-wire.ts'

function overPorts(): Promise<Ends> {
  const channel = new MessageChannel()
  onTestFinished(() => {
    channel.port1.close()
  })
  return Promise.resolve(portEnds(channel))
}

async function overSockets(): Promise<Ends> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`)
  onTestFinished(() => {
    client.terminate()
    server.close()
  })
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown]
  return { page: socketWire(client), main: socketWire(accepted) }
}

export const transports = [
  { over: 'MessagePort', ends: overPorts },
  { over: 'WebSocket', ends: overSockets },
]

/** Time for what was posted to arrive, and for what it causes to come back. */
export const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))
