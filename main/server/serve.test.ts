// Served mode under attack: every way in but the one, tried for real against a listening server.

import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { createServer, connect as tcp, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Wire } from '../core/rpc/wire.ts'
import { maxToMain } from '../core/rpc/wire.ts'
import type { Page } from '../page/page.ts'
import { serveLoopback, type Served } from './serve.ts'

const page: Page = new Map([
  ['/', { type: 'text/html; charset=utf-8', bytes: new TextEncoder().encode('<!doctype html>the page') }],
  ['/assets/app.js', { type: 'text/javascript; charset=utf-8', bytes: new TextEncoder().encode('void 0') }],
])

let port: number
let served: Served
let wires: Wire[]
let heard: (string | Uint8Array)[]
let doorClosed: number

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return free
}

beforeEach(async () => {
  port = await freePort()
  wires = []
  heard = []
  doorClosed = 0
  served = await serveLoopback({
    port,
    page,
    workbench: {
      attach: (wire, closed) => {
        wires.push(wire)
        wire.listen({ message: (message) => heard.push(message), closed })
      },
    },
    onDoorClosed: () => (doorClosed += 1),
  })
})
afterEach(() => served.close())

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const origin = () => `http://127.0.0.1:${String(port)}`

function ask(
  path: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
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
}

const tokenOf = (url: string): string => /^http:\/\/127\.0\.0\.1:\d+\/#t=([\w-]{43})$/.exec(url)?.[1] ?? ''

