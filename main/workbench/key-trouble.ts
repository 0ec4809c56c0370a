// Keys of hosts that are not trusted as they are: known to nobody, or not the one the case knows the host by. A changed key is nobody's question: it is a
// finding, and goes into the case.

import { caseChain } from '../core/case/journal.ts'
import type { CaseStore } from '../core/case/store.ts'
import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import type { Way } from './dialling.ts'
import { machineOf } from './pins.ts'

/** A failure of trust at one hop. */
interface KeyTrouble {
  /** `user@host:port` of the hop */
  readonly address: string
  /** the key it showed */
  readonly key: { readonly type: string; readonly sha256: string; readonly md5: string }
  /** SHA256 of the key it was known by */
  readonly old: string | null
}

/** The key by which the case knows this machine, whoever logged in to it: the last one that was entered by or accepted. */
export function knownKey(store: CaseStore, { shown }: Way): string | null {
  const here = (address: string): boolean => machineOf(address) === machineOf(shown)
  const keys = store.events(caseChain).flatMap((event) => {
    if (event.type === 'host-added' && here(event.data.address)) return [event.data.hostKey]
    return event.type === 'host-key-accepted' && here(event.data.address) ? [event.data.now] : []
  })
  return keys.at(-1) ?? null
}

/** A key at a hop that nothing vouches for. Null when the failure is another one. */
export function strangerKey(way: Way, cause: unknown): KeyTrouble | null {
  return keyTrouble(way, cause, 'host-key-unknown')
}

/** A key that is not the one a hop is known by, however that was found out. Null when the failure is another one. */
export function keyChange(way: Way, cause: unknown): KeyTrouble | null {
  return keyTrouble(way, cause, 'host-key-changed') ?? keyTrouble(way, cause, 'host-key-mismatch')
}

/** Writes a changed key into the case, each once. Resolves with the failure as it is told; one of another kind comes back as it is. */
export async function recordKeyChange(store: CaseStore, way: Way, error: TourniquetError): Promise<TourniquetError> {
  const changed = keyChange(way, error)
  if (changed === null || changed.old === null) return error
  const { address, key, old } = changed
  const now = key.sha256
  const before = store
    .events(caseChain)
    .some(
      (event) =>
        event.type === 'host-key-changed' &&
        event.data.address === address &&
        event.data.old === old &&
        event.data.now === now,
    )
  if (!before) await store.append(caseChain, 'host-key-changed', { address, old, now })
  return error.code === 'host-key-mismatch'
    ? new TourniquetError('host-key-changed', { ...error.params, old }, error)
    : error
}

function keyTrouble(
  way: Way,
  cause: unknown,
  code: 'host-key-unknown' | 'host-key-changed' | 'host-key-mismatch',
): KeyTrouble | null {
  if (!isTourniquetError(cause)) return null
  const { type, sha256, md5, hop, inner, old, expected } = cause.params
  if ((cause.code === 'jump-failed' ? inner : cause.code) !== code || typeof sha256 !== 'string') return null
  return {
    address: cause.code === 'jump-failed' ? String(hop) : way.shown,
    key: { type: String(type), sha256, md5: String(md5) },
    old: typeof old === 'string' ? old : typeof expected === 'string' ? expected : null,
  }
}
