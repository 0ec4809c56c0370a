// Batches of files as unit-folders.sh brings them: names, what stat said, bytes. Shared by every probe that reads many small files. Pure.

import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { FactKind } from './facts.ts'
import { type Findings, type Sections, linesOf, markedContents, textOf } from './reply.ts'
import type { ScheduleFile } from './schedule-file.ts'

/** All files of a reply; `capOf` tells the cut a kind was read with. A batch that is not whole is an Unknown. A file named twice (a link, an alias) comes once. */
export function parseFileBatches(
  sections: Sections,
  capOf: (kind: string) => number,
  into: Pick<Findings, 'unknown'>,
  spoils: readonly FactKind[],
): ScheduleFile[] {
  const files = new Map<string, ScheduleFile>()
  for (const [name, list] of sections.entries('files ')) {
    const batch = name.slice('files '.length)
    const kind = batch.split(' ')[0] ?? ''
    const paths = list.split('\0').slice(0, -1)
    const seen = linesOf(sections.get(`stat ${batch}`) ?? '')
    const contents = markedContents(sections.get(`content ${batch}`) ?? '', sections.mark, paths.length)
    if (!contents || seen.length !== paths.length) {
      into.unknown(`files of ${kind}`, 'truncated', 'not all of them came', spoils)
      continue
    }
    const cap = capOf(kind)
    for (const [at, path] of paths.entries()) {
      const content = contents[at] ?? ''
      const stat = seen[at] === 'gone' ? null : (seen[at] ?? null)
      // what the kernel makes up has no size: a full read that is not the whole size may go on
      const cut = content.length >= cap && Number(stat?.split(' ')[2] ?? 0) !== content.length
      if (!files.has(path)) files.set(path, { kind, path, content, cut, seen: stat })
    }
  }
  for (const path of linesOf((sections.get('denied') ?? '').trim()))
    into.unknown(shown(textOf(path)), 'not-permitted', 'this login may not read it', spoils)
  return [...files.values()]
}

/** What was read of a file is not the file: it changed, could not be opened, or goes on after the cut (which is no gap where `program` holds). */
export function noteGaps(
  file: ScheduleFile,
  meta: FileMeta,
  program: boolean,
  into: Pick<Findings, 'unknown'>,
  spoils: readonly FactKind[],
): void {
  const size = Number(file.seen?.split(' ')[2] ?? 0)
  const path = shown(textOf(file.path))
  if (!isSame(file, meta)) into.unknown(path, 'failed', 'it changed while it was read', spoils)
  else if (file.content === '' && size > 0) into.unknown(path, 'not-permitted', 'its bytes could not be read', spoils)
  else if (file.cut && !program)
    into.unknown(path, 'truncated', `only the first ${file.content.length} of ${size} bytes were read`, spoils)
}

/** Links are compared by what they point at when they were read, which their own lstat cannot tell. */
function isSame(file: ScheduleFile, meta: FileMeta): boolean {
  if (file.seen === null) return false // gone when it was read, and back again
  if (meta.type !== 'file') return true
  const [, inode, size, ctime] = file.seen.split(' ')
  return inode === meta.identity.inode && size === meta.size && ctime === meta.ctime.split('.')[0]
}
