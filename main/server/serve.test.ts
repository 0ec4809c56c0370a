// Connections tried for real against a listening server: which one stands, what ends it, and on which address alone.

import { once } from 'node:events'
import { connect as tcp } from 'node:net'
import { networkInterfaces } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { TourniquetError } from '../core/errors.ts'
import { maxToMain } from '../core/rpc/wire.ts'
import { page, startServer, until, type TestServer } from './serve-fixture.ts'
import { serveLoopback } from './serve.ts'

let server: TestServer
beforeEach(async () => {
  server = await startServer()
})

describe('a connection', () => {
  it('needs the cookie', async () => {
    const { nonce } = await server.admitted()
    const { outcome } = await server.dial({ Origin: server.origin() }, JSON.stringify({ nonce }))
    expect(await outcome).toBe('status 401')
  })

  it('does not take the cookie of another port', async () => {
    const { cookie, nonce } = await server.admitted()
    const other = cookie.replace(String(server.port), String(server.port + 1))
    expect(await (await server.enter({ cookie: other, nonce })).outcome).toBe('status 401')
  })

  it('from another site is refused although the browser sends the cookie along', async () => {
    const way = await server.admitted()
    expect(await (await server.enter(way, { Origin: 'http://evil.example' })).outcome).toBe('status 403')
    const { outcome } = await server.dial({ Cookie: way.cookie }, JSON.stringify({ nonce: way.nonce }))
    expect(await outcome).toBe('status 403')
  })

  it.each([
    ['a wrong nonce', JSON.stringify({ nonce: 'x'.repeat(43) })],
    ['no nonce', '{"t":"call","id":1,"method":"state","input":{}}'],
    ['bytes', new Uint8Array([1, 2])],
  ])('with the cookie of another page but %s is closed, and is a bad try', async (_, first) => {
    const { cookie } = await server.admitted()
    const { outcome } = await server.dial({ Origin: server.origin(), Cookie: cookie }, first)
    expect(await outcome).toBe('closed 4401')
    expect(server.wires).toEqual([])
  })

  it('that guesses nonces closes the door', async () => {
    const { cookie, nonce } = await server.admitted()
    for (let tries = 0; tries < 5; tries++)
      expect(await (await server.enter({ cookie, nonce: `guess ${String(tries)}` })).outcome).toBe('closed 4401')
    expect(server.doorClosed).toBe(1)
    expect(await (await server.enter({ cookie, nonce })).outcome).toBe('closed 4401')
  })

  it('is the only one: a second is told so and sent away, and may come when the first has left', async () => {
    const way = await server.admitted()
    const first = await server.enter(way)
    await until(() => server.wires.length === 1)
    expect(await (await server.enter(way)).outcome).toBe('closed 4409')
    first.socket.close()
    await first.outcome
    const next = await server.enter(way)
    await until(() => server.wires.length === 2)
    next.socket.terminate()
  })

  it('ends when another page signs in with a new link', async () => {
    const first = await server.enter(await server.admitted())
    await until(() => server.wires.length === 1)
    await server.admitted()
    expect(await first.outcome).toBe('closed 4401')
  })

  it('that sends too large a message is cut off', async () => {
    const { socket, outcome } = await server.enter(await server.admitted())
    await until(() => server.wires.length === 1)
    socket.send('x'.repeat(maxToMain + 1024))
    expect(await outcome).toBe('closed 1009')
    expect(server.heard).toEqual([])
  })

  it('on another path is refused', async () => {
    const { cookie, nonce } = await server.admitted()
    const { outcome } = await server.dial(
      { Origin: server.origin(), Cookie: cookie },
      JSON.stringify({ nonce }),
      '/wire/..',
    )
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
      const socket = tcp({ host, port: server.port })
      await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  })

  it('that is taken is an error of its own', async () => {
    const unused = { attach: () => undefined, exhibit: () => Promise.reject(new TourniquetError('case-not-open')) }
    const { port } = server
    const again = serveLoopback({ port, page, workbench: unused, onDoorClosed: () => undefined })
    await expect(again).rejects.toMatchObject({ code: 'port-taken', params: { port, detail: 'EADDRINUSE' } })
  })
})
