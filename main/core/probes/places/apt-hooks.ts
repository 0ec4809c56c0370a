// apt.conf(5): statements that run commands around every installation (`DPkg::Post-Invoke { "…"; };`). Other settings run nothing and are left out.

import type { PlaceEntry, PlaceParser } from '../places.ts'

const runs =
  /(?:Pre-Invoke|Post-Invoke(?:-Success)?|Pre-Install-Pkgs|Post-Update-Cmd|Update::Pre|ProxyAutoDetect|Proxy-Auto-Detect)/i
/** More than is told of a file, so that it is noticed. */
const most = 1000

export const parse: PlaceParser = (content) => {
  const lines = content.split('\n')
  const found: PlaceEntry[] = []
  for (let at = 0; at < lines.length && found.length < most;) {
    const end = endOf(lines, at)
    const raw = lines.slice(at, end + 1).join('\n')
    const bare = raw.replace(/^\s*(?:\/\/|#).*$/gm, '')
    if (runs.test(bare))
      found.push({
        line: at + 1,
        raw,
        form: 'entry',
        command: [...bare.matchAll(/"((?:[^"\\]|\\[^])*)"/g)]
          .map((quoted) => (quoted[1] ?? '').replace(/\\(["\\])/g, '$1'))
          .join('\n'),
        removable: end < lines.length,
      })
    at = end + 1
  }
  return found
}

/** Line on which the statement that begins here ends: braces closed and a semicolon met; the last line of the file when it never does. */
function endOf(lines: readonly string[], from: number): number {
  let depth = 0
  let quoted = false
  let anything = false
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (!quoted && /^\s*(?:\/\/|#|$)/.test(line)) {
      if (!anything) return at
      continue
    }
    anything = true
    let ended = false
    for (let index = 0; index < line.length; index++) {
      const char = line[index] ?? ''
      if (quoted && char === '\\') index += 1
      else if (char === '"') quoted = !quoted
      else if (!quoted && char === '{') depth += 1
      else if (!quoted && char === '}') depth = Math.max(0, depth - 1)
      else if (!quoted && char === ';' && depth === 0) ended = true
    }
    if (ended && !quoted && depth === 0) return at
  }
  return lines.length - 1
}
