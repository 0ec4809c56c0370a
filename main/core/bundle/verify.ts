// Checks a bundle from outside in: the ZIP's every byte, the bag's completeness, both digests of every file, the signature, the journal's chains
// and anchors, and that journal, exhibit list and exhibits tell the same story. The first thing that does not hold is refused by name.

import type { AnyEvent } from '../case/events.ts'
import { caseChain, checkAnchors, isChainName, readChain } from '../case/journal.ts'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import { bundleFormat, externalIdentifier, manifestText } from './bag.ts'
import { allowedSigners } from './export.ts'
import { bagFolder, journalName, payloadFiles, tagFiles } from './names.ts'
import { dosTime } from './zip-format.ts'
import { bundleNamespace, checkSshsig, fingerprint, parseSshsig, type CheckSignature } from './sshsig.ts'
import { checkContent, type CaseFile } from './verify-content.ts'
import { readZip, type RandomAccess, type ZipReading } from './zip-reader.ts'
import type { Crc32 } from './zip-writer.ts'

export interface VerifyWorld {
  readonly hashing: Hashing
  readonly crc32: Crc32
  readonly check: CheckSignature
}

export interface Verified {
  readonly caseId: string
  readonly number: string | null
  readonly exportId: string
  readonly head: string
  readonly signer: {
    readonly fingerprint: string
    readonly label: string
    readonly kind: 'person' | 'case'
    /** `unproven` when nobody said whose key it should be */
    readonly trust: 'matches' | 'unproven'
  }
  readonly files: number
  readonly bytes: number
  readonly exhibits: number
  readonly redacted: number
  readonly events: number
}

/** Files that are read whole: no manifest or journal of ours is near it, and a liar's must not fill the memory. */
const wholeLimit = 256 * 1024 * 1024

/** A bundle that was found intact, and its files by their names in the bag. What is read again is checked against the ZIP only: hash what matters. */
export interface IntactBundle {
  readonly verified: Verified
  /** sorted */
  readonly names: readonly string[]
  sizeOf(name: string): number
  pieces(name: string): AsyncIterable<Uint8Array>
  /** Rejects with `bundle-invalid` when it is not UTF-8 or too large to be read whole. */
  text(name: string): Promise<string>
}

/** `openIntact` for callers who only ask whether it is. */
export async function verifyZip(
  file: RandomAccess,
  options: { readonly signer?: string | undefined; readonly label: string },
  world: VerifyWorld,
): Promise<Verified> {
  return (await openIntact(file, options, world)).verified
}

/**
 * Resolves when the bundle is intact. `signer` (`SHA256:…`) is the fingerprint it must be signed by. `label` names the ZIP in messages.
 * Rejects with `bundle-invalid` {file, why}, `bundle-unsigned` {fingerprint, expected} for another signer, `journal-broken` {file, line, why}.
 */
export async function openIntact(
  file: RandomAccess,
  options: { readonly signer?: string | undefined; readonly label: string },
  world: VerifyWorld,
): Promise<IntactBundle> {
  const zip = await readZip(file, world.crc32, options.label)
  const bag = await openBag(zip, options.label)
  const digests = await digestAll(bag, world.hashing)
  await checkManifests(bag, digests)
  const signer = await checkSignature(bag, world, options.signer)
  const chains = await readChains(bag, world.hashing)
  const caseFile = await checkContent(chains, (name) => readJson(bag, name), new Set(bag.names))
  checkIdentity(bag, caseFile, zip)
  const { exhibits, redacted } = caseFile
  const verified: Verified = {
    caseId: caseFile.case.caseId,
    number: caseFile.case.number,
    exportId: caseFile.exportId,
    head: caseFile.head,
    signer,
    files: bag.names.length,
    bytes: file.size,
    exhibits,
    redacted,
    events: [...chains.values()].reduce((sum, events) => sum + events.length, 0),
  }
  const { names, sizeOf, pieces, text } = bag
  return { verified, names, sizeOf, pieces, text }
}

interface Bag extends Omit<IntactBundle, 'verified'> {
  readonly folder: string
  readonly info: Readonly<Record<string, string>>
}

