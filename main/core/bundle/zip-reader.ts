// Reads a bundle's ZIP and believes nothing: the directory is only taken when every header rebuilt from it is byte for byte what stands in the
// file, entries follow each other without a gap, and nothing lies before, between or behind them.

import { TourniquetError } from '../errors.ts'
import { isBundlePath } from './names.ts'
import { sameBytes } from './ssh-wire.ts'
import type { Crc32 } from './zip-writer.ts'
import {
  centralHeader,
  endRecords,
  localHeader,
  localLength,
  longestEnd,
  readCentral,
  readEnd,
  readTime,
  type DosTime,
  type ZipEntry,
} from './zip-format.ts'

/** A file that can be read at a position. Short reads are not allowed: it rejects instead. */
export interface RandomAccess {
  readonly size: number
  read(position: number, length: number): Promise<Uint8Array>
}

export interface ZipReading {
  readonly entries: ReadonlyMap<string, ZipEntry>
  readonly at: DosTime
  /** The bytes of an entry in pieces; throws `bundle-invalid` at its end when the CRC differs. */
  pieces(entry: ZipEntry): AsyncIterable<Uint8Array>
}

/** A directory longer than this is not read: at 200 bytes an entry it is a third of a million of them. */
const longestDirectory = 64 * 1024 * 1024
const pieceSize = 1024 * 1024

/** `label` names the ZIP in messages. Rejects with `bundle-invalid`. */
export async function readZip(file: RandomAccess, crc32: Crc32, label: string): Promise<ZipReading> {
  const tail = await file.read(Math.max(0, file.size - longestEnd), Math.min(file.size, longestEnd))
  const end = readEnd(tail)
  if (end === null || end.size > longestDirectory || end.offset + end.size > file.size)
    throw invalid(label, 'not a ZIP, or cut short')
  const records = endRecords(end.count, end.size, end.offset)
  const recordsAt = end.offset + end.size
  if (recordsAt + records.length !== file.size || !sameBytes(await file.read(recordsAt, records.length), records)) {
    throw invalid(label, 'end of the ZIP directory')
  }
  const directory = await file.read(end.offset, end.size)
  const at = readTime(directory)
  const entries = await readEntries(file, directory, at, label)
  if (entries.size !== end.count) throw invalid(label, 'number of ZIP entries')
  const last = [...entries.values()].at(-1)
  if (endOf(last) !== end.offset) throw invalid(label, 'bytes between the last entry and the ZIP directory')
  return { entries, at, pieces: (entry) => piecesOf(file, crc32, entry) }
}

async function readEntries(
  file: RandomAccess,
  directory: Uint8Array,
  at: DosTime,
  label: string,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const entries = new Map<string, ZipEntry>()
  let before: ZipEntry | undefined
  for (let position = 0; position < directory.length;) {
    const read = readCentral(directory, position)
    if (read === null) throw invalid(label, 'ZIP directory is cut short')
    const { entry, next } = read
    if (!isBundlePath(entry.name))
      throw invalid(label, `the ${ordinal(entries.size)} ZIP entry has a name no bundle has`)
    const { name } = entry
    if (!sameBytes(centralHeader(entry, at), directory.subarray(position, next)))
      throw invalid(name, 'ZIP directory record')
    // strictly ascending also rules out doubles
    if (before !== undefined && before.name >= name) throw invalid(name, 'twice in the ZIP, or out of order')
    if (entry.offset !== endOf(before)) throw invalid(name, 'bytes between ZIP entries')
    const header = localHeader(entry, at)
    if (!sameBytes(await readWithin(file, entry.offset, header.length, name), header)) throw invalid(name, 'ZIP header')
    entries.set(name, entry)
    before = entry
    position = next
  }
  return entries
}

async function* piecesOf(file: RandomAccess, crc32: Crc32, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const start = entry.offset + localLength(entry.name, entry.size)
  let crc = 0
  for (let at = 0; at < entry.size; at += pieceSize) {
    const piece = await readWithin(file, start + at, Math.min(pieceSize, entry.size - at), entry.name)
    crc = crc32(piece, crc)
    yield piece
  }
  if (crc !== entry.crc) throw invalid(entry.name, 'ZIP checksum differs')
}

function endOf(entry: ZipEntry | undefined): number {
  return entry === undefined ? 0 : entry.offset + localLength(entry.name, entry.size) + entry.size
}

async function readWithin(file: RandomAccess, position: number, length: number, name: string): Promise<Uint8Array> {
  if (position < 0 || position + length > file.size) throw invalid(name, 'lies outside the file')
  return file.read(position, length)
}

function ordinal(index: number): string {
  return `${String(index + 1)}.`
}

function invalid(file: string, why: string): TourniquetError {
  return new TourniquetError('bundle-invalid', { file, why })
}
