// ld.so.conf(5): folders the loader searches before its own. Told are those below a temporary or a hidden place: a library there stands in for any other.

import type { PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) =>
  content
    .split('\n')
    .flatMap((raw, at) =>
      /^\s*\/(?:tmp|var\/tmp|dev\/shm|run\/|proc\/)|^\s*\/[^#]*\/?\.[^/.]/.test(raw)
        ? [{ line: at + 1, raw, form: 'environment' as const, command: '', removable: true }]
        : [],
    )
