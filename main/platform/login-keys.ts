// The key pair with which a case logs in once the keys of a host were changed. It lies beside the other keys of the case, 0600, and never enters a case,
// a bundle or a log.

import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { CaseKey } from '../core/host/access.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Hashing } from '../core/ports.ts'
import { readIfThere, writeWhole } from './files.ts'
import { mkdir } from 'node:fs/promises'

/** Only what case ids are made of may become a file name. */
const plainId = /^[A-Za-z0-9-]{1,64}$/

/**
 * The pair of a case, made when there is none yet. Rejects with `usage` for an id that is no case id, `auth-key-unreadable` for a damaged file, `disk-*`.
 */
export async function loginKey(folder: string, caseId: string, hashing: Hashing): Promise<CaseKey> {
  if (!plainId.test(caseId))
    throw new TourniquetError('usage', { what: 'case id', text: caseId, expected: 'a case id' })
  const keyFile = join(folder, `login-${caseId}`)
  const there = await readIfThere(keyFile)
  if (there === null) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: `tourniquet ${caseId}` })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeWhole(keyFile, [new TextEncoder().encode(pair.private)])
    return described(keyFile, pair.private, caseId, hashing)
  }
  return described(keyFile, new TextDecoder().decode(there), caseId, hashing)
}

function described(keyFile: string, text: string, caseId: string, hashing: Hashing): CaseKey {
  const parsed = ssh2.utils.parseKey(text)
  if (parsed instanceof Error || Array.isArray(parsed) || !parsed.isPrivateKey())
    throw new TourniquetError('auth-key-unreadable', { path: keyFile })
  const blob = parsed.getPublicSSH()
  const digest = Buffer.from(hashing.sha256().update(blob).hex(), 'hex').toString('base64').replace(/=+$/, '')
  return {
    keyFile,
    publicLine: `${parsed.type} ${blob.toString('base64')} tourniquet ${caseId}`,
    fingerprint: `SHA256:${digest}`,
  }
}
