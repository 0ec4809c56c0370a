// The desktop's own dialogs. Each starts in the folder where the thing usually is; without one, Electron opens Downloads for everything.

import { homedir } from 'node:os'
import { join } from 'node:path'
import type { App, BrowserWindow, Dialog, OpenDialogOptions } from 'electron'
import { casesFolder } from '../compose.ts'
import { say, type Language } from '../i18n/words.ts'
import type { Choice } from '../workbench/shell.ts'

export function dialogOptions(what: Choice, lang: Language, downloads: string): OpenDialogOptions {
  const title = say(lang, `desktop.choose-${what}`)
  const named = (kind: string, ...extensions: string[]) => ({
    filters: [{ name: say(lang, `desktop.kind-${kind}`), extensions }],
  })
  switch (what) {
    case 'bundle':
      return { title, defaultPath: downloads, properties: ['openFile'], ...named(what, 'zip') }
    case 'playbook':
      return { title, defaultPath: downloads, properties: ['openFile'], ...named(what, 'yaml', 'yml') }
    case 'case-folder':
      return { title, defaultPath: casesFolder(), properties: ['openDirectory'] }
    case 'key':
      return { title, defaultPath: join(homedir(), '.ssh'), properties: ['openFile', 'showHiddenFiles'] }
  }
}

/** Asks; null when the person cancelled. */
export async function choose(dialog: Dialog, app: App, parent: BrowserWindow, what: Choice, lang: Language) {
  const asked = await dialog.showOpenDialog(parent, dialogOptions(what, lang, app.getPath('downloads')))
  return asked.canceled ? null : (asked.filePaths[0] ?? null)
}
