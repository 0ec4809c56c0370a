// The one place where a value becomes shell text: the constant bootstrap command, and RESTORE.sh, which is read by people without us.
// Requests never come here: they carry their words as data.

import { TourniquetError } from '../errors.ts'

/**
 * `bytes` as one word for any POSIX sh, in single quotes: every byte but the quote itself means itself there, newlines and all.
 * Bytes in, bytes out, because file names on hosts are not always UTF-8. Throws `param-invalid` on NUL, which no shell word can hold.
 */
export function quoteBytes(bytes: Uint8Array): Uint8Array {
  const out = [quote]
  for (const byte of bytes) {
    if (byte === 0) throw new TourniquetError('param-invalid', { what: 'a NUL byte cannot be part of a shell word' })
    if (byte === quote)
      out.push(quote, backslash, quote, quote) // 'it'\''s'
    else out.push(byte)
  }
  out.push(quote)
  return Uint8Array.from(out)
}

/** The same for text of our own. */
export function quoteText(text: string): string {
  if (text.includes('\0'))
    throw new TourniquetError('param-invalid', { what: 'a NUL byte cannot be part of a shell word' })
  return `'${text.replaceAll("'", "'\\''")}'`
}

const quote = 0x27
const backslash = 0x5c
