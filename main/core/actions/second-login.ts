// The proof that keys were changed without locking anybody out: a second login while the session stays open. Without it a change does not stand.

import { isTourniquetError } from '../errors.ts'
import type { AccessWorld } from '../host/access.ts'
import type { HostSession } from '../host/session.ts'
import type { ActContext, ChangeRecord, Verified } from './verb.ts'

/** Fingerprint of the key our own session came in with; null when it came by password, agent prompt or certificate. */
export function sessionKey(session: HostSession): string | null {
  return /\bpublickey (SHA256:[A-Za-z0-9+/]{43})\b/.exec(session.arrival.dialled.authMethod)?.[1] ?? null
}

/** Null when a second login is proven; else why not, beginning with its own error code. Rejects only with `cancelled`. */
export async function whyNotProven(
  access: AccessWorld,
  session: HostSession,
  options: { readonly keyFile?: string; readonly signal?: AbortSignal },
): Promise<string | null> {
  try {
    await access.proveLogin(session, options)
    return null
  } catch (error) {
    if (!isTourniquetError(error, 'login-not-proven')) throw error
    const { inner, detail } = error.params
    return `login-not-proven: ${[inner, detail].filter((part) => part !== undefined && part !== '').join(', ')}`
  }
}

/** Each change is proven once, right after it: a soak that looks every few seconds must not fill the host's logs with logins. */
export class ProofsOfLogin {
  readonly #access: AccessWorld
  readonly #proven = new Set<string>()

  constructor(access: AccessWorld) {
    this.#access = access
  }

  /** `verified` as it is when the change is proven, else a `no` that asks for the change to be taken back. */
  async after(change: ChangeRecord, verified: Verified, context: ActContext, keyFile?: string): Promise<Verified> {
    if (this.#proven.has(change.act)) return verified
    const { session, signal } = context
    const why = await whyNotProven(this.#access, session, {
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(signal ? { signal } : {}),
    })
    if (why !== null) return { result: 'no', detail: why, revert: true }
    this.#proven.add(change.act)
    return verified
  }
}
