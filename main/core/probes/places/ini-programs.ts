// Settings of supervisors that are written in sections: a section that names a command is one entry with all its lines.

import type { PlaceEntry, PlaceParser } from '../places.ts'

/** More than is told of a file, so that it is noticed. */
const most = 1000

export const parse: PlaceParser = (content) => {
  const lines = content.split('\n')
  const found: PlaceEntry[] = []
  const tell = (from: number, until: number): void => {
    let end = until
    while (end > from + 1 && /^\s*(?:[;#].*)?$/.test(lines[end - 1] ?? '')) end -= 1
    const body = lines.slice(from, end)
    const commands = body.flatMap(
      (line) => /^\s*(?:command|process_name_command|serverurl)\s*=\s*(.*)$/.exec(line)?.[1] ?? [],
    )
    if (commands.length > 0)
      found.push({ line: from + 1, raw: body.join('\n'), form: 'entry', command: commands.join('\n'), removable: true })
  }
  let from = -1
  for (let at = 0; at <= lines.length && found.length < most; at++) {
    if (at < lines.length && !/^\s*\[/.test(lines[at] ?? '')) continue
    if (from !== -1) tell(from, at)
    from = at
  }
  return found
}
