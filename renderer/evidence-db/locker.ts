// What the page sees of the evidence locker: a copy of the case's evidence in this browser, encrypted, fed from the case folder by a worker. Screens read
// only this; it never changes a case. What it lacks it says: a row whose bytes are not here yet is `stored: false`, and the lag is always shown.

import type { TourniquetError } from '../../main/core/errors.ts'
import type { HostText, JournalEvent } from './case.ts'

/** How the copy stands. */
export interface LockerState {
  /**
   * `off`: no case. `opening`: reading what is here. `following`: catching up or up to date, see `lag`. `stuck`: it stopped for `error` and will go on by
   * itself when it can. `damaged`: what is here is not what was written; it must be rebuilt from the folder.
   */
  readonly phase: 'off' | 'opening' | 'following' | 'stuck' | 'damaged'
  readonly caseId: string | null
  /** what is here: journal events, exhibits whole with their bytes, plain bytes of those */
  readonly have: { readonly events: number; readonly exhibits: number; readonly bytes: number }
  /** what the case folder has and this copy does not yet */
  readonly lag: { readonly events: number; readonly exhibits: number; readonly bytes: number }
  /** told of in the journal, but main has no bytes of them: held back in the bundle this case was imported from. They are no lag */
  readonly absent?: { readonly exhibits: number; readonly bytes: number }
  /** events of every chain were checked link by link up to here; false once one was not what the chain says */
  readonly chainIntact: boolean
  /** whether the browser promised not to throw the copy away; null until it was asked */
  readonly persistent: boolean | null
  /** bytes the browser has for this origin; null until measured */
  readonly room: { readonly used: number; readonly free: number } | null
  readonly error: {
    readonly code: TourniquetError['code']
    readonly params: Readonly<Record<string, string | number>>
  } | null
}

/** One telling of an exhibit, as the journal tells it, and what people said of it since. */
export interface ExhibitRow {
  /** place in the locker: unique, stable, grows with time */
  readonly row: number
  readonly sha256: string
  /** bytes of the plain exhibit */
  readonly size: number
  /** `file`, `process/exe`, `plan`, `findings`, `terminal/output` … */
  readonly what: string
  readonly path: HostText | null
  /** host chain it was told on, or `case` */
  readonly chain: string
  readonly seq: number
  /** RFC 3339, workbench clock */
  readonly at: string
  /** the exact request that read it */
  readonly method: string
  readonly hostSha256: string | null
  /** host clock, microseconds */
  readonly hostTime: string | null
  readonly truncated: boolean
  /** file metadata as read on the host; null when it was no file */
  readonly meta: unknown
  /** its bytes are here, whole, chunk by chunk as digested */
  readonly stored: boolean
  readonly note: string | null
  readonly tags: readonly string[]
}

export type ExhibitOrder = 'at' | 'size' | 'what' | 'path'

export interface ExhibitQuery {
  /** words that must all occur in path, kind, method, note, tag or the beginning of the digest; empty = everything */
  readonly text: string
  /** chains; empty = all */
  readonly chains: readonly string[]
  /** beginnings of `what`, such as `process/`; empty = all */
  readonly what: readonly string[]
  readonly tags: readonly string[]
  readonly order: ExhibitOrder
  readonly descending: boolean
}

/** A list as it stood when it was asked for; rows are fetched by window. */
export interface ExhibitList {
  readonly total: number
  /** bytes of all of them, each digest once */
  readonly bytes: number
  /** at most 500 rows from `from` on, in order */
  rows(from: number, count: number): Promise<readonly ExhibitRow[]>
  /** the list may be forgotten */
  close(): void
}

/** Outcome of reading an exhibit again, chunk by chunk, against every digest there is. */
export interface Recheck {
  readonly sha256: string
  /** `absent`: its bytes are not here (yet, or held back in the bundle it was imported from) */
  readonly result: 'intact' | 'damaged' | 'absent'
  /** which chunk, counted from 0, and what it should have been */
  readonly damage: { readonly chunk: number; readonly expected: string; readonly found: string } | null
}

