// Writes a bundle's ZIP to anything that can be written at a position. Bytes flow through once; a header is put in when its CRC is known.

import { TourniquetError } from '../errors.ts'
import { centralHeader, endRecords, localHeader, localLength, type DosTime, type ZipEntry } from './zip-format.ts'

export interface Sink {
  write(bytes: Uint8Array, position: number): Promise<void>
}

/** CRC-32 of ZIP, going on from `before` (0 at first). */
export type Crc32 = (bytes: Uint8Array, before: number) => number

export interface ZipWriter {
  /** Adds an entry of exactly `size` bytes; `each` sees the bytes as they pass. Throws `internal` when there are more or fewer. */
  add(
    name: string,
    size: number,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    each: (piece: Uint8Array) => void,
  ): Promise<void>
  /** Writes the directory. Resolves with the length of the whole file. */
  finish(): Promise<number>
}

export function zipWriter(sink: Sink, crc32: Crc32, at: DosTime): ZipWriter {
  const entries: ZipEntry[] = []
  let end = 0
  return {
    add: async (name, size, pieces, each) => {
      const offset = end
      const start = offset + localLength(name, size)
      let crc = 0
      let passed = 0
      for await (const piece of pieces) {
        each(piece)
        crc = crc32(piece, crc)
        await sink.write(piece, start + passed)
        passed += piece.length
      }
      if (passed !== size) throw new TourniquetError('internal', { what: `size of ${name}` })
      const entry = { name, size, crc, offset }
      await sink.write(localHeader(entry, at), offset)
      entries.push(entry)
      end = start + size
    },
    finish: async () => {
      const offset = end
      for (const entry of entries) {
        const header = centralHeader(entry, at)
        await sink.write(header, end)
        end += header.length
      }
      const records = endRecords(entries.length, end - offset, offset)
      await sink.write(records, end)
      return end + records.length
    },
  }
}
