// What a test can ask of the harness page. Everything that crosses is JSON.

import type { ErrorCode } from '../../../main/core/errors.ts'

export interface Failure {
  readonly code: ErrorCode | 'other'
  readonly message: string
}

export interface Query {
  readonly text?: string
  readonly chains?: readonly string[]
  readonly what?: readonly string[]
  readonly tags?: readonly string[]
  readonly order?: 'at' | 'size' | 'what' | 'path'
  readonly descending?: boolean
}

export interface Row {
  readonly row: number
  readonly sha256: string
  readonly size: number
  readonly what: string
  readonly path: string | null
  readonly stored: boolean
  readonly note: string | null
  readonly tags: readonly string[]
  readonly method: string
  readonly at: string
}

export interface State {
  readonly phase: 'off' | 'opening' | 'following' | 'stuck' | 'damaged'
  readonly caseId: string | null
  readonly have: { readonly events: number; readonly exhibits: number; readonly bytes: number }
  readonly lag: { readonly events: number; readonly exhibits: number; readonly bytes: number }
  readonly absent?: { readonly exhibits: number; readonly bytes: number }
  readonly chainIntact: boolean
  readonly persistent: boolean | null
  readonly room: { readonly used: number; readonly free: number } | null
  readonly error: { readonly code: string; readonly params: Readonly<Record<string, string | number>> } | null
}

/** Names, what goes in, what comes out. */
export interface Calls {
  state(): State
  query(query: Query, from: number, count: number): Promise<{ total: number; bytes: number; rows: Row[]; ms: number }>
  facets(): Promise<{ what: [string, number][]; tags: [string, number][]; chains: [string, number][] }>
  exhibit(sha256: string): Promise<Row | null>
  /** base64 */
  bytes(sha256: string, from: number, length: number): Promise<string>
  events(chain: string, from: number): Promise<{ seq: number; type: string; hash: string }[]>
  hosts(): Promise<{ host: string; address: string }[]>
  runs(): Promise<{ run: string; outcome: string | null }[]>
  others(): Promise<{ caseId: string; exhibits: number; bytes: number }[]>
  forgetCase(caseId: string): Promise<void>
  redactions(): Promise<{ sha256: string; reason: string }[]>
  recheck(
    digests: string[] | null,
    cancelAfter: number | null,
  ): Promise<{ result: string; sha256: string; damage: { chunk: number; expected: string; found: string } | null }[]>
  rebuild(): Promise<void>
  persist(): Promise<boolean>
  writeBundle(
    exportId: string | null,
    includeSecrets: boolean,
    cancelAfter: number | null,
  ): Promise<{ exportId: string; bytes: number; tagManifestSha256: string; ms: number; file: number; told: number }>
  /** Calls main past the locker, as a screen would. */
  main(method: string, input: unknown): Promise<unknown>
  /** Reads every exhibit from main, four at once, and drops the bytes. Milliseconds. */
  drain(): Promise<number>
  /** Saves the bundle written last as a download. */
  save(): void
  /** Milliseconds of the page's own thread since the last call, and the longest it was busy at once. */
  busy(): { total: number; longest: number }
  /** What lies in the tables, read past the locker. */
  raw(): Promise<{ exhibits: string[]; chunks: Record<string, number>; journal: number; plain: boolean }>
  /** Changes one byte of a chunk, or removes it. */
  damage(sha256: string, index: number, how: 'flip' | 'remove'): Promise<void>
  /** Changes an event of the journal where it lies. */
  forge(chain: string, seq: number): Promise<void>
  /** Files in the browser's own folder for bundles. */
  bundles(): Promise<string[]>
  /** Writes that many MiB of 4 MiB blobs, strict, four a transaction, into a database of their own. Milliseconds. */
  bare(mebibytes: number): Promise<number>
}

export type Answer<K extends keyof Calls> = Awaited<ReturnType<Calls[K]>>
