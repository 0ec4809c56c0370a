// A folder of .deb files on the workbench as a source of good bytes. Reads each file once for who it is, and takes single files out in memory:
// nothing is unpacked or run. A package is only used when it is the installed version and its bytes agree with its own checksum list.

import { createHash } from 'node:crypto'
import { open, readFile, readdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { createGunzip, gunzipSync } from 'node:zlib'
import { Decompress as ZstdDecompress } from 'fzstd'
import * as xz from 'xz-decompress'
import { TourniquetError } from '../core/errors.ts'
import {
  checksumsOf,
  controlOf,
  fileOf,
  listedChecksum,
  membersOf,
  type Control,
  type Deb,
} from '../core/packages/deb.ts'
import type { PackagedFile, PackageQuery, PackageSource } from '../core/packages/package-source.ts'

/** A folder with more is a mirror: name the packages. */
const maxPackages = 2000
/** Bytes of one program: the largest in Debian's bin folders have 100 MB, and it travels to the host. */
const maxFile = 64 * 1024 * 1024
/** Bytes of an archive index, unpacked. */
const maxIndex = 256 * 1024 * 1024

// a CommonJS module: Node puts what it exports under `default`, a bundler does not
const { XzReadableStream } = (xz as { readonly default?: typeof xz }).default ?? xz

interface Known {
  readonly name: string
  readonly control: Control
}

/** Throws `file-unreadable` when the folder cannot be listed. Files in it that are no packages are left out. */
export async function packageFolder(folder: string): Promise<PackageSource> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new TourniquetError('file-unreadable', { path: folder }, cause)
  })
  const debs = names.filter((name) => name.endsWith('.deb')).sort()
  const known = await identify(folder, debs.slice(0, maxPackages))
  let indexed: Promise<ReadonlySet<string>> | null = null
  return {
    async find(query) {
      const of = known.filter(({ control }) => control.package === query.package.split(':')[0])
      const fits = of.find(
        ({ control }) =>
          control.version === query.version &&
          (control.architecture === query.architecture || control.architecture === 'all'),
      )
      if (!fits) return { none: whyNone(of, query) }
      indexed ??= indexedDigests(folder, names)
      return takeOut(join(folder, fits.name), fits.name, query, await indexed).catch((cause: unknown) => ({
        none: cause instanceof Error ? `${fits.name}: ${cause.message}` : fits.name,
      }))
    },
  }
}

function whyNone(of: readonly Known[], { package: owner, version, architecture }: PackageQuery): string {
  const name = owner.split(':')[0] ?? owner
  if (of.length === 0) return `no package of ${name}`
  const there = of.map(({ control }) => `${control.version} ${control.architecture}`).join(', ')
  return `${name} ${version} ${architecture} is installed, given is ${there}`
}

async function identify(folder: string, names: readonly string[]): Promise<readonly Known[]> {
  const known: Known[] = []
  for (const name of names) {
    const control = await withDeb(join(folder, name), controlOf).catch(() => null) // no package after all
    if (control) known.push({ name, control })
  }
  return known
}

async function takeOut(
  path: string,
  name: string,
  query: PackageQuery,
  indexed: ReadonlySet<string>,
): Promise<PackagedFile | { readonly none: string }> {
  const [file, list] = await withDeb(path, async (deb) => [
    await fileOf(deb, query.path, maxFile),
    await checksumsOf(deb),
  ])
  if (file === null) return { none: `${name} has no ${query.path}` }
  if (file.bytes === null) return { none: `${name} has ${query.path} as a ${file.type}` }
  const own = list === null ? null : listedChecksum(list, query.path)
  if (own !== null && own !== createHash('md5').update(file.bytes).digest('hex'))
    return { none: `${name} does not agree with its own checksums` }
  const deb = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  return {
    bytes: file.bytes,
    sha256: createHash('sha256').update(file.bytes).digest('hex'),
    mode: file.mode,
    owner: file.owner,
    group: file.group,
    list,
    deb: { name, sha256: deb },
    vouched: indexed.has(deb) ? 'index' : 'given',
  }
}

async function withDeb<T>(path: string, work: (deb: Deb) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    const readAt = (offset: number, length: number) => readRange(file, offset, length)
    const { size } = await file.stat()
    return await work({ readAt, members: await membersOf(readAt, size), decompress })
  } finally {
    await file.close()
  }
}

async function readRange(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

function decompress(ending: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> | null {
  switch (ending) {
    case '':
      return chunks
    case '.gz':
      return Readable.from(chunks).pipe(createGunzip())
    case '.xz':
      return unxz(chunks)
    case '.zst':
      return unzstd(chunks)
    default:
      return null
  }
}

/**
 * The library lets one stream work at a time, and a second one waits for ever unless the first is read to its end or cancelled in the middle: so it is always
 * read to its end, and cancelled when a cut-off archive has it give nothing again and again.
 */
async function* unxz(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const stream = new XzReadableStream(ReadableStream.from(chunks)).getReader()
  let ended = false
  let nothing = 0
  const next = async (): Promise<Uint8Array | null> => {
    const { done, value } = await stream.read()
    ended = done
    nothing = value?.length === 0 ? nothing + 1 : 0
    if (nothing < 64) return value ?? null
    ended = true
    await stream.cancel()
    throw new RangeError('the archive ends too early')
  }
  try {
    for (let chunk = await next(); chunk !== null; chunk = await next()) yield chunk
  } catch (cause) {
    ended = true
    throw cause
  } finally {
    while (!ended) await next()
  }
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let ready: Uint8Array[] = []
  const stream = new ZstdDecompress((chunk) => ready.push(chunk))
  for await (const chunk of chunks) {
    stream.push(chunk)
    yield* ready
    ready = []
  }
}

/** SHA-256 of every package that an archive index in the folder names (`Packages`, `*_Packages`, either with `.gz`). */
async function indexedDigests(folder: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  const digests = new Set<string>()
  for (const name of names.filter((one) => /(^|_)Packages(\.gz)?$/.test(one))) {
    const path = join(folder, name)
    if ((await stat(path)).size > maxIndex) continue
    const bytes = await readFile(path)
    const text = (name.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: maxIndex }) : bytes).toString('latin1')
    for (const [, digest] of text.matchAll(/^SHA256: *([0-9a-f]{64})$/gm)) if (digest !== undefined) digests.add(digest)
  }
  return digests
}