const signIn = (token: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> =>
  ask('/session', { method: 'POST', headers: { Origin: origin(), ...headers }, body: JSON.stringify({ token }) })

interface Way {
  readonly cookie: string
  readonly nonce: string
}

async function admitted(): Promise<Way> {
  const reply = await signIn(tokenOf(served.newLink()))
  const { nonce } = JSON.parse(reply.body) as { nonce: string }
  return { cookie: reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '', nonce }
}

/** How a connection came out: the status of a refused handshake, the code of a close, or that it stands. */
async function dial(
  headers: Record<string, string>,
  first: string | Uint8Array | null,
  path = '/wire',
): Promise<{ readonly socket: WebSocket; readonly outcome: Promise<string> }> {
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

const enter = ({ cookie, nonce }: Way, more: Record<string, string> = {}) =>
  dial({ Origin: origin(), Cookie: cookie, ...more }, JSON.stringify({ nonce }))

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}

describe('the door', () => {
  it('lets one page in with the token of the link, and its messages reach the workbench', async () => {
    const { socket } = await enter(await admitted())
    await until(() => wires.length === 1)
    socket.send('{"t":"call"}')
    socket.send(new Uint8Array([1, 2, 3]))
    await until(() => heard.length === 2)
    expect(heard).toEqual(['{"t":"call"}', new Uint8Array([1, 2, 3])])
    socket.terminate()
  })

  it('gives a cookie no script can read, for this site alone, with the port in its name', async () => {
    const { headers } = await signIn(tokenOf(served.newLink()))
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(
        new RegExp(`^tourniquet-${String(port)}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
      ) as string,
    ])
  })

  it('takes a token once', async () => {
    const token = tokenOf(served.newLink())
    expect((await signIn(token)).status).toBe(200)
    expect((await signIn(token)).status).toBe(403)
  })

  it('voids an unused link when a new one is asked for', async () => {
    const old = tokenOf(served.newLink())
    served.newLink()
    expect((await signIn(old)).status).toBe(403)
  })

  it('stops accepting after five bad tries, even the right token, until a new link is asked for', async () => {
    const token = tokenOf(served.newLink())
    for (let tries = 0; tries < 5; tries++) expect((await signIn('x'.repeat(43))).status).toBe(403)
    expect(doorClosed).toBe(1)
    expect((await signIn(token)).status).toBe(403)
    expect((await signIn(tokenOf(served.newLink()))).status).toBe(200)
  })

  it.each([
    ['nothing', ''],
    ['text', 'token'],
    ['another shape', '{"token":"x","more":1}'],
    ['a very long token', JSON.stringify({ token: 'x'.repeat(500) })],
    ['a body without end', 'x'.repeat(100_000)],
  ])('refuses a sign-in that is %s', async (_, body) => {
    const reply = await ask('/session', { method: 'POST', headers: { Origin: origin() }, body }).catch(() => null)
    expect(reply === null ? 'cut' : reply.status).toBe(400)
  })
})

describe('every request', () => {
  it.each([
    'localhost:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'evil.example:PORT',
    'evil.example',
    '127.0.0.1:PORT.',
    '[::1]:PORT',
  ])('must name this very address: %s does not', async (host) => {
    const headers = { Host: host.replace('PORT', String(port)) }
    expect((await ask('/', { headers })).status).toBe(421)
    expect((await signIn(tokenOf(served.newLink()), headers)).status).toBe(421)
    const { outcome } = await dial({ ...headers, Origin: origin(), Cookie: (await admitted()).cookie }, null)
    expect(await outcome).toBe('status 421')
  })

  it.each([
    'http://evil.example',
    'http://localhost:PORT',
    'http://127.0.0.1:1',
    'https://127.0.0.1:PORT',
    'null',
    'http://127.0.0.1:PORT.evil.example',
  ])('that changes something must come from our page: %s is not it', async (from) => {
    const Origin = from.replace('PORT', String(port))
    expect((await signIn(tokenOf(served.newLink()), { Origin })).status).toBe(403)
    expect((await ask('/', { headers: { Origin } })).status).toBe(403)
  })

  it('that changes something must say where it comes from', async () => {
    const body = JSON.stringify({ token: tokenOf(served.newLink()) })
    expect((await ask('/session', { method: 'POST', body })).status).toBe(403)
  })

  it.each(['cross-site', 'same-site', 'whatever'])('from %s, as the browser says, is refused', async (site) => {
    const headers = { 'Sec-Fetch-Site': site }
    expect((await ask('/', { headers })).status).toBe(403)
    expect((await signIn(tokenOf(served.newLink()), headers)).status).toBe(403)
    const { outcome } = await enter(await admitted(), headers)
    expect(await outcome).toBe('status 403')
  })

  it('a person typed, or our page made, is served', async () => {
    expect((await ask('/', { headers: { 'Sec-Fetch-Site': 'none' } })).body).toContain('the page')
    expect((await ask('/assets/app.js', { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status).toBe(200)
  })

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/..%2fpackage.json',
    '//etc/passwd',
    '/assets/app.js/../../../package.json',
    '/assets\\..\\app.js',
    '/index.html',
    '/?x',
    '/__proto__',
    '/constructor',
  ])('names a file of the page or nothing: %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])('with %s does nothing', async (method) => {
    const reply = await ask('/session', { method, headers: { Origin: origin() } })
    expect(reply.status).toBe(405)
  })

  it('is answered with every protection and without a word of CORS', async () => {
    for (const reply of [await ask('/'), await ask('/nowhere'), await signIn('x')]) {
      expect(reply.headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'; object-src 'none'$/,
        ) as string,
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('a connection', () => {
  it('needs the cookie', async () => {
    const { nonce } = await admitted()
    const { outcome } = await dial({ Origin: origin() }, JSON.stringify({ nonce }))
    expect(await outcome).toBe('status 401')
  })

  it('does not take the cookie of another port', async () => {
    const { cookie, nonce } = await admitted()
    const other = cookie.replace(String(port), String(port + 1))
    expect(await (await enter({ cookie: other, nonce })).outcome).toBe('status 401')
  })

  it('from another site is refused although the browser sends the cookie along', async () => {
    const way = await admitted()
    expect(await (await enter(way, { Origin: 'http://evil.example' })).outcome).toBe('status 403')
    const { outcome } = await dial({ Cookie: way.cookie }, JSON.stringify({ nonce: way.nonce }))
    expect(await outcome).toBe('status 403')
  })

  it.each([
    ['a wrong nonce', JSON.stringify({ nonce: 'x'.repeat(43) })],
    ['no nonce', '{"t":"call","id":1,"method":"state","input":{}}'],
    ['bytes', new Uint8Array([1, 2])],
  ])('with the cookie of another page but %s is closed, and is a bad try', async (_, first) => {
    const { cookie } = await admitted()
    const { outcome } = await dial({ Origin: origin(), Cookie: cookie }, first)
    expect(await outcome).toBe('closed 4401')
    expect(wires).toEqual([])
  })

  it('that guesses nonces closes the door', async () => {
    const { cookie, nonce } = await admitted()
    for (let tries = 0; tries < 5; tries++)
      expect(await (await enter({ cookie, nonce: `guess ${String(tries)}` })).outcome).toBe('closed 4401')
    expect(doorClosed).toBe(1)
    expect(await (await enter({ cookie, nonce })).outcome).toBe('closed 4401')
  })

  it('is the only one: a second is told so and sent away, and may come when the first has left', async () => {
    const way = await admitted()
    const first = await enter(way)
    await until(() => wires.length === 1)
    expect(await (await enter(way)).outcome).toBe('closed 4409')
    first.socket.close()
    await first.outcome
    const next = await enter(way)
    await until(() => wires.length === 2)
    next.socket.terminate()
  })

  it('ends when another page signs in with a new link', async () => {
    const first = await enter(await admitted())
    await until(() => wires.length === 1)
    await admitted()
    expect(await first.outcome).toBe('closed 4401')
  })

  it('that sends too large a message is cut off', async () => {
    const { socket, outcome } = await enter(await admitted())
    await until(() => wires.length === 1)
    socket.send('x'.repeat(maxToMain + 1024))
    expect(await outcome).toBe('closed 1009')
    expect(heard).toEqual([])
  })

  it('on another path is refused', async () => {
    const { cookie, nonce } = await admitted()
    const { outcome } = await dial({ Origin: origin(), Cookie: cookie }, JSON.stringify({ nonce }), '/wire/..')
    expect(await outcome).toBe('status 405')
  })
})

describe('the address', () => {
  it('is 127.0.0.1 and no other of this machine', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ address, family }) => family === 'IPv4' && address !== '127.0.0.1')
      .map(({ address }) => address)
    for (const host of [...others, '127.0.0.2']) {
      const socket = tcp({ host, port })
      await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  })

  it('that is taken is an error of its own', async () => {
    const again = serveLoopback({ port, page, workbench: { attach: () => undefined }, onDoorClosed: () => undefined })
    await expect(again).rejects.toMatchObject({ code: 'port-taken', params: { port, detail: 'EADDRINUSE' } })
  })
})
