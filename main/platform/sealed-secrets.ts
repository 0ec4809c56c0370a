// Remembered secrets: sealed by the system's keychain, kept as one private file. Nothing is ever kept unsealed, and what cannot be unsealed is as if absent.

import { z } from 'zod'
import { readIfThere, writeWhole } from './files.ts'

const schema = 'tourniquet.secrets/1'
const kept = z.strictObject({ schema: z.literal(schema), sealed: z.record(z.string(), z.base64()) })

/** What seals: Electron's safeStorage has this shape. */
export interface Sealer {
  isAsyncEncryptionAvailable(): Promise<boolean>
  encryptStringAsync(plain: string): Promise<Buffer>
  /** `shouldReEncrypt`: the keychain has a newer key, under which it must be sealed again */
  decryptStringAsync(sealed: Buffer): Promise<{ readonly result: string; readonly shouldReEncrypt: boolean }>
  /** Linux only */
  getSelectedStorageBackend(): string
}

export interface SealedSecrets {
  readonly protection: 'plain' | 'protected'
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  clear(): Promise<void>
}

/** Without a keyring Chromium seals with a key that everyone knows; before it has looked for one, nobody knows. */
const unprotected: readonly string[] = ['basic_text', 'unknown']

/** Null when the system has nothing to seal with. `file` lies in a folder that exists. Rejects with `disk-error` when it cannot be read. */
export async function openSealedSecrets(
  sealer: Sealer,
  file: string,
  platform: NodeJS.Platform,
): Promise<SealedSecrets | null> {
  if (!(await sealer.isAsyncEncryptionAvailable())) return null
  let sealed: Readonly<Record<string, string>> = await readSealed(file)
  let writing: Promise<void> = Promise.resolve()

  const write = (change: (now: typeof sealed) => typeof sealed): Promise<void> => {
    const wrote = writing.then(async () => {
      const next = change(sealed)
      await writeWhole(file, [new TextEncoder().encode(`${JSON.stringify({ schema, sealed: next })}\n`)])
      sealed = next
    })
    writing = wrote.catch(() => undefined) // whoever asked hears of the failure; the next write starts from what is on disk
    return wrote
  }
  const set = async (name: string, value: string): Promise<void> => {
    const bytes = await sealer.encryptStringAsync(value)
    await write((now) => ({ ...now, [name]: bytes.toString('base64') }))
  }
  return {
    protection:
      platform === 'linux' && unprotected.includes(sealer.getSelectedStorageBackend()) ? 'plain' : 'protected',
    set,
    async get(name) {
      const text = Object.hasOwn(sealed, name) ? sealed[name] : undefined
      if (text === undefined) return null
      const opened = await sealer.decryptStringAsync(Buffer.from(text, 'base64')).catch(() => null)
      if (opened === null) return null // another user's, or sealed before the keychain was reset: the person is asked again
      if (opened.shouldReEncrypt) await set(name, opened.result)
      return opened.result
    },
    clear: () => write(() => ({})),
  }
}

async function readSealed(file: string): Promise<Readonly<Record<string, string>>> {
  const bytes = await readIfThere(file)
  try {
    return bytes === null ? {} : kept.parse(JSON.parse(new TextDecoder().decode(bytes))).sealed
  } catch {
    return {} // damaged: what it held can be typed again, and the next secret writes a whole file
  }
}
