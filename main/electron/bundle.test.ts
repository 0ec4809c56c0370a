// The built bundle, started under plain Node with a stand-in for electron: what it sets, refuses and serves. What only the real binary can show is in
// `--self-test`.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { walkBundle, type Walked } from '../../e2e/fixtures/electron/run.ts'
import { pagePolicy } from '../page/headers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

beforeAll(() => {
  const build = `import(${JSON.stringify(`${root}resources/bin/build.mjs`)}).then(async (m) => { process.exitCode = (await m.bringUpToDate(['desktop'])).length })`
  execFileSync(process.execPath, ['-e', build], { stdio: ['ignore', 'ignore', 'inherit'] })
}, 60_000)

const value = (walked: Walked, what: string): unknown => walked.recorded.find((each) => each.what === what)?.value
const order = (walked: Walked): readonly string[] => walked.recorded.map(({ what }) => what)

describe('the desktop program', () => {
  let walked: Walked
  beforeAll(async () => {
    walked = await walkBundle('open')
  }, 60_000)

  it('sandboxes everything and claims its scheme before it is ready, and is the only one of its kind', () => {
    expect(order(walked).slice(0, 3)).toEqual([
      'requestSingleInstanceLock',
      'enableSandbox',
      'registerSchemesAsPrivileged',
    ])
    expect(value(walked, 'registerSchemesAsPrivileged')).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ])
  })

  it('writes down every option of its window that security depends on', () => {
    const { webPreferences, show } = value(walked, 'BrowserWindow') as {
      readonly show: boolean
      readonly webPreferences: Readonly<Record<string, unknown>>
    }
    expect(show).toBe(true)
    const { preload, ...rest } = webPreferences
    expect(preload).toBe(`${root}out/electron/preload.cjs`)
    expect(rest).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableBlinkFeatures: '',
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      autoplayPolicy: 'user-gesture-required',
      devTools: true,
      backgroundThrottling: false,
    })
  })

  it('shows our page with our policy as a header', () => {
    expect(value(walked, 'loadURL')).toMatchObject({
      url: 'app://workbench/',
      status: 200,
      headers: { 'content-security-policy': pagePolicy, 'x-content-type-options': 'nosniff' },
    })
  })

  it('gives the page the whole contract over its port: calls, a case, bytes down and bytes up', () => {
    expect(walked['state']).toMatchObject({ shell: 'desktop', remembers: 'plain', case: null })
    expect(walked['chosen']).toEqual({ path: '/chosen' })
    expect(walked['report']).toBeGreaterThan(1000)
    const sent = Buffer.concat([0, 1, 2].map((byte) => Buffer.alloc(100_000, byte)))
    expect(walked['uploaded']).toMatchObject({ sha256: createHash('sha256').update(sent).digest('hex') })
  })

  it('opens its dialogs where the thing usually is', () => {
    expect(value(walked, 'showOpenDialog')).toMatchObject({
      title: 'Choose an evidence bundle',
      defaultPath: expect.stringContaining('/') as string,
      properties: ['openFile'],
    })
  })

  it('closes every port that comes from anywhere but the main frame of its own window on its own origin, and the page stays', () => {
    expect(walked['strangers']).toEqual({
      anotherFrame: true,
      noFrame: true,
      anotherContents: true,
      anotherOrigin: true,
      twoPorts: true,
    })
    expect(walked['stillThere']).toBe(true)
  })

  it('goes nowhere, opens nothing, and hands only a technique page to the browser', () => {
    expect(walked['locks']).toEqual({
      away: false,
      reload: true,
      frameAway: false,
      redirect: false,
      webview: false,
      window: { action: 'deny' },
      document: { action: 'deny' },
    })
    expect(walked.recorded.filter(({ what }) => what === 'openExternal').map((each) => each.value)).toEqual([
      'https://attack.mitre.org/techniques/T1496/',
    ])
  })

  it('permits copying text and durable storage to its own page, and nothing else to anyone', () => {
    expect(walked['permissions']).toEqual({
      askCopy: true,
      askCamera: false,
      askElsewhere: false,
      checkStorage: true,
      checkRead: false,
      device: false,
      loadOurs: { cancel: false },
      loadElsewhere: { cancel: true },
      loadFile: { cancel: true },
    })
  })

  it('comes to the front when it is started a second time', () => {
    expect(order(walked)).toContain('focus')
  })

  it('stays in sight and says so while it leaves, then ends', () => {
    const leaving = order(walked).slice(order(walked).indexOf('quit'))
    expect(leaving).toEqual(['quit', 'setTitle', 'setProgressBar', 'quit', 'exit'])
    expect(value(walked, 'setTitle')).toMatch(/stopping before the next change/)
    expect(walked.code).toBe(0)
  })

  it('has a menu with the roles without which copy and paste fail, and developer tools only when run from sources', () => {
    const roles = JSON.stringify(value(walked, 'setApplicationMenu'))
    for (const role of ['copy', 'paste', 'selectAll', 'zoomIn', 'toggleDevTools', 'quit', 'about'])
      expect(roles).toContain(`"role":"${role}"`)
    expect(roles).toContain('"label":"Paste"')
  })
})

