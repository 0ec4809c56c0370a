// Cases from elsewhere: a bundle or a case folder becomes a copy among the user's cases. What is imported is checked in full before it is shown.

import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { casesFolder } from '../compose.ts'
import type { Contract } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Input } from '../core/rpc/define.ts'
import { importBundle, importFolder } from '../platform/case-import.ts'
import { systemClock } from '../platform/clock.ts'
import { systemCode } from '../platform/files.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { systemRandom } from '../platform/random.ts'
import { folderOfCase } from './case-list.ts'
import type { Uploads } from './uploads.ts'

/** Makes the copy and resolves with its folder. An upload is a bundle, and is gone once the copy stands. Rejects as `importBundle` and `importFolder` do. */
export async function importCase(
  from: Input<Contract, 'case.import'>['from'],
  uploads: Uploads,
  signal: AbortSignal,
): Promise<string> {
  const options = {
    into: casesFolder(),
    world: { clock: systemClock, random: systemRandom, hashing: nodeHashing },
    known: folderOfCase,
    signal,
  }
  if ('upload' in from) {
    const path = await importBundle(uploads.get(from.upload).path, options)
    await uploads.drop(from.upload)
    return path
  }
  const { path } = from
  if (!isAbsolute(path)) throw new TourniquetError('usage', { what: 'path', text: path, expected: 'an absolute path' })
  return (await isFolder(path)) ? importFolder(path, options) : importBundle(path, options)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new TourniquetError('file-unreadable', { path, code: systemCode(cause) ?? 'unknown' }, cause)
  }
}
