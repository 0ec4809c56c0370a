import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTourniquetError } from '../errors.ts'
import { bagFolder, exhibitName, isBagName, isBundlePath, journalName } from './names.ts'
import { dosTime } from './zip-format.ts'
import { readZip, type RandomAccess } from './zip-reader.ts'
import { zipWriter } from './zip-writer.ts'

const at = dosTime('2026-03-01T08:00:30.000Z')
const folder = bagFolder('case-0123456789abcdef', 'export-1')
const crc = (bytes: Uint8Array, before: number): number => crc32(bytes, before)
const digest = (index: number): string => index.toString(16).padStart(64, '0')

/** A ZIP in a real file; `write` may leave holes. */
async function inFile<T>(
  fill: (add: (name: string, size: number, pieces: Iterable<Uint8Array>) => Promise<void>) => Promise<void>,
  use: (path: string, file: RandomAccess) => Promise<T>,
): Promise<T> {
  const base = mkdtempSync(join(tmpdir(), 'zip-'))
  const path = join(base, 'x.zip')
  const handle = openSync(path, 'w+')
  try {
    const sink = {
      // pieces of nothing but zeros stay holes, so that a file of 4 GiB costs none
      write: (bytes: Uint8Array, position: number) => {
        if (bytes.length < 1 << 20) writeSync(handle, bytes, 0, bytes.length, position)
        return Promise.resolve()
      },
    }
    const writer = zipWriter(sink, crc, at)
    await fill((name, size, pieces) => writer.add(`${folder}/${name}`, size, pieces, () => undefined))
    const size = await writer.finish()
    ftruncateSync(handle, size)
    const read = (position: number, length: number): Promise<Uint8Array> => {
      const buffer = new Uint8Array(length)
      readSync(handle, buffer, 0, length, position)
      return Promise.resolve(buffer)
    }
    return await use(path, { size, read })
  } finally {
    closeSync(handle)
    rmSync(base, { recursive: true })
  }
}

describe('a ZIP of ours', () => {
  it('reads back, and unzip and busybox unzip find nothing wrong with it', async () => {
    const contents = ['', 'x', 'three words here']
    await inFile(
      async (add) => {
        for (const [index, text] of contents.entries())
          await add(exhibitName(digest(index)), text.length, [Buffer.from(text)])
      },
      async (path, file) => {
        const zip = await readZip(file, crc, 'x.zip')
        const found: string[] = []
        for (const entry of zip.entries.values()) {
          let text = ''
          for await (const piece of zip.pieces(entry)) text += Buffer.from(piece).toString()
          found.push(text)
        }
        expect(found).toEqual(contents)
        execFileSync('unzip', ['-tq', path])
        expect(
          execFileSync('busybox', ['unzip', '-p', path, `${folder}/${exhibitName(digest(2))}`], { encoding: 'utf8' }),
        ).toBe(contents[2])
      },
    )
  })

  it('holds more than 65535 files', { timeout: 60_000 }, async () => {
    const count = 66_000
    await inFile(
      async (add) => {
        for (let index = 0; index < count; index++) await add(exhibitName(digest(index)), 0, [])
      },
      async (path, file) => {
        expect((await readZip(file, crc, 'x.zip')).entries.size).toBe(count)
        expect(execFileSync('unzip', ['-Z', '-h', path], { encoding: 'utf8' })).toContain(String(count))
      },
    )
  })

  it('holds a file beyond 4 GiB and one behind it', { timeout: 60_000 }, async (context) => {
    if (spawnSync('python3', ['-c', 'import zipfile']).status !== 0) context.skip('python3 is not installed')
    const piece = new Uint8Array(32 << 20)
    const pieces = 129
    await inFile(
      async (add) => {
        await add(
          exhibitName(digest(1)),
          piece.length * pieces,
          Array.from({ length: pieces }, () => piece),
        )
        await add(exhibitName(digest(2)), 4, [Buffer.from('tail')])
      },
      async (path, file) => {
        const sizes = [...(await readZip(file, crc, 'x.zip')).entries.values()].map(({ size }) => size)
        expect(sizes).toEqual([piece.length * pieces, 4])
        const script =
          'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print([i.file_size for i in z.infolist()], z.read(z.infolist()[1]))'
        expect(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }).trim()).toBe(
          `[${String(piece.length * pieces)}, 4] b'tail'`,
        )
      },
    )
  })

  it('is refused by our reader when another tool made it', async () => {
    const base = mkdtempSync(join(tmpdir(), 'zip-'))
    try {
      execFileSync(
        'sh',
        ['-ec', `mkdir -p ${folder}/data && echo 1 > ${folder}/data/case.json && zip -0qr x.zip ${folder}`],
        { cwd: base },
      )
      const handle = openSync(join(base, 'x.zip'), 'r')
      const whole = Buffer.alloc(100_000)
      const size = readSync(handle, whole)
      closeSync(handle)
      const read = (from: number, length: number): Promise<Uint8Array> =>
        Promise.resolve(whole.subarray(from, from + length))
      await expect(readZip({ size, read }, crc, 'x.zip')).rejects.toSatisfy((error) =>
        isTourniquetError(error, 'bundle-invalid'),
      )
    } finally {
      rmSync(base, { recursive: true })
    }
  })
})

describe('names in a bundle', () => {
  it('are never made of what somebody else chose', () => {
    const evil = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '..',
        '../x',
        '/etc/passwd',
        'C:\\x',
        '~',
        'a\nb',
        'x\u202e',
        '\\\\?\\x',
        'data/../x',
        'é',
        'e\u0301',
        'DATA/CASE.JSON',
      ),
    )
    fc.assert(
      fc.property(evil, evil, (a, b) => {
        for (const name of [a, `data/${a}`, `data/exhibits/${a}`, `data/journal/${a}.jsonl`, `${a}/${b}`]) {
          if (!isBagName(name)) continue
          expect(name).toMatch(/^[A-Za-z0-9./_-]+$/)
          expect(name.split('/')).not.toContain('..')
        }
        if (isBundlePath(`${a}/${b}`)) expect(`${a}/${b}`).toMatch(/^case-[0-9a-f]{16}_[a-z0-9-]+\/[A-Za-z0-9./_-]+$/)
      }),
    )
  })

  it('that we make are names we take', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f]{64}$/),
        fc.stringMatching(/^[a-z0-9][a-z0-9-]{3,63}$/),
        (sha256, chain) => {
          expect(isBundlePath(`${folder}/${exhibitName(sha256)}`)).toBe(true)
          expect(isBundlePath(`${folder}/${journalName(chain)}`)).toBe(true)
        },
      ),
    )
  })
})
