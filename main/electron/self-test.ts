// `--self-test`: proves on a machine with the real binary what can't be proven without it. A hidden window looks at itself, the runtime's crypto is tried, and one
// JSON object is printed. It opens no case and reaches no host but itself.

import type { BrowserWindow, IpcMain } from 'electron'
import { z } from 'zod'
import pageScript from '../../resources/self-test/page.mjs?raw'
import { tool } from '../compose.ts'
import { portWire } from '../core/rpc/port-wire.ts'
import type { Wire } from '../core/rpc/wire.ts'
import { pageUrl } from '../page/app-origin.ts'
import { check, runtimeChecks, type Check } from '../self-check.ts'
import { portChannel, portFrom } from './hand-over.ts'

const pageChecks = z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() }))

/** True when every check held. The path does not exist on purpose: the bare origin, with our policy and preload, and no page that connects by itself. */
export async function selfTest(window: BrowserWindow, ipcMain: IpcMain, print: (text: string) => void) {
  ipcMain.on(portChannel, (event) => {
    const port = portFrom(event, window.webContents)
    if (port !== null) echo(portWire(port))
  })
  const checks: Check[] = []
  const seen = await check('window', async () => {
    await window.loadURL(`${pageUrl}self-test`)
    checks.push(...pageChecks.parse(await window.webContents.executeJavaScript(pageScript)))
    return `Electron ${process.versions.electron}, Chromium ${process.versions.chrome}`
  })
  checks.unshift(seen)
  checks.push(...(await runtimeChecks()))
  const ok = checks.every((each) => each.ok)
  print(`${JSON.stringify({ ok, tool, platform: process.platform, arch: process.arch, checks })}\n`)
  return ok
}

function echo(wire: Wire): void {
  wire.listen({
    message: (message) => {
      wire.post(message)
    },
    closed: () => undefined,
  })
}
