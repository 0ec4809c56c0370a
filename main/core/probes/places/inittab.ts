// inittab(5): `id:runlevels:action:process`. init starts the process again whenever it ends, where the action says respawn.

import type { PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) =>
  content.split('\n').flatMap((raw, at) => {
    const process = /^\s*[^#:\s][^:]*:[^:]*:[^:]*:(.*)$/.exec(raw)?.[1]
    if (process === undefined || process.trim() === '') return []
    return [{ line: at + 1, raw, form: 'entry' as const, command: process, removable: true }]
  })
