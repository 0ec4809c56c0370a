// Reads a tar archive as it streams by and keeps only what is asked for. Knows ustar, GNU long names and pax paths: all that dpkg-deb writes. Nothing is unpacked.

export interface TarEntry {
  /** as a list names it: absolute, without a slash at the end */
  readonly path: string
  readonly type: 'file' | 'link' | 'symlink' | 'directory' | 'other'
  /** octal, four digits */
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** what a link or symlink leads to, as written */
  readonly target: string
  /** null where the entry was not wanted, or is no file */
  readonly bytes: Uint8Array | null
}

const block = 512
/** Long names are a line of text. */
const maxName = 65_536

/**
 * The first entry for which `wanted` is true, with its bytes, or null when there is none. Throws RangeError for what is no tar archive, and for a wanted
 * file larger than `limit` bytes. Stops reading the stream at the entry.
 */
export async function findInTar(
  chunks: AsyncIterable<Uint8Array>,
  wanted: (entry: Omit<TarEntry, 'bytes'>) => boolean,
  limit: number,
): Promise<TarEntry | null> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    return await walk(reader(iterator), wanted, limit)
  } finally {
    // what unpacks holds its memory until it is told that nobody reads on
    await iterator.return?.()
  }
}

async function walk(
  source: Source,
  wanted: (entry: Omit<TarEntry, 'bytes'>) => boolean,
  limit: number,
): Promise<TarEntry | null> {
  let longName: string | null = null
  let longTarget: string | null = null
  for (;;) {
    const header = await source.take(block)
    if (header === null || header.every((byte) => byte === 0)) return null
    if (!isHeader(header)) throw new RangeError('not a tar archive')
    const size = sizeOf(header)
    const flag = String.fromCharCode(header[156] ?? 0)
    if (flag === 'L' || flag === 'K' || flag === 'x') {
      if (size > maxName) throw new RangeError('a name in the archive is too long')
      const text = latin1(await need(source, size))
      await source.skip(padding(size))
      if (flag === 'L') longName = text.replace(/\0.*$/s, '')
      else if (flag === 'K') longTarget = text.replace(/\0.*$/s, '')
      else ({ name: longName = longName, target: longTarget = longTarget } = paxOf(text))
      continue
    }
    const entry = {
      path: pathOf(longName ?? nameOf(header)),
      type: typeOf(flag),
      mode: (numberOf(header, 100, 8) & 0o7777).toString(8).padStart(4, '0'),
      owner: field(header, 265, 32) || String(numberOf(header, 108, 8)),
      group: field(header, 297, 32) || String(numberOf(header, 116, 8)),
      target: longTarget ?? field(header, 157, 100),
    }
    longName = longTarget = null
    if (flag !== 'g' && wanted(entry)) {
      if (entry.type !== 'file') return { ...entry, bytes: null }
      if (size > limit) throw new RangeError('the file in the archive is too large')
      return { ...entry, bytes: await need(source, size) }
    }
    if (!(await source.skip(size + padding(size)))) return null
  }
}

/** A path in an archive as a list names it: `./usr/bin/ps` is `/usr/bin/ps`. */
export function pathOf(name: string): string {
  return `/${name.replace(/^\.?\/+/, '').replace(/\/+$/, '')}`
}

function isHeader(header: Uint8Array): boolean {
  let sum = 0
  for (let at = 0; at < block; at++) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0)
  return sum === numberOf(header, 148, 8)
}

function typeOf(flag: string): TarEntry['type'] {
  if (flag === '0' || flag === '\0') return 'file'
  return flag === '1' ? 'link' : flag === '2' ? 'symlink' : flag === '5' ? 'directory' : 'other'
}

function nameOf(header: Uint8Array): string {
  const prefix = latin1(header.subarray(257, 262)) === 'ustar' ? field(header, 345, 155) : ''
  // GNU archives have other things where ustar has the prefix
  const gnu = latin1(header.subarray(257, 265)) === 'ustar  \0'
  return prefix === '' || gnu ? field(header, 0, 100) : `${prefix}/${field(header, 0, 100)}`
}

/** Octal digits, or eight bytes of a number beyond them; throws for what is neither or would not be a file. */
function sizeOf(header: Uint8Array): number {
  if ((header[124] ?? 0) < 0x80) return numberOf(header, 124, 12)
  let size = 0
  for (let at = 128; at < 136; at++) size = size * 256 + (header[at] ?? 0)
  if (!Number.isSafeInteger(size)) throw new RangeError('not a tar archive')
  return size
}

function numberOf(header: Uint8Array, at: number, length: number): number {
  const text = field(header, at, length).trim()
  return /^[0-7]*$/.test(text) ? Number.parseInt(text === '' ? '0' : text, 8) : Number.NaN
}

function field(header: Uint8Array, at: number, length: number): string {
  return latin1(header.subarray(at, at + length)).replace(/\0.*$/s, '')
}

/** `LENGTH KEY=VALUE\n` records. */
function paxOf(text: string): { readonly name?: string; readonly target?: string } {
  const records = [...text.matchAll(/\d+ (path|linkpath)=([^\n]*)\n/g)].map(
    ([, key, value]) => [key, value ?? ''] as const,
  )
  const found = new Map(records)
  const [name, target] = [found.get('path'), found.get('linkpath')]
  return { ...(name === undefined ? {} : { name }), ...(target === undefined ? {} : { target }) }
}

function padding(size: number): number {
  return (block - (size % block)) % block
}

interface Source {
  /** null at the end */
  take(length: number): Promise<Uint8Array | null>
  /** false when the stream ended first */
  skip(length: number): Promise<boolean>
}

async function need(source: Source, length: number): Promise<Uint8Array> {
  const bytes = length === 0 ? new Uint8Array() : await source.take(length)
  if (bytes === null) throw new RangeError('the archive ends too early')
  return bytes
}

function reader(iterator: AsyncIterator<Uint8Array>): Source {
  let rest: Uint8Array = new Uint8Array()
  const more = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done === true) return false
    rest = next.value
    return true
  }
  return {
    async take(length) {
      const whole = new Uint8Array(length)
      for (let at = 0; at < length;) {
        if (rest.length === 0 && !(await more())) return null
        const part = rest.subarray(0, length - at)
        whole.set(part, at)
        at += part.length
        rest = rest.subarray(part.length)
      }
      return whole
    },
    async skip(length) {
      for (let left = length; left > 0;) {
        if (rest.length === 0 && !(await more())) return false
        const part = Math.min(left, rest.length)
        rest = rest.subarray(part)
        left -= part
      }
      return true
    },
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return text
}
