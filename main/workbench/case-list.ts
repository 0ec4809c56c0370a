// The cases of the user's data folder: what is there, and where a case of an id is. It opens none of them.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { casesFolder } from '../compose.ts'
import type { CaseInfo } from '../core/case/store.ts'
import type { CaseSummary, Contract } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Frozen, Output } from '../core/rpc/define.ts'
import { readCase } from '../platform/case-reading.ts'
import { systemCode } from '../platform/files.ts'
import { nodeHashing } from '../platform/hashing.ts'

/** What a list of cases shows of one. */
export function summaryOf(path: string, info: CaseInfo): Frozen<CaseSummary> {
  const { caseId, number, customer, examiner, authority, timeZone, createdAt } = info
  return { path, caseId, number, customer, examiner, authority, timeZone, createdAt }
}

/** Newest first; a folder that is no readable case is named, not hidden. */
export async function listCases(): Promise<Output<Contract, 'case.list'>> {
  const folder = casesFolder()
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return []
    throw new TourniquetError('disk-error', { path: folder, code: systemCode(cause) ?? 'unknown' }, cause)
  })
  const paths = names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name))
  const read = await Promise.all(
    paths.map(async (path) => {
      try {
        return { path, info: (await readCase(path, nodeHashing, 'info-only')).info }
      } catch {
        return { path, info: null } // told as unreadable; opening it says why
      }
    }),
  )
  const cases = read.flatMap(({ path, info }) => (info === null ? [] : [summaryOf(path, info)]))
  return {
    cases: cases.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
    unreadable: read.flatMap(({ path, info }) => (info === null ? [path] : [])),
  }
}

/** Where the case of this id is among them; null when it is not. */
export async function folderOfCase(caseId: string): Promise<string | null> {
  const { cases } = await listCases()
  return cases.find((one) => one.caseId === caseId)?.path ?? null
}
