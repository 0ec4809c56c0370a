// The page's half of `--self-test`, in a real Chromium with the very headers and preload of the desktop window. It must find each fault
// that is put in, and none that is not there.

import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pageScript from '../../resources/self-test/page.mjs?raw'
import { safeHeaders } from '../page/headers.ts'

const binary = '/usr/bin/chromium'
const missing = existsSync(binary) ? '' : ' (skipped: no Chromium)'

/** What the preload gives the page, with an echo where main would be. */
const preload = `
  const echo = (port) => { port.onmessage = ({ data }) => port.postMessage(data) }
  Object.defineProperty(window, 'tourniquet', { value: Object.freeze({ connect() {
    const { port1, port2 } = new MessageChannel()
    echo(port1)
    window.postMessage('tourniquet-wire', location.origin, [port2])
  } }) })`

interface Seen {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

describe.skipIf(missing !== '')(`the page half of the self-test${missing}`, () => {
  let browser: Browser
  let server: Server
  let headers: Readonly<Record<string, string>> = safeHeaders

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(404, { ...headers, 'Content-Type': 'text/plain' }).end('not here\n')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    browser = await chromium.launch({ executablePath: binary, args: ['--no-sandbox'] })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    server.close()
  })

  async function look(given: string): Promise<readonly Seen[]> {
    const page = await browser.newPage()
    try {
      await page.addInitScript(given)
      await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/self-test`)
      return await page.evaluate(pageScript)
    } finally {
      await page.close()
    }
  }

  it('finds nothing wrong but the one thing a browser does and the desktop window refuses', async () => {
    headers = safeHeaders
    const seen = await look(preload)
    expect(seen.filter(({ ok }) => !ok)).toEqual([{ name: 'page-window', ok: false, detail: 'a window opened' }])
    expect(seen.map(({ name }) => name)).toEqual([
      'page-policy',
      'page-eval',
      'page-wasm',
      'page-network',
      'page-sandbox',
      'page-window',
      'page-indexeddb',
      'page-crypto',
      'page-wire',
    ])
  }, 60_000)

  it('finds a missing policy, and what it lets through', async () => {
    headers = {}
    const wrong = (await look(preload)).filter(({ ok }) => !ok).map(({ name }) => name)
    expect(wrong).toEqual(expect.arrayContaining(['page-policy', 'page-eval', 'page-wasm']))
  }, 60_000)

  it('finds Node in the page, and a preload that gives more than one function', async () => {
    headers = safeHeaders
    const found = async (fault: string) =>
      (await look(`${preload};${fault}`)).find(({ name }) => name === 'page-sandbox')
    expect(await found('window.require = () => 0')).toMatchObject({ ok: false, detail: 'the page sees require' })
    const more = preload.replace('connect()', 'ipc: 1, connect()')
    expect((await look(more)).find(({ name }) => name === 'page-sandbox')).toMatchObject({
      ok: false,
      detail: 'the preload gives ipc, connect',
    })
  }, 60_000)

  it('finds a wire that bends what it carries', async () => {
    const bent = preload.replace('port.postMessage(data)', 'port.postMessage(String(data))')
    expect((await look(bent)).find(({ name }) => name === 'page-wire')).toMatchObject({
      ok: false,
      detail: 'bytes came back otherwise',
    })
  }, 60_000)
})
