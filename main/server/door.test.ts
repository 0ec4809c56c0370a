// The one way in, tried for real against a listening server: a link that works once, and guesses that close the door.

import { beforeEach, describe, expect, it } from 'vitest'
import { startServer, until, type TestServer } from './serve-fixture.ts'

let server: TestServer
beforeEach(async () => {
  server = await startServer()
})

describe('the door', () => {
  it('lets one page in with the token of the link, and its messages reach the workbench', async () => {
    const { socket } = await server.enter(await server.admitted())
    await until(() => server.wires.length === 1)
    socket.send('{"t":"call"}')
    socket.send(new Uint8Array([1, 2, 3]))
    await until(() => server.heard.length === 2)
    expect(server.heard).toEqual(['{"t":"call"}', new Uint8Array([1, 2, 3])])
    socket.terminate()
  })

  it('gives a cookie no script can read, for this site alone, with the port in its name', async () => {
    const { headers } = await server.signIn(server.newToken())
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(
        new RegExp(`^tourniquet-${String(server.port)}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
      ) as string,
    ])
  })

  it('takes a token once', async () => {
    const token = server.newToken()
    expect((await server.signIn(token)).status).toBe(200)
    expect((await server.signIn(token)).status).toBe(403)
  })

  it('voids an unused link when a new one is asked for', async () => {
    const old = server.newToken()
    server.newToken()
    expect((await server.signIn(old)).status).toBe(403)
  })

  it('stops accepting after five bad tries, even the right token, until a new link is asked for', async () => {
    const token = server.newToken()
    for (let tries = 0; tries < 5; tries++) expect((await server.signIn('x'.repeat(43))).status).toBe(403)
    expect(server.doorClosed).toBe(1)
    expect((await server.signIn(token)).status).toBe(403)
    expect((await server.signIn(server.newToken())).status).toBe(200)
  })

  it.each([
    ['nothing', ''],
    ['text', 'token'],
    ['another shape', '{"token":"x","more":1}'],
    ['a very long token', JSON.stringify({ token: 'x'.repeat(500) })],
    ['a body without end', 'x'.repeat(100_000)],
  ])('refuses a sign-in that is %s', async (_, body) => {
    const reply = await server
      .ask('/session', { method: 'POST', headers: { Origin: server.origin() }, body })
      .catch(() => null)
    expect(reply === null ? 'cut' : reply.status).toBe(400)
  })
})
