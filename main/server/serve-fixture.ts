// A listening server for one test, with a workbench behind it that notes what reaches it, and the ways to it: requests, sign-ins, connections.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { expect, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { freePort } from '../../e2e/fixtures/ssh/free-port.ts'
import { TourniquetError } from '../core/errors.ts'
import type { ByteSink } from '../core/rpc/define.ts'
import type { Wire } from '../core/rpc/wire.ts'
import type { Page } from '../page/page.ts'
import { serveLoopback } from './serve.ts'

export const page: Page = new Map([
  ['/', { type: 'text/html; charset=utf-8', bytes: new TextEncoder().encode('<!doctype html>the page') }],
  ['/assets/app.js', { type: 'text/javascript; charset=utf-8', bytes: new TextEncoder().encode('void 0') }],
])

/** The one exhibit the open case has, and its bytes. */
export const evidence = Buffer.from('<script>the dropper</script>\n\0\xff', 'latin1')
export const exhibit = { sha256: createHash('sha256').update(evidence).digest('hex'), size: evidence.length }

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a page that signed in holds: without both it is nobody. */
export interface Way {
  readonly cookie: string
  readonly nonce: string
}

/** A connection, and how it came out: the status of a refused handshake, or the code of a close. */
interface Dialled {
  readonly socket: WebSocket
  readonly outcome: Promise<string>
}

/** What has come through to the workbench, and how it answers. */
interface Behind {
  /** the wires it was given, and what came over them */
  readonly wires: Wire[]
  readonly heard: (string | Uint8Array)[]
  /** digests of the exhibits it was asked for, and how it sends the one there is */
  readonly asked: string[]
  sending: (sink: ByteSink) => Promise<void>
  doorClosed: number
}

export type TestServer = Awaited<ReturnType<typeof startServer>>

/** Listens until the test is over. */
export async function startServer() {
  const port = await freePort()
  const behind: Behind = { wires: [], heard: [], asked: [], sending: (sink) => sink.write(evidence), doorClosed: 0 }
  const served = await serveLoopback({
    port,
    page,
    workbench: {
      attach: (wire, closed) => {
        behind.wires.push(wire)
        wire.listen({ message: (message) => behind.heard.push(message), closed })
      },
      exhibit: (sha256) => {
        behind.asked.push(sha256)
        if (sha256 !== exhibit.sha256) return Promise.reject(new TourniquetError('case-missing', { path: sha256 }))
        return Promise.resolve({ output: exhibit, send: (sink) => behind.sending(sink) })
      },
    },
    onDoorClosed: () => (behind.doorClosed += 1),
  })
  onTestFinished(() => served.close())

  const origin = () => `http://127.0.0.1:${String(port)}`

  const ask = (
    path: string,
    { method = 'GET', headers = {}, body }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
  ): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let text = ''
        response.on('data', (piece: Buffer) => (text += piece.toString()))
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
        })
      })
      request.on('error', reject)
      request.end(body)
    })

  /** The token of a new link; the one before is void. */
  const newToken = (): string => /^http:\/\/127\.0\.0\.1:\d+\/#t=([\w-]{43})$/.exec(served.newLink())?.[1] ?? ''

  const signIn = (token: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> =>
    ask('/session', { method: 'POST', headers: { Origin: origin(), ...headers }, body: JSON.stringify({ token }) })

  /** Signs in with a new link. */
  const admitted = async (): Promise<Way> => {
    const reply = await signIn(newToken())
    const { nonce } = JSON.parse(reply.body) as { nonce: string }
    return { cookie: reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '', nonce }
  }

  /** Connects with these headers, and says this first. */
  const dial = async (
    headers: Record<string, string>,
    first: string | Uint8Array | null,
    path = '/wire',
  ): Promise<Dialled> => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, { headers, perMessageDeflate: false })
    const outcome = new Promise<string>((resolve) => {
      socket.on('unexpected-response', (_, response) => {
        resolve(`status ${String(response.statusCode)}`)
        socket.terminate()
      })
      socket.on('close', (code) => {
        resolve(`closed ${String(code)}`)
      })
      socket.on('error', () => undefined)
    })
    await Promise.race([once(socket, 'open'), outcome])
    if (socket.readyState === WebSocket.OPEN && first !== null) socket.send(first)
    return { socket, outcome }
  }

  /** Connects as our page does. */
  const enter = ({ cookie, nonce }: Way, more: Record<string, string> = {}): Promise<Dialled> =>
    dial({ Origin: origin(), Cookie: cookie, ...more }, JSON.stringify({ nonce }))

  return Object.assign(behind, { port, origin, ask, newToken, signIn, admitted, dial, enter })
}

/** Waits for at most two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}
