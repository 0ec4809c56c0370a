// Files that are run as they are: init scripts, login messages, hooks. A file of nobody's is one thing; one that a package brought and somebody changed is
// read line by line, because only the change can be hostile.

import type { PlaceParser } from '../places.ts'
import { parse as lines } from './shell.ts'

/** Bytes kept of a compiled program: name, owner and digest tell what it is, its bytes do not. */
const programHead = 4096
/** Bytes of a script a shell reads: beyond is an archive it never gets to. */
const scriptHead = 64 * 1024

export const parse: PlaceParser = (content, file) => {
  if (content === '') return []
  if (file.changed && content.startsWith('#!')) return lines(content, file)
  const program = content.startsWith('\x7fELF')
  return [
    {
      line: 0,
      raw: content.slice(0, 200),
      form: 'script',
      command: content.slice(0, program ? programHead : scriptHead),
      removable: true,
    },
  ]
}
