// What the window around the workbench can do that the workbench cannot: dialogs, remembered secrets, a practice host. The shell hands it in as values;
// what a shell lacks is null, and the page is told so instead of being shown a button that fails.

import type { Contract, Practice } from '../core/contract.ts'
import type { Frozen, Input } from '../core/rpc/define.ts'

/** What a dialog of the desktop is asked for. */
export type Choice = Input<Contract, 'files.choose'>['what']

/**
 * Secrets that outlive the program, sealed by the system's keychain. Off until a person asks for it, secret by secret. Names are the caller's; a value is
 * never logged, never sent to the page, and never part of a case.
 */
export interface SecretStore {
  /** `plain`: the system offers no real protection (no keyring on this machine), and the page says so before anything is kept */
  readonly protection: 'plain' | 'protected'
  /** Null when nothing is kept under this name, or what is kept can no longer be unsealed. */
  get(name: string): Promise<string | null>
  /** Keeps it durably; an earlier value is replaced. Rejects with `disk-full` or `disk-error`. */
  set(name: string, value: string): Promise<void>
  /** Removes every secret, durably. */
  clear(): Promise<void>
}

/** A disposable host with a harmless stand-in miner, one at a time. */
export interface PracticeHost {
  /** What is so now, with `unavailable` and its reason where this machine cannot boot one. */
  view(): Frozen<Practice>
  /**
   * Boots it; every change of state is told, the last one `ready` or `failed`. Resolves when booting has begun.
   * Rejects with `practice-failed` where it is unavailable, `busy` when it is there already.
   */
  start(told: (practice: Frozen<Practice>) => void): Promise<void>
  /** Ends it and leaves nothing behind; without one it does nothing. */
  stop(): Promise<void>
}

/** What a shell without a practice host says. */
export const noPractice: Frozen<Practice> = { state: 'unavailable', detail: '', destination: null }

/** One shell around the workbench. */
export interface Shell {
  readonly kind: 'served' | 'desktop'
  /** Asks for a file or folder: an absolute path, or null when the person cancelled. Null: there are no dialogs (a browser). */
  readonly chooser: ((what: Choice) => Promise<string | null>) | null
  /** Null: this shell cannot keep secrets. */
  readonly secrets: SecretStore | null
  /** Null: nothing to practise on. */
  readonly practice: PracticeHost | null
}
