// Served mode under attack: every way in but the one, tried for real against a listening server.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { createServer, connect as tcp, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TourniquetError } from '../core/errors.ts'
import type { ByteSink } from '../core/rpc/define.ts'
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
let asked: string[]
let sending: (sink: ByteSink) => Promise<void>

const evidence = Buffer.from('<script>the dropper</script>\n\0\xff', 'latin1')
const exhibit = { sha256: createHash('sha256').update(evidence).digest('hex'), size: evidence.length }

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
  asked = []
  sending = (sink) => sink.write(evidence)
  served = await serveLoopback({
    port,
    page,
    workbench: {
      attach: (wire, closed) => {
        wires.push(wire)
        wire.listen({ message: (message) => heard.push(message), closed })
      },
      exhibit: (sha256) => {
        asked.push(sha256)
        if (sha256 !== exhibit.sha256) return Promise.reject(new TourniquetError('case-missing', { path: sha256 }))
        return Promise.resolve({ output: exhibit, send: (sink) => sending(sink) })
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

describe('an exhibit', () => {
  const path = `/exhibit/${exhibit.sha256}`

  interface Session extends Way {
    readonly socket: WebSocket
    readonly outcome: Promise<string>
    /** what the page's own request carries */
    readonly headers: { readonly Cookie: string; readonly 'X-Tourniquet': string; readonly 'Sec-Fetch-Site': string }
  }

  async function signedIn(): Promise<Session> {
    const before = wires.length
    const way = await admitted()
    const { socket, outcome } = await enter(way)
    await until(() => wires.length === before + 1)
    const headers = { Cookie: way.cookie, 'X-Tourniquet': way.nonce, 'Sec-Fetch-Site': 'same-origin' }
    return { ...way, socket, outcome, headers }
  }

  const without = (headers: Session['headers'], name: keyof Session['headers']): OutgoingHttpHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))

  /** A request that is under way, and how much of it has come. */
  async function begin(headers: OutgoingHttpHeaders) {
    const request = httpRequest({ host: '127.0.0.1', port, path, headers })
    const ended = new Promise<'whole' | 'cut'>((resolve) => {
      request.on('error', () => {
        resolve('cut')
      })
      request.on('response', (response) => {
        response.on('error', () => undefined)
        response.on('close', () => {
          resolve(response.complete ? 'whole' : 'cut')
        })
      })
    })
    request.end()
    await until(() => asked.length > 0)
    return { request, ended }
  }

  it('is given to the signed-in page: what it is on one line, then its bytes, as nothing a browser would show', async () => {
    const { headers } = await signedIn()
    const reply = await ask(path, { headers })
    const [line = '', ...rest] = reply.body.split('\n')
    expect(reply.status).toBe(200)
    expect(JSON.parse(line)).toEqual(exhibit)
    expect(rest.join('\n')).toBe(evidence.toString())
    expect(reply.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': String(line.length + 1 + evidence.length),
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'cache-control': 'no-store',
    })
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it.each([
    ['without the cookie', 'Cookie', 401],
    ['with the cookie alone', 'X-Tourniquet', 401],
    ['that the browser does not call ours', 'Sec-Fetch-Site', 403],
  ] as const)('%s is refused', async (_, name, status) => {
    const { headers } = await signedIn()
    expect((await ask(path, { headers: without(headers, name) })).status).toBe(status)
    expect(asked).toEqual([])
  })

  it.each([
    ['Host', 'localhost:PORT', 421],
    ['Host', 'evil.example', 421],
    ['Sec-Fetch-Site', 'cross-site', 403],
    ['Sec-Fetch-Site', 'same-site', 403],
    ['Sec-Fetch-Site', 'none', 403],
    ['Origin', 'http://evil.example', 403],
    ['Origin', 'null', 403],
    ['Cookie', 'tourniquet-PORT=guess', 401],
    ['X-Tourniquet', '', 401],
    ['X-Tourniquet', 'guess', 401],
  ])('asked for with %s: %s is refused', async (name, value, status) => {
    const { headers } = await signedIn()
    const forged = { ...headers, [name]: value.replace('PORT', String(port)) }
    expect((await ask(path, { headers: forged })).status).toBe(status)
    expect(asked).toEqual([])
  })

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('answers no %s', async (method) => {
    const { headers } = await signedIn()
    expect((await ask(path, { method, headers: { ...headers, Origin: origin() } })).status).toBe(405)
    expect(asked).toEqual([])
  })

  it.each([
    '/exhibit/',
    '/exhibit/../exhibit/DIGEST',
    '/exhibit/%2e%2e/DIGEST',
    '/exhibit/../../../etc/passwd',
    '/exhibit/DIGEST/',
    '/exhibit/DIGEST/..',
    '/exhibit/DIGEST?x',
    '/exhibit/DIGEST#x',
    '/exhibit/DIGEST0',
    '/exhibit/DIGEST%00',
    '//exhibit/DIGEST',
    '/EXHIBIT/DIGEST',
    `/exhibit/${'A'.repeat(64)}`,
    `/exhibit/${'g'.repeat(64)}`,
    'http://127.0.0.1:PORT/exhibit/DIGEST',
  ])('is named in one way only, and this is not it: %s', async (address) => {
    const { headers } = await signedIn()
    const named = address.replace('DIGEST', exhibit.sha256).replace('PORT', String(port))
    expect((await ask(named, { headers })).status).toBe(404)
    expect(asked).toEqual([])
  })

  it('that the open case does not have is not here', async () => {
    const { headers } = await signedIn()
    expect(await ask(`/exhibit/${'0'.repeat(64)}`, { headers })).toMatchObject({ status: 404, body: 'not here\n' })
    expect(asked).toEqual(['0'.repeat(64)])
  })

  it('is for a page that is connected: not before it is, and not after it left', async () => {
    const { cookie, nonce } = await admitted()
    const headers = { Cookie: cookie, 'X-Tourniquet': nonce, 'Sec-Fetch-Site': 'same-origin' }
    expect((await ask(path, { headers })).status).toBe(401)
    const { socket, outcome } = await enter({ cookie, nonce })
    await until(() => wires.length === 1)
    expect((await ask(path, { headers })).status).toBe(200)
    socket.close()
    await outcome
    expect((await ask(path, { headers })).status).toBe(401)
  })

  it('is not for a page that was replaced, and its asking on does not close the door on the new one', async () => {
    const old = await signedIn()
    const next = await signedIn()
    for (let tries = 0; tries < 8; tries++) expect((await ask(path, { headers: old.headers })).status).toBe(401)
    const mixed = { ...next.headers, 'X-Tourniquet': old.nonce }
    for (let tries = 0; tries < 8; tries++) expect((await ask(path, { headers: mixed })).status).toBe(401)
    expect(doorClosed).toBe(0)
    expect((await ask(path, { headers: next.headers })).status).toBe(200)
  })

  it.each([
    [
      'its page leaves',
      ({ socket }: Session) => {
        socket.terminate()
        return Promise.resolve()
      },
    ],
    [
      'another signs in',
      async () => {
        await admitted()
      },
    ],
  ])('stops in the middle when %s', async (_, leave) => {
    let stopped = false
    sending = async (sink) => {
      try {
        for (;;) {
          await sink.write(new Uint8Array())
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      } catch (cause) {
        stopped = true
        throw cause
      }
    }
    const session = await signedIn()
    const { ended } = await begin(session.headers)
    await leave(session)
    expect(await ended).toBe('cut')
    await until(() => stopped)
    await session.outcome
  })

  it('is read no further when whoever asked goes away, and not faster than it is taken', async () => {
    const { headers } = await signedIn()
    const piece = new Uint8Array(1024 * 1024)
    let written = 0
    let failed = false
    sending = async (sink) => {
      try {
        for (;;) {
          await sink.write(piece)
          written += 1
        }
      } catch {
        failed = true
      }
    }
    const { request } = await begin(headers) // nobody reads the answer
    for (let last = -1; written !== last || written === 0;) {
      expect(written).toBeLessThan(32) // what the system holds between two sockets is less
      last = written
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    request.destroy()
    await until(() => failed)
  })

  it('is cut, not ended, when its bytes fail in the middle', async () => {
    const { headers } = await signedIn()
    sending = async (sink) => {
      await sink.write(evidence.subarray(0, 5))
      throw new TourniquetError('exhibit-damaged', { sha256: exhibit.sha256, where: 'piece 0' })
    }
    const { ended } = await begin(headers)
    expect(await ended).toBe('cut')
  })

  it('comes with three others at most, and a fifth is told to come again', async () => {
    const { headers } = await signedIn()
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (go = resolve))
    sending = (sink) => gate.then(() => sink.write(evidence))
    const four = Array.from({ length: 4 }, () => ask(path, { headers }))
    await until(() => asked.length === 4)
    expect((await ask(path, { headers })).status).toBe(503)
    go()
    expect((await Promise.all(four)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await ask(path, { headers })).status).toBe(200)
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
    const unused = { attach: () => undefined, exhibit: () => Promise.reject(new TourniquetError('case-not-open')) }
    const again = serveLoopback({ port, page, workbench: unused, onDoorClosed: () => undefined })
    await expect(again).rejects.toMatchObject({ code: 'port-taken', params: { port, detail: 'EADDRINUSE' } })
  })
})