export interface Progress {
  readonly done: number
  readonly total: number
}

export interface Written {
  readonly exportId: string
  readonly bytes: number
  readonly files: number
  readonly redacted: number
  /** `SHA256:…` of the signer */
  readonly fingerprint: string
  readonly tagManifestSha256: string
  /** the bundle: a file on disk that the browser owns until it is saved or forgotten; not in memory */
  readonly file: File
}

export type SignWith =
  | { readonly by: 'case' }
  | { readonly by: 'file'; readonly path: string; readonly passphrase?: string }
  | { readonly by: 'agent' }

export interface WriteOptions {
  /** null = `export-N` */
  readonly exportId: string | null
  readonly includeSecrets: boolean
  readonly signer: SignWith
  readonly signal?: AbortSignal
  /** bytes of the bundle */
  readonly told?: (progress: Progress) => void
}

/** A host of the case, as the journal tells it. */
export interface HostRow {
  readonly host: string
  readonly address: string
  readonly hostKey: string
  readonly machineId: string | null
  /** RFC 3339 */
  readonly at: string
}

/** A run of a playbook, as the journal tells it. */
export interface RunRow {
  readonly run: string
  readonly playbook: { readonly id: string; readonly version: string; readonly digest: string }
  readonly hosts: readonly string[]
  readonly examiner: string
  readonly openedAt: string
  readonly closedAt: string | null
  /** null while it is open */
  readonly outcome: string | null
}

export interface Locker {
  /** The state now, and its changes. */
  state(): LockerState
  onState(listener: (state: LockerState) => void): () => void

  /** Asks the browser to keep the copy; true when it promised. */
  persist(): Promise<boolean>
  /** Throws the copy away and reads it again from the case folder. */
  rebuild(): Promise<void>

  exhibits(query: ExhibitQuery): Promise<ExhibitList>
  /** The newest telling of a digest, or null. */
  exhibit(sha256: string): Promise<ExhibitRow | null>
  /** Every kind and tag there is with its count, for filters. */
  facets(): Promise<{
    readonly what: ReadonlyMap<string, number>
    readonly tags: ReadonlyMap<string, number>
    readonly chains: ReadonlyMap<string, number>
  }>
  /** Plain bytes, decrypted and checked against the digests of the chunks they lie in. At most 16 MiB. Rejects with `locker-damaged`, `case-missing`. */
  bytes(sha256: string, from: number, length: number): Promise<Uint8Array>
  /** Reads again and compares; `null` = everything. Rejects with `cancelled`. */
  recheck(
    digests: readonly string[] | null,
    options: { readonly signal?: AbortSignal; readonly told?: (progress: Progress) => void },
  ): Promise<readonly Recheck[]>

  /** Events of a chain, oldest first, at most 1000. */
  events(chain: string, from: number): Promise<readonly JournalEvent[]>
  chains(): Promise<readonly { readonly chain: string; readonly events: number }[]>

  hosts(): Promise<readonly HostRow[]>
  runs(): Promise<readonly RunRow[]>

  /** Other cases that have a copy in this browser, with the bytes of their exhibits. */
  others(): Promise<readonly { readonly caseId: string; readonly exhibits: number; readonly bytes: number }[]>
  /** Makes room: throws away the copy of another case. Its case folder still has everything. Rejects with `busy` for the open case. */
  forgetCase(caseId: string): Promise<void>

  /** Writes the bundle from what is here, once it holds everything up to the head that main names. Rejects with `locker-full`, `locker-damaged`, `cancelled`, `sign-key-unusable`. */
  writeBundle(options: WriteOptions): Promise<Written>
  /** Exhibits an export would hold back, with the reason's code. */
  redactions(): Promise<
    readonly {
      readonly sha256: string
      readonly what: string
      readonly path: HostText | null
      readonly reason: string
    }[]
  >

  close(): void
}
