// Reading a case folder: what kind it is, whether it is at home here or a copy, and every chain and anchor checked. Reading changes nothing.

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { caseInfoOf, openingOf } from '../core/case/info.ts'
import { caseChain, checkAnchors, isChainName, readChain, type ChainReading } from '../core/case/journal.ts'
import type { CaseInfo } from '../core/case/store.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Hashing } from '../core/ports.ts'
import { diskError, readIfThere, systemCode, writeWhole } from './files.ts'

export const caseFiles = { info: 'case.json', home: 'home.json' } as const
const tornSuffix = '.torn'

export interface CaseReading {
  readonly info: CaseInfo
  readonly keyId: string
  readonly chains: ReadonlyMap<string, ChainReading>
  readonly torn: readonly TornLine[]
}

/** A line torn by a crash: still at the end of its journal file (`aside` null), or set aside by an opening that crashed itself. */
export interface TornLine {
  readonly chain: string
  readonly bytes: Uint8Array
  readonly aside: string | null
}

const infoFile = z.strictObject({
  format: z.literal('tourniquet.case/1'),
  caseId: z.string().regex(/^case-[0-9a-f]{16}$/),
  number: z.string().nullable(),
  customer: z.string().nullable().default(null),
  authority: z.string().nullable().default(null),
  timeZone: z.string().nullable().default(null),
  examiner: z.string(),
  createdAt: z.string(),
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
})
const homeFile = z.strictObject({
  format: z.literal('tourniquet.home/1'),
  machine: z.string().nullable(),
  inode: z.string(),
})

/** Rejects with `case-missing`, `case-version`, `journal-broken`, `disk-error`. `info-only` reads case.json and no more. */
export async function readCase(
  path: string,
  hashing: Hashing,
  depth: 'info-only' | 'all' = 'all',
): Promise<CaseReading> {
  const { keyId, ...info } = await readInfo(path)
  const chains = new Map<string, ChainReading>()
  const torn: TornLine[] = []
  if (depth === 'info-only') return { info, keyId, chains, torn }
  // the case chain first: beside a live writer, what it anchors is then surely in the files read later
  for (const chain of await chainNames(path)) {
    const file = fileOf(chain)
    const reading = readChain(hashing, chain, await readFile(join(path, file)), file)
    chains.set(chain, reading)
    if (reading.torn !== null) torn.push({ chain, bytes: reading.torn, aside: null })
  }
  checkAnchors(new Map([...chains].map(([chain, { events }]) => [chain, events])), fileOf)
  checkCaseId(chains, info)
  const opened = openingOf(chains.get(caseChain)?.events ?? [])
  return { info: caseInfoOf(opened), keyId, chains, torn: [...torn, ...(await readAside(path))] }
}

/** Copies torn lines out of the journal files, durably, before the next append cuts them off. */
export async function setTornAside(
  path: string,
  torn: readonly TornLine[],
  hashing: Hashing,
): Promise<readonly TornLine[]> {
  return Promise.all(
    torn.map(async (line) => {
      if (line.aside !== null) return line
      const digest = hashing.sha256().update(line.bytes).hex()
      const aside = join(path, 'journal', `${line.chain}.${digest.slice(0, 16)}${tornSuffix}`)
      await writeWhole(aside, [line.bytes])
      return { ...line, aside }
    }),
  )
}

/** Says that the case lives in this folder on this machine. A copy of the folder has another inode and is told apart by it. */
export async function markHome(path: string): Promise<void> {
  const home = { format: 'tourniquet.home/1', ...(await placeOf(path)) }
  await writeWhole(join(path, caseFiles.home), [new TextEncoder().encode(`${JSON.stringify(home)}\n`)])
}

/** `elsewhere` for a copied or imported folder, and for one whose mark cannot be read. */
export async function homeOf(path: string): Promise<'here' | 'elsewhere'> {
  const bytes = await readIfThere(join(path, caseFiles.home))
  if (bytes === null) return 'elsewhere'
  const place = await placeOf(path)
  try {
    const { machine, inode } = homeFile.parse(JSON.parse(new TextDecoder().decode(bytes)))
    return machine === place.machine && inode === place.inode ? 'here' : 'elsewhere'
  } catch {
    return 'elsewhere' // an unreadable mark proves nothing: the examiner has to say that this is the case
  }
}

async function placeOf(path: string): Promise<{ machine: string | null; inode: string }> {
  const machine = await readIfThere('/etc/machine-id')
  const { ino } = await stat(path, { bigint: true })
  return { machine: machine === null ? null : new TextDecoder().decode(machine).trim(), inode: String(ino) }
}

async function readInfo(path: string): Promise<z.infer<typeof infoFile>> {
  const bytes = await readIfThere(join(path, caseFiles.info)).catch((error: unknown) => {
    if (systemCode((error as Error).cause) === 'ENOTDIR') return null
    throw error
  })
  if (bytes === null) throw new TourniquetError('case-missing', { path })
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new TourniquetError('case-version', { file: caseFiles.info, version: 'not JSON' }, cause)
  }
  const read = infoFile.safeParse(value)
  if (read.success) return read.data
  const format: unknown = typeof value === 'object' && value !== null && 'format' in value ? value.format : null
  const version = typeof format === 'string' ? format : 'unknown'
  throw new TourniquetError('case-version', { file: caseFiles.info, version }, read.error)
}

async function chainNames(path: string): Promise<readonly string[]> {
  let names: string[]
  try {
    names = await readdir(join(path, 'journal'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new TourniquetError('case-missing', { path: join(path, 'journal') }, error)
    throw diskError(error, path)
  }
  const chains = names.filter((name) => name.endsWith('.jsonl')).map((name) => basename(name, '.jsonl'))
  for (const chain of chains) {
    if (!isChainName(chain))
      throw new TourniquetError('journal-broken', { file: fileOf(chain), line: 0, why: 'not a chain name' })
  }
  return chains.sort((a, b) => (a === caseChain ? -1 : b === caseChain ? 1 : a < b ? -1 : 1))
}

/** The first event says whose journal this is; a case.json beside another case's journal is refused. */
function checkCaseId(chains: CaseReading['chains'], info: CaseInfo): void {
  const first = chains.get(caseChain)?.events[0]
  if (first === undefined)
    throw new TourniquetError('journal-broken', { file: fileOf(caseChain), line: 1, why: 'missing' })
  if (first.type !== 'case-opened' || first.data.caseId !== info.caseId) {
    throw new TourniquetError('journal-broken', { file: fileOf(caseChain), line: 1, why: 'belongs to another case' })
  }
}

async function readAside(path: string): Promise<readonly TornLine[]> {
  const names = (await readdir(join(path, 'journal'))).filter((name) => name.endsWith(tornSuffix))
  return Promise.all(
    names.map(async (name) => {
      const aside = join(path, 'journal', name)
      return { chain: name.split('.')[0] ?? caseChain, bytes: new Uint8Array(await readFile(aside)), aside }
    }),
  )
}

/** Where a chain lies, relative to the case folder. */
export function fileOf(chain: string): string {
  return `journal/${chain}.jsonl`
}
