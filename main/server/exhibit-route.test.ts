// Exhibits for the page that is connected, and every other way of asking for them, tried for real against a listening server.

import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { TourniquetError } from '../core/errors.ts'
import { evidence, exhibit, startServer, until, type TestServer, type Way } from './serve-fixture.ts'

let server: TestServer
beforeEach(async () => {
  server = await startServer()
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
    const before = server.wires.length
    const way = await server.admitted()
    const { socket, outcome } = await server.enter(way)
    await until(() => server.wires.length === before + 1)
    const headers = { Cookie: way.cookie, 'X-Tourniquet': way.nonce, 'Sec-Fetch-Site': 'same-origin' }
    return { ...way, socket, outcome, headers }
  }

  const without = (headers: Session['headers'], name: keyof Session['headers']): OutgoingHttpHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))

  /** A request that is under way, and whether its answer comes whole. */
  async function begin(headers: OutgoingHttpHeaders) {
    const request = httpRequest({ host: '127.0.0.1', port: server.port, path, headers })
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
    await until(() => server.asked.length > 0)
    return { request, ended }
  }

  it('is given to the signed-in page: what it is on one line, then its bytes, as nothing a browser would show', async () => {
    const { headers } = await signedIn()
    const reply = await server.ask(path, { headers })
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
    expect((await server.ask(path, { headers: without(headers, name) })).status).toBe(status)
    expect(server.asked).toEqual([])
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
    const forged = { ...headers, [name]: value.replace('PORT', String(server.port)) }
    expect((await server.ask(path, { headers: forged })).status).toBe(status)
    expect(server.asked).toEqual([])
  })

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('answers no %s', async (method) => {
    const { headers } = await signedIn()
    expect((await server.ask(path, { method, headers: { ...headers, Origin: server.origin() } })).status).toBe(405)
    expect(server.asked).toEqual([])
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
    const named = address.replace('DIGEST', exhibit.sha256).replace('PORT', String(server.port))
    expect((await server.ask(named, { headers })).status).toBe(404)
    expect(server.asked).toEqual([])
  })

  it('that the open case does not have is not here', async () => {
    const { headers } = await signedIn()
    expect(await server.ask(`/exhibit/${'0'.repeat(64)}`, { headers })).toMatchObject({
      status: 404,
      body: 'not here\n',
    })
    expect(server.asked).toEqual(['0'.repeat(64)])
  })

  it('is for a page that is connected: not before it is, and not after it left', async () => {
    const { cookie, nonce } = await server.admitted()
    const headers = { Cookie: cookie, 'X-Tourniquet': nonce, 'Sec-Fetch-Site': 'same-origin' }
    expect((await server.ask(path, { headers })).status).toBe(401)
    const { socket, outcome } = await server.enter({ cookie, nonce })
    await until(() => server.wires.length === 1)
    expect((await server.ask(path, { headers })).status).toBe(200)
    socket.close()
    await outcome
    expect((await server.ask(path, { headers })).status).toBe(401)
  })

  it('is not for a page that was replaced, and its asking on does not close the door on the new one', async () => {
    const old = await signedIn()
    const next = await signedIn()
    for (let tries = 0; tries < 8; tries++) expect((await server.ask(path, { headers: old.headers })).status).toBe(401)
    const mixed = { ...next.headers, 'X-Tourniquet': old.nonce }
    for (let tries = 0; tries < 8; tries++) expect((await server.ask(path, { headers: mixed })).status).toBe(401)
    expect(server.doorClosed).toBe(0)
    expect((await server.ask(path, { headers: next.headers })).status).toBe(200)
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
        await server.admitted()
      },
    ],
  ])('stops in the middle when %s', async (_, leave) => {
    let stopped = false
    server.sending = async (sink) => {
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
    server.sending = async (sink) => {
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
    server.sending = async (sink) => {
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
    server.sending = (sink) => gate.then(() => sink.write(evidence))
    const four = Array.from({ length: 4 }, () => server.ask(path, { headers }))
    await until(() => server.asked.length === 4)
    expect((await server.ask(path, { headers })).status).toBe(503)
    go()
    expect((await Promise.all(four)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await server.ask(path, { headers })).status).toBe(200)
  })
})
