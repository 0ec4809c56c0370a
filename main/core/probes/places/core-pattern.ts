// core_pattern in the kernel: behind a pipe stands a program that runs as root whenever any program crashes.

import type { PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) => {
  const raw = content.replace(/\n$/, '')
  return raw.startsWith('|') ? [{ line: 1, raw, form: 'entry', command: raw.slice(1), removable: false }] : []
}
