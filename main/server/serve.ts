// Served mode: the page and its wire on 127.0.0.1, for one person on this machine. It decides who may come in; what they may do is the workbench's business.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { z } from 'zod'
import { TourniquetError } from '../core/errors.ts'
import { socketWire } from '../core/rpc/socket-wire.ts'
import { frameHeader, maxToMain } from '../core/rpc/wire.ts'
import { systemRandom } from '../platform/random.ts'
import { systemCode } from '../platform/files.ts'
import type { Workbench } from '../workbench/workbench.ts'
import { Door } from './door.ts'
import { ExhibitRoute, exhibitOf } from './exhibit-route.ts'
import { safeHeaders } from '../page/headers.ts'
import type { Page } from '../page/page.ts'
import { loopback, originOf, refusalOf, type Refusal } from './gate.ts'

/**
 * Fixed, because a browser's IndexedDB belongs to host and port: on another port the evidence locker would open empty.
 * The digits stand for nothing; the port is not assigned and not in the range that systems give out to clients.
 */
export const defaultPort = 7477

/** Milliseconds a connection has to say its nonce. */
const helloLimit = 5_000
/** Milliseconds between pings; a page that answers none in between is gone. */
const pingEvery = 15_000
/** Carries the nonce with a request of the page's own making; no other page can set it without being asked first, and that is never granted. */
const proofHeader = 'x-tourniquet'
/** Bytes of a sign-in. */
const bodyLimit = 1024

/** Close codes a page can tell apart. */
export const closeCodes = { refused: 4401, busy: 4409 } as const

const signIn = z.strictObject({ token: z.string().max(128) })
const hello = z.strictObject({ nonce: z.string().max(128) })

export interface Served {
  /** A URL that lets one page in, once. Earlier ones that were not used are void. */
  newLink(): string
  close(): Promise<void>
}

export interface ServeOptions {
  readonly port: number
  readonly page: Page
  readonly workbench: Pick<Workbench, 'attach' | 'exhibit'>
  /** told when wrong tries have closed the door */
  readonly onDoorClosed: () => void
}

/** Listens on 127.0.0.1 and nowhere else. Rejects with `port-taken`. */
export async function serveLoopback(options: ServeOptions): Promise<Served> {
  const { port, page, workbench } = options
  const door = new Door(port, systemRandom)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxToMain + frameHeader,
    perMessageDeflate: false,
    clientTracking: true,
  })
  const exhibits = new ExhibitRoute(workbench)
  let client: WebSocket | null = null

  const wrongTry = (): void => {
    if (door.closed) options.onDoorClosed()
  }

  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 },
    (request, response) => {
      void answer(request, response).then(
        (given) => {
          if (given === null) return
          const { status, headers, body } = given
          response.writeHead(status, { ...safeHeaders, ...headers })
          response.end(request.method === 'HEAD' ? undefined : body)
        },
        () => {
          response.destroy()
        },
      )
    },
  )

  /** Null when the answer was given already. */
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Answer | null> => {
    const { method = '', headers } = request
    const exhibit = exhibitOf(request.url ?? '')
    if (exhibit !== null) {
      const refusal = await (refusalOfExhibit(request) ?? exhibits.send(exhibit, response))
      return refusal === null ? null : plain(refusal.status, refusal.why)
    }
    const kind = method === 'GET' || method === 'HEAD' ? 'read' : 'change'
    const refusal = refusalOf(kind, headers, port)
    if (refusal) return plain(refusal.status, refusal.why)
    if (kind === 'read') {
      const file = page.get(request.url ?? '')
      return file ? { status: 200, headers: { 'Content-Type': file.type }, body: file.bytes } : plain(404, 'not here')
    }
    if (method !== 'POST' || request.url !== '/session') return plain(405, 'not here')
    const body = await readBody(request)
    const read = body === null ? null : signIn.safeParse(body)
    if (read?.success !== true) return plain(400, 'not a sign-in')
    const admission = door.exchange(read.data.token)
    if (admission === null) {
      wrongTry()
      return plain(403, door.closed ? 'closed' : 'token')
    }
    exhibits.cut()
    client?.close(closeCodes.refused, 'another page signed in')
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json', 'Set-Cookie': admission.cookie },
      body: JSON.stringify({ nonce: admission.nonce }),
    }
  }

  /** A cookie alone is never enough, nor are cookie and nonce without the page they belong to. */
  const refusalOfExhibit = ({ method, headers }: IncomingMessage): Refusal | null => {
    const refusal = refusalOf('exhibit', headers, port)
    if (refusal) return refusal
    if (method !== 'GET') return { status: 405, why: 'not here' }
    const proof = headers[proofHeader]
    const known = door.knows(headers.cookie) && typeof proof === 'string' && door.proves(proof)
    const connected = client !== null && client.readyState === client.OPEN
    return known && connected ? null : { status: 401, why: 'sign in first' }
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined) // the far end may vanish while it is being refused
    const refusal =
      refusalOf('socket', request.headers, port) ??
      (request.url !== '/wire'
        ? { status: 405, why: 'not here' }
        : door.knows(request.headers.cookie)
          ? null
          : { status: 401, why: 'sign in first' })
    if (refusal) {
      socket.end(`HTTP/1.1 ${String(refusal.status)} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, greet)
  })

  /** The first message must be the nonce; only then does the connection reach the workbench. */
  const greet = (socket: WebSocket): void => {
    socket.on('error', () => undefined) // oversized or malformed: ws closes it, and the wire hears of the close
    const late = setTimeout(() => {
      socket.close(closeCodes.refused, 'no greeting')
    }, helloLimit)
    socket.once('close', () => {
      clearTimeout(late)
    })
    socket.once('message', (data: Buffer, isBinary: boolean) => {
      clearTimeout(late)
      if (isBinary || !admits(data)) {
        wrongTry()
        socket.close(closeCodes.refused, 'wrong nonce')
      } else if (client !== null && client.readyState === client.OPEN) {
        socket.close(closeCodes.busy, 'another page is connected')
      } else admit(socket)
    })
  }

  const admits = (data: Buffer): boolean => {
    const read = hello.safeParse(parsed(data.toString('utf8')))
    return door.admits(read.success ? read.data.nonce : '')
  }

  const admit = (socket: WebSocket): void => {
    client = socket
    let alive = true
    socket.on('pong', () => {
      alive = true
    })
    const ping = setInterval(() => {
      if (alive) socket.ping()
      else socket.terminate()
      alive = false
    }, pingEvery)
    socket.once('close', () => {
      clearInterval(ping)
      if (client !== socket) return
      client = null
      exhibits.cut()
    })
    workbench.attach(socketWire(socket), () => undefined)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new TourniquetError('port-taken', { port, detail: systemCode(error) ?? error.message }, error))
    })
    server.listen({ host: loopback, port, exclusive: true }, resolve)
  })

  return {
    newLink: () => `${originOf(port)}/#t=${door.newToken()}`,
    close: () =>
      new Promise((resolve) => {
        exhibits.cut()
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

function plain(status: number, why: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${why}\n` }
}

/** The JSON of a small body; null when it is too long or none. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > bodyLimit) return null
    pieces.push(piece)
  }
  return parsed(Buffer.concat(pieces).toString('utf8'))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // not JSON: refused like any other wrong shape
  }
}
