// A Debian package as bytes: which package it is, its own checksums, and one file out of it. No maintainer script is ever run, nothing is unpacked to disk.

import { findInTar, type TarEntry } from './tar.ts'

/** One member of the ar archive that a .deb is. */
export interface Member {
  readonly name: string
  /** bytes from the start of the file */
  readonly offset: number
  readonly size: number
}

const magic = '!<arch>\n'
const headerBytes = 60
/** debian-binary, control and data; signed packages have a few more. */
const maxMembers = 16
/** A control file is some lines, a checksum list some hundred kilobytes. */
const maxControl = 16 * 1024 * 1024

/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>

/** What unpacks by the ending of a member's name (`.xz`, `.gz`, `.zst`, empty), or null for an ending it does not know. */
export type Decompress = (ending: string, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> | null

/** Throws RangeError for what is no .deb. */
export async function membersOf(readAt: ReadAt, fileSize: number): Promise<readonly Member[]> {
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)
  if (text(await readAt(0, magic.length)) !== magic) throw new RangeError('not a Debian package')
  const members: Member[] = []
  for (let at = magic.length; at + headerBytes <= fileSize && members.length < maxMembers;) {
    const header = text(await readAt(at, headerBytes))
    const size = /^[0-9]+ *$/.test(header.slice(48, 58)) ? Number(header.slice(48, 58).trim()) : -1
    if (header.slice(58) !== '`\n' || size < 0 || at + headerBytes + size > fileSize)
      throw new RangeError('a damaged Debian package')
    members.push({ name: header.slice(0, 16).trim().replace(/\/$/, ''), offset: at + headerBytes, size })
    at += headerBytes + size + (size % 2)
  }
  if (members[0]?.name !== 'debian-binary') throw new RangeError('not a Debian package')
  return members
}

/** Which package it is; words as its control file writes them. */
export interface Control {
  readonly package: string
  readonly version: string
  readonly architecture: string
}

export interface Deb {
  readonly readAt: ReadAt
  readonly members: readonly Member[]
  readonly decompress: Decompress
}

/** Throws RangeError when there is no control file to be had. */
export async function controlOf(deb: Deb): Promise<Control> {
  const bytes = await controlFile(deb, 'control')
  const text = bytes === null ? '' : new TextDecoder().decode(bytes)
  const field = (name: string) => new RegExp(`^${name}: *(\\S+)`, 'm').exec(text)?.[1] ?? ''
  const control = { package: field('Package'), version: field('Version'), architecture: field('Architecture') }
  if (control.package === '' || control.version === '') throw new RangeError('a package without a control file')
  return control
}

/** The package's own list of checksums, or null when it has none. */
export function checksumsOf(deb: Deb): Promise<Uint8Array | null> {
  return controlFile(deb, 'md5sums')
}

/** MD5 of one path as the list names it (`/bin/ps`), or null. */
export function listedChecksum(list: Uint8Array, path: string): string | null {
  const name = path.slice(1)
  for (const line of new TextDecoder().decode(list).split('\n'))
    if (line.slice(34) === name && /^[0-9a-f]{32} {2}/.test(line)) return line.slice(0, 32)
  return null
}

/** One file by its path as the package lists it, through one hard link; null when the package has none. Throws RangeError as `findInTar` does. */
export async function fileOf(deb: Deb, path: string, limit: number): Promise<TarEntry | null> {
  const found = await search(deb, 'data', (entry) => entry.path === path, limit)
  if (found?.type !== 'link') return found
  const first = await search(
    deb,
    'data',
    (entry) => entry.type === 'file' && entry.path === hardTarget(found.target),
    limit,
  )
  return first === null ? null : { ...found, type: 'file', bytes: first.bytes }
}

function hardTarget(target: string): string {
  return `/${target.replace(/^\.?\/+/, '')}`
}

async function controlFile(deb: Deb, name: string): Promise<Uint8Array | null> {
  return (
    (await search(deb, 'control', (entry) => entry.path === `/${name}` && entry.type === 'file', maxControl))?.bytes ??
    null
  )
}

function search(
  deb: Deb,
  what: 'control' | 'data',
  wanted: (entry: Omit<TarEntry, 'bytes'>) => boolean,
  limit: number,
): Promise<TarEntry | null> {
  const member = deb.members.find(({ name }) => name === `${what}.tar` || name.startsWith(`${what}.tar.`))
  if (member === undefined) throw new RangeError(`a package without ${what}`)
  const chunks = deb.decompress(member.name.slice(`${what}.tar`.length), chunksOf(deb.readAt, member))
  if (chunks === null) throw new RangeError(`a package compressed as ${member.name}`)
  return findInTar(chunks, wanted, limit)
}

async function* chunksOf(readAt: ReadAt, { offset, size }: Member): AsyncIterable<Uint8Array> {
  const step = 256 * 1024
  for (let at = 0; at < size; at += step) yield await readAt(offset + at, Math.min(step, size - at))
}