describe('when packaged', () => {
  it.each(['--remote-debugging-port=9222', '--inspect'])('refuses %s and starts nothing', async (option) => {
    const walked = await walkBundle('run', [option], { PACKAGED: '1' })
    expect(walked.recorded).toEqual([{ what: 'exit', value: 2 }])
    expect(walked.stderr).toContain(option.replace(/=.*/, ''))
  })

  it('has no developer tools', async () => {
    const walked = await walkBundle('open', [], { PACKAGED: '1', LOCALE: 'zh-CN' })
    expect(value(walked, 'BrowserWindow')).toMatchObject({ webPreferences: { devTools: false } })
    const menu = JSON.stringify(value(walked, 'setApplicationMenu'))
    expect(menu).not.toContain('toggleDevTools')
    expect(menu).toContain('粘贴')
  })
})

it('ends at once when it is there already', async () => {
  const walked = await walkBundle('run', [], { SECOND: '1' })
  expect(order(walked)).toEqual(['requestSingleInstanceLock', 'quit', 'exit'])
})

describe('--self-test', () => {
  it('prints one JSON object with every check and ends 0', async () => {
    const walked = await walkBundle('run', ['--self-test'])
    const said = JSON.parse(walked.stdout) as { ok: boolean; checks: { name: string; ok: boolean; detail: string }[] }
    expect(said.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(said.checks.map(({ name }) => name)).toEqual([
      'window',
      'page-stand-in',
      'toolbox',
      'playbooks',
      'crypto',
      'exhibit-cipher',
      'case-signature',
      'ssh-kex',
      'ssh-cipher',
      'ssh-hmac',
      'ssh-serverHostKey',
    ])
    expect(said.ok).toBe(true)
    expect(walked.code).toBe(0)
    expect(value(walked, 'BrowserWindow')).toMatchObject({ show: false })
    expect(order(walked)).not.toContain('requestSingleInstanceLock')
  }, 60_000)

  it('ends 1 when one check fails', async () => {
    const walked = await walkBundle('run', ['--self-test'], { PAGE: 'broken' })
    expect((JSON.parse(walked.stdout) as { ok: boolean }).ok).toBe(false)
    expect(walked.code).toBe(1)
  }, 60_000)
})

describe('the preload bundle', () => {
  it('exposes one function, which sends one port to main and the other to its own page', () => {
    const exposed: Record<string, unknown> = {}
    const sent: unknown[][] = []
    const posted: unknown[][] = []
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: unknown) => {
          exposed[name] = api
        },
      },
      ipcRenderer: { postMessage: (...args: unknown[]) => sent.push(args) },
    }
    const context = {
      require: (name: string) => {
        if (name !== 'electron') throw new Error(`a sandboxed preload has no ${name}`)
        return electron
      },
      MessageChannel: class {
        port1 = 'main end'
        port2 = 'page end'
      },
      window: { postMessage: (...args: unknown[]) => posted.push(args) },
      location: { origin: 'app://workbench' },
    }
    runInNewContext(readFileSync(`${root}out/electron/preload.cjs`, 'utf8'), context)
    expect(Object.keys(exposed)).toEqual(['tourniquet'])
    const api = exposed['tourniquet'] as Record<string, () => unknown>
    expect(Object.keys(api)).toEqual(['connect'])
    expect(sent).toEqual([])
    expect(api['connect']!()).toBeUndefined()
    expect(sent).toEqual([['tourniquet-port', null, ['main end']]])
    expect(posted).toEqual([['tourniquet-wire', 'app://workbench', ['page end']]])
  })
})
