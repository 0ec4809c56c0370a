// Bundles and reports as files: written under a temporary name, fsynced, then renamed, so that a bundle with its name is a whole one.

import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { findingsOf } from '../core/bundle/findings.ts'
import { nextExportId, writeBundle, type Written } from '../core/bundle/export.ts'
import { recordOf } from '../core/bundle/record.ts'
import { renderReport, type Words } from '../core/bundle/report.ts'
import { snapshotOf } from '../core/bundle/snapshot.ts'
import type { Signer } from '../core/bundle/sshsig.ts'
import { openIntact, type IntactBundle, type Verified } from '../core/bundle/verify.ts'
import { caseChain } from '../core/case/journal.ts'
import { TourniquetError } from '../core/errors.ts'
import type { CaseFolder } from './case-folder.ts'
import { diskError, syncFolder, systemCode, temporarySuffix, writeAll, writeWhole } from './files.ts'
import { nodeHashing } from './hashing.ts'
import { caseSigner } from './signers.ts'
import { checkWire } from './ssh-crypto.ts'

export interface ExportBundle {
  /** path of the ZIP; an existing one is replaced once the new one is whole */
  readonly out: string
  /** default: the case's own key, which is not a person */
  readonly signer?: Signer
  /** [a-z0-9-]{4,64}; default `export-N`, N counting the exports of the case */
  readonly exportId?: string
  /** default `default`: environments and password files are held back */
  readonly redact?: 'default' | 'none'
  /** default: codes as they are */
  readonly words?: Words
}

/** Codes as they are: for callers without language files. */
const noWords: Words = (_lang, code) => code

/**
 * Writes the bundle of a case and, when the case is open for writing, journals the export. The bundle holds the case as it stood before that event.
 * Rejects with `usage`, `disk-full`, `disk-error`, `exhibit-damaged`, `case-missing`, `sign-key-unusable`; then there is no new file.
 */
export async function exportBundle(
  store: CaseFolder,
  options: ExportBundle,
): Promise<Written & { readonly path: string }> {
  const path = resolve(options.out)
  if (store.writable) await store.anchor()
  const what = {
    signer: options.signer ?? caseSigner(store.keys),
    exportId: options.exportId ?? nextExportId(store.events(caseChain)),
    redact: options.redact ?? 'default',
    words: options.words ?? noWords,
  } as const
  const written = await writeThrough(path, async (file) => {
    const sink = { write: (bytes: Uint8Array, position: number) => writeAll(file, bytes, position) }
    return writeBundle(store, what, { hashing: nodeHashing, crc32: (bytes, before) => crc32(bytes, before) }, sink)
  })
  if (store.writable) {
    const { exportId, tagManifestSha256, fingerprint } = written
    await store.append(caseChain, 'exported', { exportId, tagManifestSha256, signer: fingerprint })
  }
  return { ...written, path }
}

/**
 * Checks a bundle file. `signer` is the fingerprint (`SHA256:…`) that must have signed it; without it the result says `unproven`.
 * Rejects with `file-unreadable`, `usage` (not a fingerprint), `bundle-invalid`, `bundle-unsigned`, `journal-broken`.
 */
export async function verifyBundle(path: string, options: { readonly signer?: string } = {}): Promise<Verified> {
  const { signer } = options
  if (signer !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(signer)) {
    throw new TourniquetError('usage', { what: 'signer', value: signer })
  }
  return withBundle(path, signer, ({ verified }) => Promise.resolve(verified))
}

/** Verifies the bundle and does the work while its file is open. Rejects as `verifyBundle` does. */
export async function withBundle<T>(
  path: string,
  signer: string | undefined,
  work: (bundle: IntactBundle) => Promise<T>,
): Promise<T> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    throw new TourniquetError('file-unreadable', { path, code: systemCode(error) ?? 'unknown' }, error)
  }
  try {
    const { size } = await file.stat()
    const world = {
      hashing: nodeHashing,
      crc32: (bytes: Uint8Array, before: number) => crc32(bytes, before),
      check: checkWire,
    }
    const read = (position: number, length: number): Promise<Uint8Array> => readExactly(file, position, length, path)
    return await work(await openIntact({ size, read }, { signer, label: basename(path) }, world))
  } finally {
    await file.close()
  }
}

/** Writes the report of a case as a page of its own, outside any bundle. Rejects with `disk-*`, `exhibit-damaged`, `case-missing`. */
export async function writeReport(
  store: CaseFolder,
  options: { readonly out: string; readonly words?: Words },
): Promise<void> {
  const record = recordOf(snapshotOf(store))
  const findings = await findingsOf(record.hosts, (sha256) => store.exhibit(sha256))
  const words = options.words ?? noWords
  const page = renderReport({ record, findings, redactions: [], bundle: null, words, hashing: nodeHashing })
  await writeWhole(resolve(options.out), [new TextEncoder().encode(page)])
}

async function writeThrough<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const temporary = `${path}.${String(process.pid)}${temporarySuffix}`
  try {
    const file = await open(temporary, 'w', 0o600)
    let result: T
    try {
      result = await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return result
  } catch (error) {
    await rm(temporary, { force: true })
    throw diskError(error, path)
  }
}

async function readExactly(file: FileHandle, position: number, length: number, path: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) throw new TourniquetError('bundle-invalid', { file: basename(path), why: 'cut short' })
    done += bytesRead
  }
  return buffer
}
