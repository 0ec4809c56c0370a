// logrotate(8): the shell scripts between `postrotate` (and its kin) and `endscript`. A script may be empty, so any line of it can go.

import type { PlaceEntry, PlaceParser } from '../places.ts'
import { matters } from './shell.ts'

const begins = /^\s*(?:pre|post)rotate\s*$|^\s*(?:first|last|pre)action\s*$|^\s*lastaction\s*$|^\s*preremove\s*$/
/** More than is told of a file, so that it is noticed. */
const most = 1000

export const parse: PlaceParser = (content) => {
  const found: PlaceEntry[] = []
  let inside = false
  let depth = 0
  for (const [at, raw] of content.split('\n').entries()) {
    if (/^\s*endscript\b/.test(raw)) inside = false
    else if (begins.test(raw)) {
      inside = true
      depth = 0
    } else if (inside && found.length < most) {
      depth += Number(/^\s*(?:if|for|while|case)\b/.test(raw)) - Number(/^\s*(?:fi|done|esac)\b/.test(raw))
      if (!/^\s*(?:#|$)/.test(raw) && matters(raw))
        found.push({
          line: at + 1,
          raw,
          form: 'entry',
          command: raw,
          removable: depth === 0 && !/\\$|^\s*(?:fi|done|esac)\b/.test(raw),
        })
    }
  }
  return found
}
