// What a terminal recording is made of, and how it reads as asciicast. The raw output is the evidence; the asciicast is its rendering with the times, the
// sizes and the presence of input. What was typed is never kept: a password typed at a prompt that shows nothing would be kept with it.

import { z } from 'zod'

export const inputBy = z.enum(['typed', 'pasted', 'answered'])
/** A person typed or pasted it, or the terminal answered a question of the host by itself. */
export type InputBy = z.infer<typeof inputBy>

/** One segment of a recording: which terminal, which part of it. Segments follow each other without a hole. */
export const recordingAbout = z.strictObject({
  terminal: z.string(),
  /** chain of the host */
  host: z.string(),
  address: z.string(),
  /** who opened it */
  by: z.string(),
  /** RFC 3339 */
  openedAt: z.string(),
  /** from 0 */
  segment: z.int().nonnegative(),
  /** milliseconds from the opening of the terminal to the beginning of this segment */
  since: z.int().nonnegative(),
  /** bytes of output in the segments before it */
  before: z.int().nonnegative(),
  columns: z.int().positive(),
  rows: z.int().positive(),
})
export type RecordingAbout = z.infer<typeof recordingAbout>

/** What happened in a terminal; `at` is in whole milliseconds since it was opened. */
export type Recorded =
  | { readonly kind: 'output'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'input'; readonly at: number; readonly by: InputBy; readonly keys: string }
  | { readonly kind: 'resize'; readonly at: number; readonly columns: number; readonly rows: number }

/** Stands for one character that somebody typed. */
const unseen = '\u2022'

/**
 * Input as a recording keeps it: keys that are no text (Enter, Tab, Ctrl-C and their like) as they are, everything else as one dot a character. What a command
 * line was is in the output, where the host echoed it; what was not echoed is nobody's business, and its length is all that stays of it.
 */
export function veiled(text: string): string {
  return text.replaceAll(/[^\p{Cc}]/gu, unseen)
}

/**
 * One segment as asciicast v2, line by line: `o` output (bytes that are no UTF-8 as U+FFFD), `i` what a person typed or pasted, veiled, `r` sizes, and `m`
 * markers before a paste and in place of what the terminal answered by itself. Times are seconds since the beginning of the segment.
 */
export async function* asciicast(about: RecordingAbout, recorded: AsyncIterable<Recorded>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const header = {
    version: 2,
    width: about.columns,
    height: about.rows,
    timestamp: Math.floor((Date.parse(about.openedAt) + about.since) / 1000),
    title: `${about.address} ${about.terminal} ${String(about.segment + 1)}`,
    env: { TERM: 'xterm-256color' },
  }
  yield encoder.encode(`${JSON.stringify(header)}\n`)
  let last = 0
  const line = (code: 'o' | 'i' | 'm' | 'r', data: string): Uint8Array =>
    encoder.encode(`[${last.toFixed(3)}, "${code}", ${JSON.stringify(data)}]\n`)
  for await (const one of recorded) {
    last = Math.max(last, (one.at - about.since) / 1000)
    switch (one.kind) {
      case 'output': {
        const text = decoder.decode(one.bytes, { stream: true })
        if (text !== '') yield line('o', text)
        break
      }
      case 'input':
        if (one.by !== 'typed') yield line('m', `${one.by} ${String(one.keys.length)}`)
        if (one.by !== 'answered') yield line('i', one.keys)
        break
      case 'resize':
        yield line('r', `${String(one.columns)}x${String(one.rows)}`)
    }
  }
  const rest = decoder.decode()
  if (rest !== '') yield line('o', rest)
}

/** One segment's output, byte for byte. */
export async function* outputOf(recorded: AsyncIterable<Recorded>): AsyncGenerator<Uint8Array> {
  for await (const one of recorded) if (one.kind === 'output') yield one.bytes
}
