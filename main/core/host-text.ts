// Text that came from a suspect host. It is opaque to the compiler, so it cannot slip into a script, a path, HTML or a log line;
// at run time it is a string in a lossless escaped form that is safe to show in any terminal or table. Bytes come back exactly.

declare const hostTextBrand: unique symbol

/**
 * Bytes from a host, as a string in which every byte that a screen could obey or hide is written `\xHH` and a backslash is `\\`.
 * Two values are the same bytes exactly when they are `===`. JSON carries them as they are.
 */
export interface HostText {
  readonly [hostTextBrand]: 'host text'
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Code points that are escaped although they are valid UTF-8: C0 and C1 controls, every format character (bidi, zero width, tags), separators
 * and blanks other than the plain space, unassigned, private and surrogate code points, and the letters and marks that draw nothing.
 */
const unsafe =
  /[\p{C}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0\ufe00-\ufe0f\u034f\u17b4\u17b5]/u

/** The escaped form of raw host bytes. A blank at either end is written `\x20`: attackers hide behind blanks nobody sees. */
export function hostText(bytes: Uint8Array): HostText {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at)
    const char = length === 0 ? null : decodeOne(bytes.subarray(at, at + length))
    if (char === null) {
      text += escapeByte(bytes[at] ?? 0)
      at += 1
      continue
    }
    const edge = char === ' ' && (at === 0 || at + length === bytes.length)
    if (char === '\\') text += '\\\\'
    else if (edge || unsafe.test(char)) for (let i = at; i < at + length; i++) text += escapeByte(bytes[i] ?? 0)
    else text += char
    at += length
  }
  return text as unknown as HostText
}

/** Host text that we wrote ourselves (a well-known path, a constant of the kernel). */
export function ownText(text: string): HostText {
  return hostText(encoder.encode(text))
}

/** The exact bytes again. Throws RangeError on a string that `hostText` cannot have made. */
export function hostBytes(text: HostText): Uint8Array {
  const escaped = text as unknown as string
  const out: number[] = []
  for (let at = 0; at < escaped.length;) {
    if (escaped[at] !== '\\') {
      let end = escaped.indexOf('\\', at)
      if (end === -1) end = escaped.length
      for (const byte of encoder.encode(escaped.slice(at, end))) out.push(byte)
      at = end
    } else if (escaped[at + 1] === '\\') {
      out.push(0x5c)
      at += 2
    } else {
      const hex = /^\\x([0-9a-f]{2})/.exec(escaped.slice(at, at + 4))
      if (!hex) throw new RangeError('not host text: a backslash that escapes nothing')
      out.push(Number.parseInt(hex[1] ?? '', 16))
      at += 4
    }
  }
  return Uint8Array.from(out)
}

/** The one way to a screen: safe in a terminal, a table cell or a text node. Still to be HTML-escaped in HTML and guarded in CSV. */
export function shown(text: HostText): string {
  return text as unknown as string
}

/** Takes back what JSON carried. Anything but a string that round-trips is refused with RangeError. */
export function parseHostText(value: unknown): HostText {
  if (typeof value !== 'string') throw new RangeError('not host text: a string was expected')
  const text = value as unknown as HostText
  if (shown(hostText(hostBytes(text))) !== value) throw new RangeError('not host text: not in escaped form')
  return text
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

function decodeOne(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null // not UTF-8: the caller shows the bytes instead
  }
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  const length =
    lead < 0x80
      ? 1
      : lead >= 0xc2 && lead < 0xe0
        ? 2
        : lead >= 0xe0 && lead < 0xf0
          ? 3
          : lead >= 0xf0 && lead < 0xf5
            ? 4
            : 0
  return at + length <= bytes.length ? length : 0
}
