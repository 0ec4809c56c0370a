// Lines that a backslash at their end continues on the next, as sudo and PAM read them.

export interface ContinuedLine {
  /** number of the first one, from 1 */
  readonly line: number
  /** the first one as it stands */
  readonly raw: string
  /** all of them, a blank in place of each backslash and line break */
  readonly whole: string
}

export function continuedLines(content: string): readonly ContinuedLine[] {
  const all: ContinuedLine[] = []
  const lines = content.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1
    const raw = lines[at] ?? ''
    const parts = [raw]
    while (parts.at(-1)?.endsWith('\\') === true && at + 1 < lines.length) parts.push(lines[++at] ?? '')
    const whole = parts.map((part, nth) => (nth < parts.length - 1 ? `${part.slice(0, -1)} ` : part)).join('')
    all.push({ line, raw, whole })
  }
  return all
}
