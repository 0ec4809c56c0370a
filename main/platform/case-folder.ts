// The case folder: journal chains and sealed exhibits on this machine's disk, one writer at a time. Here it is made, opened and taken over; a crash
// at any moment leaves either the old state or the new one.

import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { EventData } from '../core/case/events.ts'
import { assertTimeZone, caseInfoOf } from '../core/case/info.ts'
import { caseChain } from '../core/case/journal.ts'
import { TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import { createCaseKeys, keysFolder, loadCaseKeys, type CaseKeys } from './case-keys.ts'
import { caseFiles, fileOf, homeOf, markHome, readCase, setTornAside, type CaseReading } from './case-reading.ts'
import { CaseFolder, type World } from './case-store.ts'
import { systemClock } from './clock.ts'
import { diskError, exists, sweepTemporary, syncFolder, systemCode, writeWhole } from './files.ts'
import { nodeHashing } from './hashing.ts'
import { JournalFile } from './journal-file.ts'
import { takeLease } from './lease.ts'
import { systemRandom } from './random.ts'
import { sealOrphans } from './terminal-recording.ts'

export { CaseFolder, type World } from './case-store.ts'

export interface CreateCase {
  readonly examiner: string
  readonly number?: string | null
  readonly customer?: string | null
  readonly authority?: string | null
  /** IANA name */
  readonly timeZone?: string | null
  /** name and version of the program, for the record */
  readonly tool: string
  /** where keys live; default: `keysFolder()` */
  readonly keys?: string
  readonly world?: World
}

export type OpenCase =
  | { readonly mode: 'read'; readonly keys?: string; readonly world?: World }
  | {
      readonly mode: 'write'
      readonly examiner: string
      /** why this copy (or a case held by a machine that cannot be asked) becomes the case from now on */
      readonly takeOver?: string
      readonly keys?: string
      readonly world?: World
    }

const systemWorld: World = { clock: systemClock, random: systemRandom, hashing: nodeHashing }

/**
 * Creates a case in `folder`, which must not exist or be empty, with its keys, and opens it for writing.
 * Rejects with `case-exists`, `usage` (keys inside the case, no such time zone), `disk-full`, `disk-error`; then there is no half-made case.
 */
export async function createCaseFolder(folder: string, options: CreateCase): Promise<CaseFolder> {
  const path = resolve(folder)
  const world = options.world ?? systemWorld
  assertTimeZone(options.timeZone ?? null)
  const caseId = `case-${hex(world.random.bytes(8))}`
  const temporary = join(dirname(path), `.${basename(path)}.${hex(world.random.bytes(4))}.part`)
  if (!(await isFree(path))) throw new TourniquetError('case-exists', { path })
  try {
    await mkdir(dirname(path), { recursive: true })
    await mkdir(temporary, { mode: 0o700 })
    for (const name of ['journal', 'exhibits', 'lease']) await mkdir(join(temporary, name), { mode: 0o700 })
    const keys = await createCaseKeys(options.keys ?? keysFolder(), path, caseId, world)
    const opened: EventData<'case-opened'> = {
      caseId,
      number: options.number ?? null,
      customer: options.customer ?? null,
      authority: options.authority ?? null,
      timeZone: options.timeZone ?? null,
      examiner: options.examiner,
      tool: options.tool,
      createdAt: world.clock.now(),
    }
    await writeWhole(join(temporary, caseFiles.info), [
      new TextEncoder().encode(`${JSON.stringify({ ...caseInfoOf(opened), keyId: keys.id }, null, 2)}\n`),
    ])
    const journal = await JournalFile.open(join(temporary, fileOf(caseChain)), caseChain, world.hashing, {
      head: null,
      length: 0,
    })
    await journal.append([{ type: 'case-opened', data: opened, at: opened.createdAt, mono: 0 }])
    await journal.close()
    await markHome(temporary)
    if (await exists(path)) await rmdir(path)
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw diskError(error, path)
  }
  const keys = options.keys === undefined ? {} : { keys: options.keys }
  return openCaseFolder(path, { mode: 'write', examiner: options.examiner, world, ...keys })
}

/**
 * Opens a case; every chain and anchor is checked first. Reading needs no lease and may run beside a writer.
 * Writing takes the lease, journals a take-over when the last writer died, and keeps a line torn by a crash, and what it left of terminals, as exhibits.
 * Rejects with `case-missing`, `case-version`, `journal-broken`, `case-key-missing`, `case-locked` (in use, or a copy not taken over), `disk-*`.
 */
export async function openCaseFolder(folder: string, options: OpenCase): Promise<CaseFolder> {
  const path = resolve(folder)
  const world = options.world ?? systemWorld
  if (options.mode === 'read') {
    const reading = await readCase(path, world.hashing)
    const keys = await loadKeys(reading, options.keys, world)
    return CaseFolder.open({ path, world, keys, reading, lease: null })
  }
  await readCase(path, world.hashing, 'info-only')
  const copy = (await homeOf(path)) === 'elsewhere'
  if (copy && options.takeOver === undefined) throw new TourniquetError('case-locked', { path, reason: 'a copy' })
  const lease = await takeLease(path, world, options.takeOver !== undefined)
  try {
    for (const swept of [path, join(path, 'journal')]) await sweepTemporary(swept)
    const reading = await readCase(path, world.hashing)
    const keys = await loadKeys(reading, options.keys, world)
    const torn = await setTornAside(path, reading.torn, world.hashing)
    const store = await CaseFolder.open({ path, world, keys, reading, lease })
    const dead = lease.stale.map(({ pid, host, since }) => `pid ${String(pid)} on ${host} since ${since} is gone`)
    const reasons = [
      ...(options.takeOver === undefined ? [] : [options.takeOver]),
      ...(copy ? ['a copy'] : []),
      ...dead,
    ]
    if (reasons.length > 0) {
      await store.append(caseChain, 'case-taken-over', { examiner: options.examiner, reason: reasons.join('; ') })
    }
    if (copy) await markHome(path)
    await store.keepTorn(torn)
    await sealOrphans(store)
    return store
  } catch (error) {
    await lease.release()
    throw error
  }
}

function loadKeys(reading: CaseReading, folder: string | undefined, world: World): Promise<CaseKeys> {
  return loadCaseKeys(folder ?? keysFolder(), reading.info.caseId, reading.keyId, world.hashing)
}

async function isFree(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true
    if (systemCode(error) === 'ENOTDIR') return false
    throw diskError(error, path)
  }
}