async function openBag(zip: ZipReading, label: string): Promise<Bag> {
  const [first] = zip.entries.keys()
  const folder = first?.slice(0, first.indexOf('/')) ?? ''
  const names = [...zip.entries.keys()].map((path) => {
    if (!path.startsWith(`${folder}/`)) throw invalid(path, 'outside the folder of the bag')
    return path.slice(folder.length + 1)
  })
  for (const name of [...Object.values(tagFiles), ...Object.values(payloadFiles), journalName(caseChain)]) {
    if (!names.includes(name)) throw invalid(name, `missing from ${label}`)
  }
  const entryOf = (name: string): ReturnType<typeof zip.entries.get> & object => {
    const entry = zip.entries.get(`${folder}/${name}`)
    if (entry === undefined) throw invalid(name, 'missing')
    return entry
  }
  const text = async (name: string): Promise<string> => {
    const entry = entryOf(name)
    if (entry.size > wholeLimit) throw invalid(name, 'too large')
    let out = ''
    const stream = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    try {
      for await (const piece of zip.pieces(entry)) out += stream.decode(piece, { stream: true })
      return out + stream.decode()
    } catch (cause) {
      if (cause instanceof TourniquetError) throw cause
      throw invalid(name, 'not UTF-8', cause)
    }
  }
  const bag = {
    folder,
    names,
    info: {},
    text,
    pieces: (name: string) => zip.pieces(entryOf(name)),
    sizeOf: (name: string) => entryOf(name).size,
  }
  return { ...bag, info: parseInfo(await text(tagFiles.bagInfo)) }
}

interface Digests {
  readonly sha256: ReadonlyMap<string, string>
  readonly sha512: ReadonlyMap<string, string>
}

async function digestAll(bag: Bag, hashing: Hashing): Promise<Digests> {
  const sha256 = new Map<string, string>()
  const sha512 = new Map<string, string>()
  for (const name of bag.names) {
    const [short, long] = [hashing.sha256(), hashing.sha512()]
    for await (const piece of bag.pieces(name)) {
      short.update(piece)
      if (name.startsWith('data/')) long.update(piece)
    }
    sha256.set(name, short.hex())
    if (name.startsWith('data/')) sha512.set(name, long.hex())
  }
  return { sha256, sha512 }
}

/** A manifest must be, to the byte, the one that the files in the ZIP make: that is every digest, completeness, and the order at once. */
async function checkManifests(bag: Bag, { sha256, sha512 }: Digests): Promise<void> {
  const outside: readonly string[] = [tagFiles.allowedSigners, tagFiles.signature, tagFiles.tagManifest]
  const payload = new Map([...sha256].filter(([name]) => name.startsWith('data/')))
  const tags = new Map([...sha256].filter(([name]) => !name.startsWith('data/') && !outside.includes(name)))
  // the tag manifest first: it says whether the other two may be believed
  for (const [list, digests] of [
    [tagFiles.tagManifest, tags],
    [tagFiles.manifest256, payload],
    [tagFiles.manifest512, sha512],
  ] as const) {
    const text = await bag.text(list)
    if (text !== manifestText(digests)) throw differenceOf(list, text, digests)
  }
  for (const name of payload.keys()) {
    const digest = /^data\/exhibits\/([0-9a-f]{64})$/.exec(name)?.[1]
    if (digest !== undefined && payload.get(name) !== digest) throw invalid(name, 'is not what its name says')
  }
  const bytes = [...payload.keys()].reduce((sum, name) => sum + bag.sizeOf(name), 0)
  if (bag.info['Payload-Oxum'] !== `${String(bytes)}.${String(payload.size)}`)
    throw invalid(tagFiles.bagInfo, 'Payload-Oxum')
  if ((await bag.text(tagFiles.bagit)) !== 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n') {
    throw invalid(tagFiles.bagit, 'another version of BagIt')
  }
}

