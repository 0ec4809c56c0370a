// The keys of a case: one seals its exhibits, one signs its bundles when no person does. They live in a 0600 file outside the case folder,
// so that whoever copies the folder has not copied the keys. They are never written into a case, a bundle or a log.

import { generateKeyPairSync, hkdfSync } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { mkdir, rm } from 'node:fs/promises'
import { z } from 'zod'
import { TourniquetError } from '../core/errors.ts'
import { base64, fromBase64 } from '../core/json.ts'
import type { Hashing, Random } from '../core/ports.ts'
import { diskError, exists, readIfThere, writeWhole } from './files.ts'

export interface CaseKeys {
  /** 32 bytes, AES-256-GCM */
  readonly sealing: Uint8Array
  /** PKCS#8 DER of an Ed25519 key that belongs to the case and to no person */
  readonly signing: Uint8Array
  /** names the sealing key without telling it; kept in case.json */
  readonly id: string
}

/** What the page's key is for; another purpose would be another name and so another key. */
const lockerInfo = 'tourniquet-locker/1'

const keyFile = z.strictObject({
  format: z.literal('tourniquet.key/1'),
  caseId: z.string(),
  sealing: z.base64(),
  signing: z.base64(),
})

/** `TOURNIQUET_KEYS`, or `tourniquet/keys` under `XDG_CONFIG_HOME` or `~/.config`. */
export function keysFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['TOURNIQUET_KEYS']
  if (own !== undefined && own !== '') return resolve(own)
  const config = environment['XDG_CONFIG_HOME']
  return join(
    config !== undefined && config !== '' ? resolve(config) : join(homedir(), '.config'),
    'tourniquet',
    'keys',
  )
}

/** Makes new keys and writes them durably. Rejects with `usage` when the keys would lie inside the case folder, `disk-*`, `case-exists`. */
export async function createCaseKeys(
  folder: string,
  caseFolder: string,
  caseId: string,
  world: { readonly random: Random; readonly hashing: Hashing },
): Promise<CaseKeys> {
  if (`${resolve(folder)}${sep}`.startsWith(`${resolve(caseFolder)}${sep}`)) {
    throw new TourniquetError('usage', { what: 'keys inside the case folder', path: folder })
  }
  const path = pathOf(folder, caseId)
  const sealing = world.random.bytes(32)
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' })
  const text = keyText(caseId, { sealing, signing })
  if (await exists(path)) throw new TourniquetError('case-exists', { path })
  await writeKey(folder, path, text)
  return { sealing, signing, id: keyId(world.hashing, sealing) }
}

/** Puts the keys of a case from elsewhere into the folder, where there are none of that case. Rejects with `case-exists`, `disk-*`. */
export async function installCaseKeys(folder: string, caseId: string, keys: CaseKeys): Promise<void> {
  const path = pathOf(folder, caseId)
  if (await exists(path)) throw new TourniquetError('case-exists', { path })
  await writeKey(folder, path, keyText(caseId, keys))
}

/** The keys of a case whatever their id, or null when the folder has none of it. Rejects with `case-key-missing` when they cannot be read. */
export async function findCaseKeys(folder: string, caseId: string, hashing: Hashing): Promise<CaseKeys | null> {
  const path = pathOf(folder, caseId)
  const bytes = await readIfThere(path)
  return bytes === null ? null : readKey(path, bytes, caseId, hashing)
}

/** Takes keys away again that were made for a case which then was not made. */
export async function removeCaseKeys(folder: string, caseId: string): Promise<void> {
  await rm(pathOf(folder, caseId), { force: true })
}

/** Rejects with `case-key-missing`, which says where it looked and why that was not the key. */
export async function loadCaseKeys(folder: string, caseId: string, id: string, hashing: Hashing): Promise<CaseKeys> {
  const path = pathOf(folder, caseId)
  const bytes = await readIfThere(path)
  if (bytes === null) throw new TourniquetError('case-key-missing', { path, why: 'no such file' })
  const keys = readKey(path, bytes, caseId, hashing)
  if (keys.id !== id) throw new TourniquetError('case-key-missing', { path, why: 'the key of another case' })
  return keys
}

function readKey(path: string, bytes: Uint8Array, caseId: string, hashing: Hashing): CaseKeys {
  let read: z.infer<typeof keyFile>
  try {
    read = keyFile.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new TourniquetError('case-key-missing', { path, why: 'not a key file' }, cause)
  }
  const sealing = fromBase64(read.sealing)
  if (read.caseId !== caseId || sealing.length !== 32)
    throw new TourniquetError('case-key-missing', { path, why: 'the key of another case' })
  return { sealing, signing: fromBase64(read.signing), id: keyId(hashing, sealing) }
}

function keyText(caseId: string, { sealing, signing }: Pick<CaseKeys, 'sealing' | 'signing'>): string {
  const key = { format: 'tourniquet.key/1', caseId, sealing: base64(sealing), signing: base64(signing) }
  return `${JSON.stringify(key)}\n`
}

async function writeKey(folder: string, path: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw diskError(error, folder)
  }
  await writeWhole(path, [new TextEncoder().encode(text)])
}

/**
 * Key under which a page keeps exhibits of the case at rest: HKDF-SHA-256 of the sealing key. It opens the page's copy and nothing else: the sealing key
 * cannot be had from it.
 */
export function lockerKey({ sealing }: Pick<CaseKeys, 'sealing'>): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', sealing, new Uint8Array(), lockerInfo, 32))
}

function pathOf(folder: string, caseId: string): string {
  return join(folder, `${caseId}.key`)
}

function keyId(hashing: Hashing, sealing: Uint8Array): string {
  return hashing.sha256().update(new TextEncoder().encode('tourniquet key id\n')).update(sealing).hex().slice(0, 32)
}
