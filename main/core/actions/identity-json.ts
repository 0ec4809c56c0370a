// Process and file identities as plain JSON inside plans and changes, and back.

import { z } from 'zod'
import type { FileIdentity, ProcessIdentity } from '../host/identity.ts'

const decimal = z.string().regex(/^\d{1,20}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const processIdentity = z.strictObject({
  bootId: z.string(),
  pid: z.number().int().positive(),
  startTime: decimal,
  exeDev: decimal.nullable(),
  exeInode: decimal.nullable(),
  exeSha256: sha256.nullable(),
})

export const fileIdentity = z.strictObject({ dev: decimal, inode: decimal, sha256: sha256.nullable() })

/** Refuses, by throwing ZodError, what no plan of ours can hold. */
export function parseIdentity(value: unknown): ProcessIdentity {
  return processIdentity.parse(value)
}

export function parseFileIdentity(value: unknown): FileIdentity {
  return fileIdentity.parse(value)
}
