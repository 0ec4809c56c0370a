// monitrc: lines that start, stop or execute something when a check says so.

import type { PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) =>
  content.split('\n').flatMap((raw, at) => {
    const text = raw.replace(/^\s*#.*$/, '')
    const match =
      /(?:\bexec\b|\b(?:start|stop|restart)\b(?:\s+program)?\s*=?|\bprogram\b.*\bpath\b)\s*(?:"([^"]*)"|'([^']*)'|(\S.*))/.exec(
        text,
      )
    const command = match?.[1] ?? match?.[2] ?? match?.[3]
    return command?.includes('/') ? [{ line: at + 1, raw, form: 'entry' as const, command, removable: false }] : []
  })
