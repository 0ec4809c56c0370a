// What changing keys needs of the world: the proof that the account can still come in, and a key pair made for the case. The core never sees a private key.

import type { HostSession } from './session.ts'

export interface ProvenLogin {
  /** who we would be: 0 only when root was reached, sudo included */
  readonly euid: number
  /** how it was logged in to, as `Dialled.authMethod` */
  readonly method: string
}

export interface CaseKey {
  /** path of the private key on the workbench, 0600, outside of every case folder */
  readonly keyFile: string
  /** the line for authorized_keys, without its newline */
  readonly publicLine: string
  /** `SHA256:…` as ssh prints it */
  readonly fingerprint: string
}

export interface AccessWorld {
  /**
   * A second login while the session stays open: a new TCP connection by the same way to the same host key, the same account, as far as root where the session
   * is root. With `keyFile` only that key is shown. Rejects with `login-not-proven` {inner, detail} for whatever went wrong, and with `cancelled`.
   */
  proveLogin(
    session: HostSession,
    options?: { readonly keyFile?: string; readonly signal?: AbortSignal },
  ): Promise<ProvenLogin>
  /** The key pair of a case, made when first asked for. Rejects with `disk-*`, `auth-key-unreadable`. */
  caseKey(caseId: string): Promise<CaseKey>
}
