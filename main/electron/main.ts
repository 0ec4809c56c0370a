// The desktop shell: one window over the same workbench and the same page as served mode. It gives them a wire, dialogs and a keychain, locks everything
// else, and leaves in order: a run stops before its next change. What security depends on is set here or in window.ts, and asserted in tests.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, safeStorage, session, shell } from 'electron'
import { portWire } from '../core/rpc/port-wire.ts'
import { say, type Language } from '../i18n/words.ts'
import { appScheme, pageAnswer, pageUrl } from '../page/app-origin.ts'
import { loadPage, pageFolder } from '../page/page.ts'
import { refusedOption } from '../page/rules.ts'
import { practiceHost } from '../platform/practice.ts'
import { programFolder } from '../platform/resources.ts'
import { openSealedSecrets } from '../platform/sealed-secrets.ts'
import { readSettings } from '../workbench/settings.ts'
import { createWorkbench, type Workbench } from '../workbench/workbench.ts'
import { choose } from './dialogs.ts'
import { portChannel, portFrom } from './hand-over.ts'
import { menuTemplate } from './menu.ts'
import { selfTest } from './self-test.ts'
import { lockNavigation, lockSession, windowOptions } from './window.ts'

/** Milliseconds the workbench gets to leave its hosts; what is under way then is in the journal, and `resume` goes on with it. */
const closeLimit = 60_000

let window: BrowserWindow | null = null
let workbench: Workbench | null = null
const practice = practiceHost()
let state: 'open' | 'closing' | 'closed' = 'open'

const packaged = app.isPackaged
const testing = process.argv.includes('--self-test')
const given = [...process.argv, ...process.execArgv]
const refused = refusedOption(given, (name) => app.commandLine.hasSwitch(name), packaged)
if (refused !== null) {
  process.stderr.write(`${say('en', 'desktop.refused', { option: refused })}\n`)
  app.exit(2)
} else if (testing || app.requestSingleInstanceLock()) begin()
else app.quit()

/** Everything Electron wants to hear before it is ready. */
function begin(): void {
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged([appScheme])
  if (testing) app.setPath('userData', mkdtempSync(join(tmpdir(), 'tourniquet-self-test-')))
  app.on('web-contents-created', (_, contents) => {
    lockNavigation(contents, shell)
  })
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => {
    app.quit()
  })
  if (!testing) app.on('before-quit', leaveInOrder)
  app
    .whenReady()
    .then(testing ? test : open)
    .catch(giveUp)
}

async function open(): Promise<void> {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(menuTemplate(await language(), process.platform === 'darwin', packaged)),
  )
  const opened = (window = await makeWindow(false))
  const folder = app.getPath('userData')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const bench = (workbench = await createWorkbench({
    kind: 'desktop',
    chooser: async (what) => choose(dialog, app, opened, what, await language()),
    secrets: await openSealedSecrets(safeStorage, join(folder, 'secrets.json'), process.platform),
    practice,
  }))
  ipcMain.on(portChannel, (event) => {
    const port = portFrom(event, opened.webContents)
    if (port !== null) bench.attach(portWire(port), () => undefined)
  })
  opened.on('close', (event) => {
    if (state === 'closed') return
    event.preventDefault() // the window stays, to show that it is leaving
    app.quit()
  })
  await opened.loadURL(pageUrl)
}

async function test(): Promise<void> {
  const hidden = await makeWindow(true)
  app.exit((await selfTest(hidden, ipcMain, (text) => process.stdout.write(text))) ? 0 : 1)
}

async function makeWindow(hidden: boolean): Promise<BrowserWindow> {
  protocol.handle(appScheme.scheme, pageAnswer(await loadPage(pageFolder())))
  lockSession(session.defaultSession, (name) => join(app.getPath('downloads'), name))
  const preload = fileURLToPath(new URL('preload.cjs', import.meta.url))
  return new BrowserWindow(
    windowOptions({ preload, icon: join(programFolder('resources'), 'icons/512x512.png'), packaged, hidden }),
  )
}

/** The first wish to quit closes the workbench, with the window's title saying so; the program ends when that is done. */
function leaveInOrder(event: { preventDefault(): void }): void {
  if (state === 'closed' || workbench === null) return
  event.preventDefault()
  if (state === 'closing') return
  state = 'closing'
  const late = new Promise((resolve) => setTimeout(resolve, closeLimit))
  void language().then((lang) => {
    window?.on('page-title-updated', (update) => {
      update.preventDefault()
    })
    window?.setTitle(say(lang, 'desktop.closing'))
    window?.setProgressBar(2)
  })
  void Promise.race([workbench.close().then(practice.stop), late]).finally(() => {
    state = 'closed'
    app.quit()
  })
}

function giveUp(cause: unknown): void {
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  if (!testing) dialog.showErrorBox('Tourniquet 止血', detail)
  process.stderr.write(`${detail}\n`)
  app.exit(1)
}

/** The language chosen in the page, else the system's. */
async function language(): Promise<Language> {
  return (await readSettings()).language ?? (app.getLocale().startsWith('zh') ? 'zh-CN' : 'en')
}
