// What a step of edit-keys may be told: which keys go, and which stay whatever was judged. Checked before anything is dialled, and again when it is planned.

import { z } from 'zod'

/** As ssh-keygen -l prints it, with or without padding. */
export const fingerprintPattern = /^SHA256:[A-Za-z0-9+/]{43}=?$/

export const keyOptions = z.strictObject({
  keys: z.enum(['proposed', 'all-but-kept']).default('proposed'),
  keep: z.array(z.string().regex(fingerprintPattern)).max(256).default([]),
})
export type KeyOptions = z.infer<typeof keyOptions>

/** What is wrong with the options, as what was expected instead; null when nothing is. Everything but a named list would be a lock-out by a typing error. */
export function keyOptionsProblem(options: unknown): { readonly found: string; readonly expected: string } | null {
  const read = keyOptions.safeParse(options ?? {})
  if (!read.success) {
    const issue = read.error.issues[0]
    const at = issue?.path.join('.') ?? ''
    return { found: at === '' ? '-' : at, expected: 'keys: proposed | all-but-kept, keep: [SHA256:…]' }
  }
  return read.data.keys === 'all-but-kept' && read.data.keep.length === 0
    ? { found: 'keep: []', expected: 'keep: [SHA256:…], at least one fingerprint with keys: all-but-kept' }
    : null
}
