// A place on the disk for the case of one test: its folder, its keys beside it, and who opens it. Stores are closed and all is removed when the test is over.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createCaseFolder, openCaseFolder, type CaseFolder, type CreateCase } from './case-folder.ts'

export const tool = 'tourniquet test'

export type CasePlace = ReturnType<typeof placeForCase>

export function placeForCase() {
  const base = mkdtempSync(join(tmpdir(), 'case-'))
  const keys = join(base, 'keys')
  const folder = join(base, 'case')
  const opened: CaseFolder[] = []
  onTestFinished(async () => {
    for (const store of opened) await store.close().catch(() => undefined)
    rmSync(base, { recursive: true, force: true })
  })
  const kept = (store: CaseFolder): CaseFolder => {
    opened.push(store)
    return store
  }
  return {
    base,
    keys,
    folder,
    /** Ada opens a new case. */
    create: async (path = folder, about: Partial<CreateCase> = {}): Promise<CaseFolder> =>
      kept(await createCaseFolder(path, { examiner: 'ada', number: 'IR-7', tool, keys, ...about })),
    /** Bob goes on writing to it; `takeOver` is why he may although another holds it. */
    write: async (takeOver?: string, path = folder): Promise<CaseFolder> =>
      kept(
        await openCaseFolder(path, {
          mode: 'write',
          examiner: 'bob',
          keys,
          ...(takeOver === undefined ? {} : { takeOver }),
        }),
      ),
    read: (path = folder): Promise<CaseFolder> => openCaseFolder(path, { mode: 'read', keys }),
  }
}

/** An event to append: something that could not be read, as the smallest there is. */
export const gap = (detail: string) => ({ run: null, step: null, probe: 'p', what: 'w', reason: 'failed', detail })

/** Every file below, by its whole path. */
export const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
