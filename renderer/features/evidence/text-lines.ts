// Bytes of an exhibit as lines of host text, and guesses about what they are. Nothing is decoded beyond UTF-8, and what a screen would obey is written out.

import { shown } from '../../../main/core/contract.ts'
import { hostText, type HostText } from '../../../main/core/host-text.ts'

export interface TextLine {
  /** counted from 1; null when it goes on from the line before, which was too wide */
  readonly number: number | null
  readonly text: HostText
}

/** Characters of one drawn line; a longer line goes on in the next, so that nothing needs sideways scrolling or hides behind a cut. */
export const lineWidth = 180

/** Lines of a text, from line number `first`. Carriage returns and tabs are written out like every other control byte. */
export function textLines(bytes: Uint8Array, first = 1): readonly TextLine[] {
  const lines: TextLine[] = []
  let number = first
  for (let from = 0; from <= bytes.length;) {
    const at = bytes.indexOf(0x0a, from)
    const end = at === -1 ? bytes.length : at
    if (at === -1 && from === bytes.length && from > 0) break
    for (const [index, piece] of pieces(hostText(bytes.subarray(from, end))).entries())
      lines.push({ number: index === 0 ? number : null, text: piece })
    number += 1
    from = end + 1
  }
  return lines
}

/** Host text in pieces of at most `lineWidth` characters, never cut within an escape or a character. */
function pieces(text: HostText): readonly HostText[] {
  const all = shown(text)
  if (all.length <= lineWidth) return [text]
  const out: string[] = []
  let piece = ''
  for (const [part] of all.matchAll(/\\x[0-9a-f]{2}|\\\\|[^\\]/gu)) {
    if (piece.length + part.length > lineWidth) {
      out.push(piece)
      piece = ''
    }
    piece += part
  }
  out.push(piece)
  return out as unknown as readonly HostText[] // cut between escapes, every piece is escaped text itself
}

/** How many of the first bytes end with a whole line; all of them when there is no line end in them. */
export function wholeLines(bytes: Uint8Array): number {
  const at = bytes.lastIndexOf(0x0a)
  return at === -1 ? bytes.length : at + 1
}

export type Content = 'empty' | 'text' | 'image' | 'binary'

const imageStarts: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x42, 0x4d],
  [0x00, 0x00, 0x01, 0x00],
]

/** What the first bytes look like. NUL separates the records of many readings, so a few of them are still text. */
export function contentOf(start: Uint8Array): Content {
  if (start.length === 0) return 'empty'
  if (imageStarts.some((magic) => magic.every((byte, at) => start[at] === byte))) return 'image'
  if (isRiffImage(start)) return 'image'
  let odd = 0
  for (const byte of start) if (byte < 0x20 && byte !== 0x0a && byte !== 0x09 && byte !== 0x0d) odd += 1
  return odd > start.length / 8 ? 'binary' : 'text'
}

function isRiffImage(start: Uint8Array): boolean {
  const name = String.fromCharCode(...start.subarray(0, 4), ...start.subarray(8, 12))
  return name === 'RIFFWEBP'
}

/** `00ff 1a…` of at most 16 bytes in pairs, and their letters; what is no printable ASCII is a dot. */
export function hexRow(bytes: Uint8Array): { readonly hex: string; readonly letters: string } {
  let hex = ''
  let letters = ''
  for (const [at, byte] of bytes.entries()) {
    hex += `${at === 8 ? '  ' : at === 0 ? '' : ' '}${byte.toString(16).padStart(2, '0')}`
    letters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
  }
  return { hex, letters }
}
