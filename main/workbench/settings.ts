// The workbench's own settings: one small file in the user's configuration folder. A file that cannot be read is left alone and the defaults are used.

import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { contract, type Settings } from '../core/contract.ts'
import { readIfThere, writeWhole } from '../platform/files.ts'

const schema = contract.methods['settings.set'].input

export const defaultSettings: Settings = {
  language: null,
  theme: 'dark',
  density: 'compact',
  examiner: null,
  hostView: true,
  deadManSeconds: 4 * 60 * 60,
}

export async function readSettings(): Promise<Settings> {
  const bytes = await readIfThere(settingsFile())
  if (bytes === null) return defaultSettings
  try {
    const read = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    return read.success ? read.data : defaultSettings
  } catch {
    return defaultSettings // not JSON: a person edited it; the next change writes a whole one
  }
}

/** Rejects with `disk-full` or `disk-error`. */
export async function writeSettings(settings: Settings): Promise<void> {
  const file = settingsFile()
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeWhole(file, [new TextEncoder().encode(`${JSON.stringify(settings, null, 2)}\n`)])
}

function settingsFile(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'tourniquet', 'workbench.json')
}
