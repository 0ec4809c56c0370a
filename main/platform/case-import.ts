// A copy of a case from elsewhere: out of a bundle, or out of another case folder. Journals are taken over to the byte, every exhibit is hashed on its way and
// sealed anew. The copy stands under its name only when it is whole, and bears no mark of being at home: it is read, and worked on once it was taken over.

import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { redactionReason } from '../core/bundle/redact.ts'
import { exhibitName, journalName } from '../core/bundle/names.ts'
import type { IntactBundle } from '../core/bundle/verify.ts'
import type { AnyEvent } from '../core/case/events.ts'
import { caseInfoOf, openingOf } from '../core/case/info.ts'
import { caseChain, readChain } from '../core/case/journal.ts'
import { TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import type { Hashing } from '../core/ports.ts'
import { withBundle } from './bundle-file.ts'
import {
  createCaseKeys,
  findCaseKeys,
  installCaseKeys,
  keysFolder,
  loadCaseKeys,
  removeCaseKeys,
  type CaseKeys,
} from './case-keys.ts'
import { caseFiles, readCase } from './case-reading.ts'
import type { World } from './case-store.ts'
import { ExhibitFolder } from './exhibit-folder.ts'
import { diskError, exists, syncFolder, systemCode, temporarySuffix, writeWhole } from './files.ts'
import { isMarkAlive, processMark } from './lease.ts'

export interface ImportCase {
  /** where cases live; the copy becomes a folder in it, named by its case id */
  readonly into: string
  /** where keys live; default: `keysFolder()` */
  readonly keys?: string
  readonly world: World
  readonly signal?: AbortSignal
  /** Says where a case of this id is already, or null: asked before anything is written. */
  readonly known: (caseId: string) => Promise<string | null>
}

/**
 * Verifies the bundle and makes the copy; resolves with its folder. Exhibits that were held back are absent from it, as they are from the bundle.
 * Rejects with `file-unreadable`, `bundle-invalid`, `journal-broken`, `case-exists`, `cancelled`, `disk-full`, `disk-error`; then there is no copy.
 */
export function importBundle(path: string, options: ImportCase): Promise<string> {
  return withBundle(path, undefined, async (bundle) => {
    const { caseId } = bundle.verified
    await assertNew(caseId, options)
    return make(caseId, options, async (folder) => {
      for (const name of bundle.names.filter((one) => one.startsWith('data/journal/'))) {
        await writeWhole(join(folder, 'journal', name.slice('data/journal/'.length)), [
          new TextEncoder().encode(await bundle.text(name)),
        ])
      }
      return { carried: exhibitsIn(bundle), keys: null }
    })
  })
}

/**
 * Copies a case folder; its key is looked for beside it, in it, and where keys live. Resolves with the new folder.
 * Rejects with `case-missing`, `case-version`, `journal-broken`, `exhibit-damaged`, `case-key-missing`, `case-exists`, `cancelled`, `disk-*`; then there is
 * no copy, and the source is as it was.
 */
export async function importFolder(source: string, options: ImportCase): Promise<string> {
  const from = resolve(source)
  const { info, keyId } = await readCase(from, options.world.hashing)
  await assertNew(info.caseId, options)
  const keys = await keysOf(from, info.caseId, keyId, options)
  const exhibits = await ExhibitFolder.open(join(from, 'exhibits'), keys.sealing, options.world, false)
  return make(info.caseId, options, async (folder) => {
    // torn lines come along: whoever takes the copy over makes them evidence of the crash, as in the case itself
    for (const name of await journalFiles(from)) await copy(from, folder, join('journal', name))
    for (const name of await spoolFiles(from)) await copy(from, folder, join('spool', name))
    return { carried: { has: (sha256) => exhibits.has(sha256), read: (sha256) => exhibits.read(sha256) }, keys }
  })
}

/** What the source has of the exhibits that its journal tells of. */
interface Carried {
  has(sha256: string): boolean
  read(sha256: string): AsyncIterable<Uint8Array>
}

async function make(
  caseId: string,
  options: ImportCase,
  journal: (folder: string) => Promise<{ readonly carried: Carried; readonly keys: CaseKeys | null }>,
): Promise<string> {
  const { into, world, signal } = options
  const path = join(resolve(into), caseId)
  const temporary = join(resolve(into), `.import.${processMark()}.${hex(world.random.bytes(4))}${temporarySuffix}`)
  const keyStore = options.keys ?? keysFolder()
  let madeKeys = false
  try {
    await mkdir(into, { recursive: true, mode: 0o700 })
    await sweep(resolve(into))
  } catch (error) {
    throw diskError(error, into)
  }
  try {
    if (await exists(path)) throw new TourniquetError('case-exists', { path })
    await mkdir(temporary, { mode: 0o700 })
    for (const name of ['journal', 'exhibits', 'lease', 'spool']) await mkdir(join(temporary, name), { mode: 0o700 })
    const { carried, keys: brought } = await journal(temporary)
    let keys = await findCaseKeys(keyStore, caseId, world.hashing)
    if (keys === null) {
      if (brought === null) keys = await createCaseKeys(keyStore, path, caseId, world)
      else await installCaseKeys(keyStore, caseId, (keys = brought))
      madeKeys = true
    }
    await writeInfo(temporary, keys.id, world.hashing)
    // what was written is read again as any case is: chains, anchors, whose journal it is
    const reading = await readCase(temporary, world.hashing)
    const events = [...reading.chains.values()].flatMap((chain) => chain.events)
    const exhibits = await ExhibitFolder.open(join(temporary, 'exhibits'), keys.sealing, world, false)
    await copyExhibits(events, carried, exhibits, options)
    signal?.throwIfAborted()
    await syncFolder(temporary)
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return path
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    if (madeKeys) await removeCaseKeys(keyStore, caseId)
    if (signal?.aborted === true) throw new TourniquetError('cancelled', {}, error)
    throw diskError(error, path)
  }
}

/** Every exhibit the journal tells of, once; only what a bundle holds back may be missing. */
async function copyExhibits(
  events: readonly AnyEvent[],
  carried: Carried,
  into: ExhibitFolder,
  { world, signal }: ImportCase,
): Promise<void> {
  const told = new Map<string, { readonly size: number; heldBack: boolean }>()
  for (const event of events) {
    if (event.type !== 'exhibit-stored') continue
    const { sha256, size } = event.data
    const heldBack = redactionReason(event.data) !== null || told.get(sha256)?.heldBack === true
    told.set(sha256, { size, heldBack })
  }
  for (const [sha256, { size, heldBack }] of told) {
    signal?.throwIfAborted()
    if (!carried.has(sha256)) {
      if (heldBack) continue
      throw new TourniquetError('exhibit-damaged', { sha256, where: 'missing' })
    }
    await into.putParts(sha256, size, () => checked(carried.read(sha256), sha256, world, signal))
  }
}

async function* checked(
  pieces: AsyncIterable<Uint8Array>,
  sha256: string,
  { hashing }: World,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const digest = hashing.sha256()
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    digest.update(piece)
    yield piece
  }
  if (digest.hex() !== sha256) throw new TourniquetError('exhibit-damaged', { sha256, where: 'digest' })
}

