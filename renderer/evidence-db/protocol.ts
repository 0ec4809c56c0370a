// What the page and the locker's worker say to each other. The page hands over what main gives; the worker gives what screens ask for.

import type { Contract } from '../../main/core/contract.ts'
import type { Frozen, Input, Output, WireError } from '../../main/core/rpc/define.ts'
import type { JournalEvent } from './case.ts'
import type {
  ExhibitQuery,
  ExhibitRow,
  HostRow,
  Locker,
  LockerState,
  Progress,
  Recheck,
  RunRow,
  Written,
} from './locker.ts'
import type { SignWith } from './locker.ts'

type Call<M extends keyof Contract['methods']> = {
  readonly input: Input<Contract, M>
  readonly output: Output<Contract, M>
}
type Nothing = Readonly<Record<string, never>>

/** The case that main has open. */
export interface OpenedCase {
  readonly caseId: string
  readonly chains: readonly { readonly chain: string; readonly events: number }[]
}

/** Asked by the worker, answered by the page out of the contract. Rejects with main's errors, and `wire-closed` while there is no connection. */
export type FeedAsks = {
  readonly 'journal.read': Call<'journal.read'>
  readonly 'locker.key': Call<'locker.key'>
  readonly 'bundle.prepare': Call<'bundle.prepare'>
  readonly 'bundle.sign': Call<'bundle.sign'>
  readonly 'bundle.sealed': Call<'bundle.sealed'>
  /** The header; the bytes follow as `bytes` and `end` of that stream. */
  readonly 'exhibit.open': {
    readonly input: { readonly stream: number; readonly sha256: string }
    readonly output: Output<Contract, 'exhibit.read'>
  }
}

/** Told by the worker. */
export type WorkerTells = {
  readonly state: LockerState
  /** bytes of a stream that were consumed: so many more may come */
  readonly took: { readonly stream: number; readonly bytes: number }
  readonly stop: { readonly stream: number }
}

/** Told by the page. */
export type PageTells = {
  /** with every connection, before `opened`: what lets the worker fetch exhibits itself. Null where that way does not exist */
  readonly proof: { readonly proof: string | null }
  /** a connection stands, and this case is open in main; null: none */
  readonly opened: OpenedCase | null
  readonly moved: { readonly chain: string; readonly head: number }
  readonly bytes: { readonly stream: number; readonly bytes: Uint8Array }
  readonly end: { readonly stream: number; readonly error: WireError | null }
  readonly forget: { readonly list: number }
}

/** Asked by the page. */
export type LockerAsks = {
  readonly rebuild: { readonly input: Nothing; readonly output: Nothing }
  readonly exhibits: {
    readonly input: ExhibitQuery
    readonly output: { readonly list: number; readonly total: number; readonly bytes: number }
  }
  readonly rows: {
    readonly input: { readonly list: number; readonly from: number; readonly count: number }
    readonly output: readonly ExhibitRow[]
  }
  readonly exhibit: { readonly input: { readonly sha256: string }; readonly output: ExhibitRow | null }
  readonly facets: { readonly input: Nothing; readonly output: Frozen<Awaited<ReturnType<Locker['facets']>>> }
  readonly bytes: {
    readonly input: { readonly sha256: string; readonly from: number; readonly length: number }
    readonly output: Uint8Array
  }
  readonly recheck: {
    readonly input: { readonly digests: readonly string[] | null }
    readonly output: readonly Recheck[]
    readonly told: Progress
  }
  readonly events: {
    readonly input: { readonly chain: string; readonly from: number }
    readonly output: readonly JournalEvent[]
  }
  readonly chains: { readonly input: Nothing; readonly output: Awaited<ReturnType<Locker['chains']>> }
  readonly hosts: { readonly input: Nothing; readonly output: readonly HostRow[] }
  readonly runs: { readonly input: Nothing; readonly output: readonly RunRow[] }
  readonly others: { readonly input: Nothing; readonly output: Awaited<ReturnType<Locker['others']>> }
  readonly forgetCase: { readonly input: { readonly caseId: string }; readonly output: Nothing }
  readonly redactions: { readonly input: Nothing; readonly output: Awaited<ReturnType<Locker['redactions']>> }
  readonly writeBundle: {
    readonly input: { readonly exportId: string | null; readonly includeSecrets: boolean; readonly signer: SignWith }
    readonly output: Written
    readonly told: Progress
  }
}
