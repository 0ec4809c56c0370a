// `start` as a person gives it, on this machine and on machines played by a PATH and an environment. As root no browser runs, so the played ones run as nobody.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const nobody = 65_534
const isRoot = process.platform === 'linux' && process.getuid?.() === 0

let home: string
let port: number
let running: ChildProcess[] = []

beforeAll(async () => {
  const build = `import(${JSON.stringify(join(root, 'resources/bin/build.mjs'))}).then((m) => m.bringUpToDate(['cli', 'page']))`
  await once(spawn(process.execPath, ['-e', build], { stdio: 'ignore' }), 'exit')
}, 120_000)

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tq-start-'))
  chmodSync(home, 0o777)
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  port = (probe.address() as AddressInfo).port
  await new Promise((resolve) => probe.close(resolve))
})
afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  running = []
  rmSync(home, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** the URL on standard output */
  readonly url: Promise<string>
  readonly end: Promise<number | null>
}

function run(argv: readonly string[], env: NodeJS.ProcessEnv, asNobody: boolean): Started {
  const child = spawn(process.execPath, [...argv, '--port', String(port)], {
    env: { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: join(home, 'config'), CI: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(asNobody && isRoot ? { uid: nobody, gid: nobody } : {}),
  })
  running.push(child)
  let [out, err] = ['', '']
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString()
      const found = /^http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43}$/m.exec(out)
      if (found) resolve(found[0])
    })
    child.on('exit', () => {
      reject(new Error(`ended: ${err}`))
    })
  })
  url.catch(() => undefined) // whoever waits for the end alone does not ask for it
  const end = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, stdout: () => out, stderr: () => err, url, end }
}

/** A program of that name that writes its arguments down, line by line, and ends so. */
function fake(path: string, status: number): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(
    path,
    `#!/bin/sh\nprintf '%s\\n' "$@" >"$HOME/${path.split('/').at(-1) ?? ''}.args"\nexit ${String(status)}\n`,
  )
  chmodSync(path, 0o755)
}

const args = (name: string): readonly string[] =>
  readFileSync(join(home, `${name}.args`), 'utf8')
    .trimEnd()
    .split('\n')

describe('start, without a display', () => {
  it('prints one link and the reason in one line, serves the page there, and ends with the signal', async () => {
    const started = run([join(root, 'resources/bin/tourniquet.mjs'), 'start'], {}, false)
    const url = await started.url
    expect(started.stderr()).toContain('No window, because this session has no display. Open this link')
    const page = await fetch(url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    started.child.kill('SIGINT')
    expect(await started.end).toBe(0)
    expect(started.stdout().trim().split('\n')).toEqual([url])
  }, 60_000)

  it('says it in Chinese where the system speaks it', async () => {
    const started = run([join(root, 'out/main/cli.js'), 'start'], { LANG: 'zh_CN.UTF-8' }, false)
    await started.url
    expect(started.stderr()).toContain('未打开窗口：当前会话没有显示器')
  }, 60_000)

  it('refuses what it does not know', async () => {
    const started = run([join(root, 'out/main/cli.js'), 'start', 'case'], {}, false)
    expect(await started.end).toBe(2)
  }, 60_000)
})

describe.skipIf(process.platform !== 'linux')('start, with a display', () => {
  const cli = join(root, 'out/main/cli.js')
  const bin = (): string => join(home, 'bin')
  const desk = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    DISPLAY: ':99',
    PATH: bin(),
    ELECTRON_OVERRIDE_DIST_PATH: join(home, 'electron'),
    ...more,
  })

  it.skipIf(!isRoot)(
    'opens nothing as root, and says so',
    async () => {
      fake(join(home, 'electron/electron'), 0)
      fake(join(bin(), 'chromium'), 0)
      const started = run([cli, 'start'], desk(), false)
      await started.url
      expect(started.stderr()).toContain('browsers refuse to run as root')
      expect(existsSync(join(home, 'chromium.args')) || existsSync(join(home, 'electron.args'))).toBe(false)
    },
    60_000,
  )

  it('opens the desktop program where its binary is, and ends with it', async () => {
    fake(join(home, 'electron/electron'), 0)
    const started = run([cli, 'start', '--lang', 'zh-CN'], desk(), true)
    expect(await started.end).toBe(0)
    expect(args('electron').map((each) => each.replace(/\/$/, ''))).toEqual([root.replace(/\/$/, ''), '--lang=zh-CN'])
    expect(started.stderr()).toContain('正在打开桌面窗口')
    expect(started.stdout()).toBe('')
  }, 60_000)

  it('opens an app window of the browser when there is no binary, with the very link it prints', async () => {
    fake(join(bin(), 'google-chrome'), 0)
    const started = run([cli, 'start'], desk(), true)
    const url = await started.url
    await expect.poll(() => existsSync(join(home, 'google-chrome.args')), { timeout: 6_000 }).toBe(true)
    expect(args('google-chrome')).toEqual([`--app=${url}`])
    expect(started.stderr()).toContain(
      'because the Electron binary is not here. Opening an app window of Chrome instead',
    )
  }, 60_000)

  it('falls back to the browser when the desktop program ends at once', async () => {
    fake(join(home, 'electron/electron'), 127)
    fake(join(bin(), 'xdg-open'), 0)
    const started = run([cli, 'start'], desk(), true)
    const url = await started.url
    await expect.poll(() => existsSync(join(home, 'xdg-open.args')), { timeout: 6_000 }).toBe(true)
    expect(args('xdg-open')).toEqual([url])
    expect(started.stderr()).toContain('exit 127')
  }, 60_000)

  it('prints the link when there is no browser either, or when asked to', async () => {
    const without = run([cli, 'start'], desk(), true)
    await without.url
    expect(without.stderr()).toContain('and no browser was found')
    without.child.kill('SIGINT')
    await without.end
    fake(join(home, 'electron/electron'), 0)
    const asked = run([cli, 'start', '--no-window'], desk(), true)
    await asked.url
    expect(asked.stderr()).toContain('--no-window was given')
    expect(existsSync(join(home, 'electron.args'))).toBe(false)
  }, 60_000)
})