function exhibitsIn(bundle: IntactBundle): Carried {
  const names = new Set(bundle.names)
  return {
    has: (sha256) => names.has(exhibitName(sha256)),
    read: (sha256) => bundle.pieces(exhibitName(sha256)),
  }
}

async function assertNew(caseId: string, { known }: ImportCase): Promise<void> {
  const path = await known(caseId)
  if (path !== null) throw new TourniquetError('case-exists', { path })
}

async function keysOf(from: string, caseId: string, keyId: string, options: ImportCase): Promise<CaseKeys> {
  const places = [dirname(from), from, options.keys ?? keysFolder()]
  for (const place of places) {
    try {
      return await loadCaseKeys(place, caseId, keyId, options.world.hashing)
    } catch (error) {
      if (!(error instanceof TourniquetError) || error.code !== 'case-key-missing') throw error
    }
  }
  throw new TourniquetError('case-key-missing', {
    path: join(dirname(from), `${caseId}.key`),
    why: 'nor where keys live',
  })
}

async function journalFiles(from: string): Promise<readonly string[]> {
  const names = (await readdir(join(from, 'journal'))).filter((name) => /\.(jsonl|torn)$/.test(name))
  // the case's own chain first: beside a live writer, what it anchors is then surely in the files copied later
  const own = `${caseChain}.jsonl`
  return names.sort((a, b) => (a === own ? -1 : b === own ? 1 : a < b ? -1 : 1))
}

async function spoolFiles(from: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(from, 'spool'))).filter((name) => name.endsWith('.spool'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function copy(from: string, to: string, name: string): Promise<void> {
  await writeWhole(join(to, name), createReadStream(join(from, name)) as AsyncIterable<Uint8Array>)
}

/** case.json as the journal says it, with the key the exhibits are sealed under here. */
async function writeInfo(folder: string, keyId: string, hashing: Hashing): Promise<void> {
  const file = journalName(caseChain).slice('data/'.length)
  const { events } = readChain(hashing, caseChain, await readFile(join(folder, file)), file)
  const info = { ...caseInfoOf(openingOf(events)), keyId }
  await writeWhole(join(folder, caseFiles.info), [new TextEncoder().encode(`${JSON.stringify(info, null, 2)}\n`)])
}

/** Removes what imports left that were killed; a name under way belongs to a process that lives. */
async function sweep(into: string): Promise<void> {
  for (const name of await readdir(into)) {
    const [, mark] = /^\.import\.(.*)$/.exec(name) ?? []
    if (mark !== undefined && !isMarkAlive(mark)) await rm(join(into, name), { recursive: true, force: true })
  }
}
