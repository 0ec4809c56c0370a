// udev(7): rules that run a program, by RUN, PROGRAM or IMPORT{program}. A rule that only names and permits devices runs nothing and is left out.

import type { PlaceEntry, PlaceParser } from '../places.ts'

const runs = /\b(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})\s*(?:\+=|:=|==|!=|=)\s*(?:e?"((?:[^"\\]|\\.)*)")/g
/** More than is told of a file, so that it is noticed. */
const most = 1000

export const parse: PlaceParser = (content) => {
  const lines = content.split('\n')
  const found: PlaceEntry[] = []
  for (let at = 0; at < lines.length && found.length < most;) {
    let end = at
    // a backslash at its end carries a rule on
    while (!/^\s*#/.test(lines[at] ?? '') && (lines[end] ?? '').endsWith('\\') && end + 1 < lines.length) end += 1
    const raw = lines.slice(at, end + 1).join('\n')
    const commands = /^\s*#/.test(raw) ? [] : [...raw.matchAll(runs)].map((match) => inFolder(match[1] ?? ''))
    if (commands.length > 0)
      found.push({ line: at + 1, raw, form: 'entry', command: commands.join('\n'), removable: true })
    at = end + 1
  }
  return found
}

/** A program without a path is one of udev's own folder. */
function inFolder(command: string): string {
  return /^[\w.-]+(?:\s|$)/.test(command) ? `/usr/lib/udev/${command}` : command
}
