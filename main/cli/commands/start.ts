// start: the workbench in the best window this session can have: the desktop program, else a browser over served mode, else a link to open. Says which and why.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExitStatus } from '../../core/playbook/result.ts'
import { programFolder } from '../../platform/resources.ts'
import type { Shell } from '../shell.ts'
import { browserStart, electronBinary, noWindow, type WindowFacts } from '../windows.ts'
import { refuseWords, serveUntilStopped } from './serve.ts'

/** Seconds a fetch of the binary (about 120 MB) may take before a browser is good enough. */
const fetchLimit = 90
/** Milliseconds for which a failed fetch is remembered: a machine without a way out stays so for today. */
const fetchAgainAfter = 24 * 3600_000
/** Milliseconds within which an end of the desktop program means that it could not start here. */
const tooSoon = 8_000

export async function start(shell: Shell): Promise<ExitStatus> {
  refuseWords(shell)
  const facts: WindowFacts = {
    platform: process.platform,
    root: process.platform === 'linux' && process.getuid?.() === 0,
    environment: shell.environment,
    has: existsSync,
    folder: join(programFolder('resources'), '..'),
  }
  const why = shell.invocation.on('no-window') ? 'asked' : noWindow(facts)
  if (why !== null) return serveLink(shell, shell.say(`start.${why}`))

  const binary = electronBinary(facts) ?? (await fetched(shell, facts))
  if (binary === null) {
    const reason = existsSync(failureFile(facts)) ? 'not-fetched' : 'no-binary'
    return serveBrowser(shell, facts, shell.say(`start.${reason}`))
  }
  say(shell, shell.say('start.desktop'))
  const { status, detail, soon } = await desktop(shell, facts, binary)
  if (status === 0 || shell.signal.aborted) return 0
  return soon ? serveBrowser(shell, facts, shell.say('start.desktop-failed', { detail })) : 1
}

function say(shell: Shell, text: string): void {
  shell.err.line(text)
}

function serveLink(shell: Shell, why: string): Promise<ExitStatus> {
  say(shell, shell.say('start.url', { why }))
  return serveUntilStopped(shell, () => undefined)
}

function serveBrowser(shell: Shell, facts: WindowFacts, why: string): Promise<ExitStatus> {
  const browser = browserStart(facts, 'about:blank')
  if (browser === null) return serveLink(shell, shell.say('start.no-browser', { why }))
  say(shell, shell.say(browser.appWindow ? 'start.browser-window' : 'start.browser', { why, browser: browser.name }))
  return serveUntilStopped(shell, (url) => {
    const [command = '', ...args] = browserStart(facts, url)?.argv ?? []
    const child = spawn(command, args, { detached: true, stdio: 'ignore' })
    child.on('error', () => undefined) // the link was printed, and works in any browser
    child.unref()
  })
}

/** Runs the desktop program until it ends. */
function desktop(
  shell: Shell,
  { folder, environment }: WindowFacts,
  binary: string,
): Promise<{ readonly status: number | null; readonly detail: string; readonly soon: boolean }> {
  const began = Date.now()
  const env = { ...environment, ELECTRON_RUN_AS_NODE: undefined } // it would make a plain Node of the desktop program
  return new Promise((resolve) => {
    const child = spawn(binary, [folder, `--lang=${shell.lang}`], { stdio: 'inherit', env })
    const ended = (status: number | null, detail: string): void => {
      resolve({ status, detail, soon: Date.now() - began < tooSoon })
    }
    child.once('error', (cause) => {
      ended(null, cause.message)
    })
    child.once('exit', (code, signal) => {
      ended(code, signal ?? `exit ${String(code)}`)
    })
    shell.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  })
}

/** Lets Electron's own package fetch its binary, once a day at most and never in a build; null when it is still not here. */
async function fetched(shell: Shell, facts: WindowFacts): Promise<string | null> {
  const installer = join(facts.folder, 'node_modules/electron/install.js')
  const { CI: ci, ELECTRON_OVERRIDE_DIST_PATH: elsewhere } = facts.environment
  if (ci || elsewhere !== undefined || !existsSync(installer) || failedLately(facts)) return null
  say(shell, shell.say('start.fetching', { seconds: fetchLimit }))
  await new Promise<void>((resolve) => {
    const child = spawn(process.execPath, [installer], { stdio: 'ignore', timeout: fetchLimit * 1000 })
    child.once('error', () => {
      resolve()
    })
    child.once('exit', () => {
      resolve()
    })
    shell.signal.addEventListener('abort', () => child.kill(), { once: true })
  })
  const binary = electronBinary(facts)
  if (binary === null && !shell.signal.aborted) rememberFailure(facts)
  return binary
}

function failureFile({ folder }: WindowFacts): string {
  return join(folder, 'out/electron-not-fetched')
}

function failedLately(facts: WindowFacts): boolean {
  const at = statSync(failureFile(facts), { throwIfNoEntry: false })?.mtimeMs
  return at !== undefined && Date.now() - at < fetchAgainAfter
}

function rememberFailure(facts: WindowFacts): void {
  mkdirSync(dirname(failureFile(facts)), { recursive: true })
  writeFileSync(failureFile(facts), '')
}
