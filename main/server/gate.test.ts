// Requests that come from elsewhere or ask for anything but the page, tried for real against a listening server.

import { beforeEach, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from './serve-fixture.ts'

let server: TestServer
beforeEach(async () => {
  server = await startServer()
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
    const headers = { Host: host.replace('PORT', String(server.port)) }
    expect((await server.ask('/', { headers })).status).toBe(421)
    expect((await server.signIn(server.newToken(), headers)).status).toBe(421)
    const { outcome } = await server.dial(
      { ...headers, Origin: server.origin(), Cookie: (await server.admitted()).cookie },
      null,
    )
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
    const Origin = from.replace('PORT', String(server.port))
    expect((await server.signIn(server.newToken(), { Origin })).status).toBe(403)
    expect((await server.ask('/', { headers: { Origin } })).status).toBe(403)
  })

  it('that changes something must say where it comes from', async () => {
    const body = JSON.stringify({ token: server.newToken() })
    expect((await server.ask('/session', { method: 'POST', body })).status).toBe(403)
  })

  it.each(['cross-site', 'same-site', 'whatever'])('from %s, as the browser says, is refused', async (site) => {
    const headers = { 'Sec-Fetch-Site': site }
    expect((await server.ask('/', { headers })).status).toBe(403)
    expect((await server.signIn(server.newToken(), headers)).status).toBe(403)
    const { outcome } = await server.enter(await server.admitted(), headers)
    expect(await outcome).toBe('status 403')
  })

  it('a person typed, or our page made, is served', async () => {
    expect((await server.ask('/', { headers: { 'Sec-Fetch-Site': 'none' } })).body).toContain('the page')
    expect((await server.ask('/assets/app.js', { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status).toBe(200)
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
    expect((await server.ask(path)).status).toBe(404)
  })

  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])('with %s does nothing', async (method) => {
    const reply = await server.ask('/session', { method, headers: { Origin: server.origin() } })
    expect(reply.status).toBe(405)
  })

  it('is answered with every protection and without a word of CORS', async () => {
    for (const reply of [await server.ask('/'), await server.ask('/nowhere'), await server.signIn('x')]) {
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
