// What a person sees: results on stdout, progress on stderr, colour only where it is wanted, width as the window has it.
// Host text arrives here in its shown form; what slipped through (a label in a stranger's bundle, a system's message) is shown here, never obeyed.

import stringWidth from 'string-width'

export type Tone = 'red' | 'amber' | 'green' | 'grey' | 'bold' | 'plain'

const codes: Readonly<Record<Tone, readonly [string, string]>> = {
  red: ['\u001b[31m', '\u001b[39m'],
  amber: ['\u001b[33m', '\u001b[39m'],
  green: ['\u001b[32m', '\u001b[39m'],
  grey: ['\u001b[90m', '\u001b[39m'],
  bold: ['\u001b[1m', '\u001b[22m'],
  plain: ['', ''],
}

/** One output stream as it really is: a window with colours and a width, or a pipe. */
export interface Screen {
  readonly live: boolean
  /** columns; 80 for a pipe */
  readonly width: number
  paint(tone: Tone, text: string): string
  line(text?: string): void
  /** Replaces the last status line of a live screen; prints nothing on a pipe. The next `line` clears it. */
  status(text: string): void
  /** While a person is being asked nothing may move: lines wait, status is dropped. Returns what lets them go on. */
  hold(): () => void
}

/** Widest window used: longer lines are hard to read. */
const widest = 110

export function createScreen(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const live = stream.isTTY
  const colour = live && environment['NO_COLOR'] === undefined && environment['TERM'] !== 'dumb'
  const width = Math.min(live ? Math.max(40, stream.columns) : 80, widest)
  let status = false
  let held: string[] | null = null
  const clear = (): void => {
    if (status) stream.write('\r\u001b[2K')
    status = false
  }
  return {
    live,
    width,
    paint: (tone, text) => (colour ? codes[tone].join(text) : text),
    line(text = '') {
      if (held !== null) {
        held.push(text)
        return
      }
      clear()
      stream.write(`${harmless(text, colour)}\n`)
    },
    hold() {
      clear()
      held ??= []
      return () => {
        const waited = held ?? []
        held = null
        for (const text of waited) stream.write(`${harmless(text, colour)}\n`)
      }
    },
    status(text) {
      if (!live || held !== null) return
      clear()
      stream.write(clip(harmless(text, colour), width - 1))
      status = true
    },
  }
}

/** Our own colours, or one character that a terminal obeys, hides or turns round. Newline and tab only move on. */
const steering = /(\u001b\[(?:1|22|31|32|33|39|90)m)|(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function harmless(text: string, colour: boolean): string {
  return text.replaceAll(steering, (match: string, painted: string | undefined) =>
    painted !== undefined && colour ? painted : Array.from(match, escaped).join(''),
  )
}

/** Only what steers: a colour on a pipe is its escape character, then plain text. */
function escaped(character: string): string {
  return /[\p{C}\p{Zl}\p{Zp}]/u.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character
}

/** A value as one line of JSON in which no character is one that a terminal obeys, should it be shown there. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
  return `${text}\n`
}

/** Columns a text takes on a terminal: two for wide East Asian characters. */
export function columns(text: string): number {
  return stringWidth(text)
}

/** Cuts to at most `width` columns, with an ellipsis when something was cut. For plain text without colours. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    const wide = columns(character)
    if (used + wide > width - 1) break
    cut += character
    used += wide
  }
  return `${cut}…`
}

/** Pads with blanks to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

/** Breaks text into lines of at most `width` columns, at blanks where there are any. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<= )|(?<=[\u3000-\u9fff\uff00-\uffef])/u)) {
    if (columns(line + word.trimEnd()) > width && line !== '') {
      lines.push(line.trimEnd())
      line = ''
    }
    let rest = word
    while (columns(rest.trimEnd()) > width) {
      const head = clip(rest, width + 1).slice(0, -1)
      lines.push(head)
      rest = rest.slice(head.length)
    }
    line += rest
  }
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd())
  return lines
}
