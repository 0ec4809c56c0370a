import { describe, expect, it } from 'vitest'
import { isLocal, pageAnswer } from './app-origin.ts'
import { safeHeaders } from './headers.ts'
import type { Page } from './page.ts'

const text = (words: string): Uint8Array => new TextEncoder().encode(words)
const page: Page = new Map([
  ['/', { type: 'text/html; charset=utf-8', bytes: text('<!doctype html>') }],
  ['/assets/app.js', { type: 'text/javascript; charset=utf-8', bytes: text('void 0') }],
])
const answer = pageAnswer(page)
const ask = (url: string, method = 'GET'): Response => answer(new Request(url, { method }))

describe('the page in the desktop window', () => {
  it.each([
    ['app://workbench/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://workbench', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://workbench/assets/app.js', 'text/javascript; charset=utf-8', 'void 0'],
    ['app://workbench/#t', 'text/html; charset=utf-8', '<!doctype html>'],
  ])('answers %s', async (url, type, body) => {
    const reply = ask(url)
    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, type, body])
  })

  it('answers HEAD without the bytes', async () => {
    const reply = ask('app://workbench/assets/app.js', 'HEAD')
    expect([reply.status, reply.headers.get('content-length'), await reply.text()]).toEqual([200, '6', ''])
  })

  it.each([
    'app://workbench/assets/../../../../etc/passwd',
    'app://workbench/%2e%2e/%2e%2e/etc/passwd',
    'app://workbench/..%2f..%2fetc%2fpasswd',
    'app://workbench/..\\..\\etc\\passwd',
    'app://workbench/assets/%61pp.js',
    'app://workbench//assets/app.js',
    'app://workbench/assets/app.js/',
    'app://workbench/assets/app.js?x',
    'app://workbench/assets/app.js%00.html',
    'app://workbench/index.html',
    'app://workbench/constructor',
    'app://workbench/__proto__',
    'app://other/',
    'app://workbench.evil/',
    'app://workbench:80/',
    'file:///etc/passwd',
    'https://workbench/',
  ])('has nothing at %s', (url) => {
    expect(ask(url).status).toBe(404)
  })

  it('has nothing for a sign-in in the address', () => {
    expect(answer({ url: 'app://user:word@workbench/', method: 'GET' }).status).toBe(404)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', (method) => {
    expect(ask('app://workbench/', method).status).toBe(405)
  })

  it.each(['app://workbench/', 'app://workbench/nothing', 'app://other/'])(
    'gives every safe header, also with a refusal: %s',
    (url) => {
      const headers = Object.fromEntries(ask(url).headers)
      for (const [name, value] of Object.entries(safeHeaders)) expect(headers[name.toLowerCase()]).toBe(value)
    },
  )
})

describe('what the window may load at all', () => {
  it.each(['app://workbench/x', 'blob:app://workbench/1-2', 'data:image/png;base64,x', 'devtools://devtools/x'])(
    '%s',
    (address) => {
      expect(isLocal(address)).toBe(true)
    },
  )
  it.each([
    'https://x/',
    'http://127.0.0.1/',
    'ws://127.0.0.1/',
    'file:///x',
    'blob:https://x/1',
    'app://other/x',
    'ftp://x',
  ])('not %s', (address) => {
    expect(isLocal(address)).toBe(false)
  })
})
