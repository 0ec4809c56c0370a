// Desktop entries: what a desktop starts at login. One file is one thing; an entry that is hidden starts nothing.

import type { PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) => {
  const values = (key: string) =>
    [...content.matchAll(new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*(.*)$`, 'gm'))].map((match) => match[1] ?? '')
  const commands = [...values('TryExec'), ...values('Exec')]
    // the fields %f, %u … are filled in by who starts it
    .map((command) => command.replace(/\s%[a-zA-Z](?=\s|$)/g, ''))
    .filter((command) => command.trim() !== '')
  if (commands.length === 0 || values('Hidden').some((value) => value.trim() === 'true')) return []
  return [{ line: 0, raw: content.slice(0, 200), form: 'script', command: commands.join('\n'), removable: true }]
}