/** Names the file that a manifest and the ZIP disagree about. */
function differenceOf(list: string, text: string, digests: ReadonlyMap<string, string>): TourniquetError {
  const listed = new Map<string, string>()
  for (const line of text.split('\n').slice(0, -1)) {
    const [, digest, name] = /^([0-9a-f]{64}|[0-9a-f]{128}) {2}([\x21-\x7e]+)$/.exec(line) ?? []
    if (digest === undefined || name === undefined) return invalid(list, 'a line that is not a digest and a name')
    if (listed.has(name)) return invalid(name, `listed twice in ${list}`)
    listed.set(name, digest)
  }
  for (const [name, digest] of listed) {
    if (!digests.has(name)) return invalid(name, `listed in ${list} but not there`)
    if (digests.get(name) !== digest) return invalid(name, `digest differs from ${list}`)
  }
  for (const name of digests.keys()) if (!listed.has(name)) return invalid(name, `not listed in ${list}`)
  return invalid(list, 'not in its one form')
}

async function checkSignature(
  bag: Bag,
  { hashing, check }: VerifyWorld,
  expected: string | undefined,
): Promise<Verified['signer']> {
  const sshsig = parseSshsig(await bag.text(tagFiles.signature), tagFiles.signature)
  const message = new TextEncoder().encode(await bag.text(tagFiles.tagManifest))
  if (!checkSshsig(hashing, check, sshsig, bundleNamespace, message))
    throw invalid(tagFiles.signature, 'signature does not hold')
  const print = fingerprint(hashing, sshsig.publicKey)
  const kind = bag.info['Tourniquet-Signer-Kind'] === 'person' ? 'person' : 'case'
  const label = bag.info['Tourniquet-Signer-Label'] ?? ''
  if (bag.info['Tourniquet-Signer'] !== print)
    throw invalid(tagFiles.bagInfo, 'names another signer than the signature')
  if ((await bag.text(tagFiles.allowedSigners)) !== allowedSigners(sshsig.publicKey, { kind, label })) {
    throw invalid(tagFiles.allowedSigners, 'not the key of the signature')
  }
  if (expected !== undefined && expected !== print) {
    throw new TourniquetError('bundle-unsigned', {
      file: tagFiles.signature,
      why: 'signed by another key',
      fingerprint: print,
      expected,
    })
  }
  return { fingerprint: print, label, kind, trust: expected === undefined ? 'unproven' : 'matches' }
}

async function readChains(bag: Bag, hashing: Hashing): Promise<ReadonlyMap<string, readonly AnyEvent[]>> {
  const chains = new Map<string, readonly AnyEvent[]>()
  for (const name of bag.names) {
    const chain = /^data\/journal\/(.*)\.jsonl$/.exec(name)?.[1]
    if (chain === undefined || !isChainName(chain)) continue
    const { events, torn } = readChain(hashing, chain, new TextEncoder().encode(await bag.text(name)), name)
    if (torn !== null || events.length === 0) throw invalid(name, 'ends within a line')
    chains.set(chain, events)
  }
  checkAnchors(chains, journalName)
  return chains
}

/** Folder, bag-info, case.json, the journal's head and the ZIP's times all speak of the same case, export and moment. */
function checkIdentity(bag: Bag, { case: info, exportId, head, until }: CaseFile, zip: ZipReading): void {
  if (bag.folder !== bagFolder(info.caseId, exportId))
    throw invalid(payloadFiles.case, 'names another case or export than the folder')
  if (bag.info['Tourniquet-Bundle'] !== bundleFormat) throw invalid(tagFiles.bagInfo, 'another version of bundle')
  if (bag.info['External-Identifier'] !== externalIdentifier(info.caseId, exportId, head)) {
    throw invalid(tagFiles.bagInfo, 'External-Identifier')
  }
  const at = dosTime(until)
  if (zip.at.date !== at.date || zip.at.time !== at.time)
    throw invalid(payloadFiles.case, 'time differs from that of the ZIP')
}

async function readJson(bag: Bag, name: string): Promise<unknown> {
  try {
    return JSON.parse(await bag.text(name))
  } catch (cause) {
    if (cause instanceof TourniquetError) throw cause
    throw invalid(name, 'not JSON', cause)
  }
}

function parseInfo(text: string): Readonly<Record<string, string>> {
  const info: Record<string, string> = {}
  for (const line of text.split('\n').slice(0, -1)) {
    const [, name, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined || Object.hasOwn(info, name))
      throw invalid(tagFiles.bagInfo, 'a line that is no field')
    info[name] = value
  }
  return info
}

function invalid(file: string, why: string, cause?: unknown): TourniquetError {
  return new TourniquetError('bundle-invalid', { file, why }, cause)
}
