// What leaves the case only when asked for: environments of processes (they hold passwords and tokens) and password files. The journal keeps the
// digest, so the exhibit can be handed over later and proven to be the one.

import type { ExhibitEntry } from './snapshot.ts'

export interface Redaction {
  readonly sha256: string
  readonly size: number
  readonly reason: 'environment' | 'password-file'
  /** where the stub lies in the bag */
  readonly stub: string
}

const passwordFiles = /(^|\/)(g?shadow-?|opasswd|master\.passwd)$/

/** Why an exhibit is held back; null when it is not. Any one of its stories is enough: the bytes are the same. */
export function redactionReason(exhibit: Pick<ExhibitEntry, 'what' | 'path'>): Redaction['reason'] | null {
  if (/(^|\/)environ$/.test(exhibit.what) || /^\/proc\/[^/]+\/(task\/[^/]+\/)?environ$/.test(exhibit.path ?? ''))
    return 'environment'
  return passwordFiles.test(exhibit.path ?? '') || passwordFiles.test(exhibit.what) ? 'password-file' : null
}
