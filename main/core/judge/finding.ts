// A finding: something on a host that a responder should see, with a score, the reasons, and apart from the score whether an act is proposed.

import type { HostText } from '../host-text.ts'
import type { FileIdentity, ProcessIdentity } from '../host/identity.ts'
import type { Tri } from '../tri.ts'

/** Kinds a selector may name. */
export const findingKinds = [
  'process',
  'schedule',
  'scheduler-daemon',
  'preload',
  'file',
  'mount',
  'socket',
  'login',
  'hijack',
  'unit',
  'startup',
  'binary',
  'key',
  'account',
  'sudo',
  'sshd',
  'pam',
  'name',
] as const
export type FindingKind = (typeof findingKinds)[number]

/** What an act would take hold of. */
export type Target =
  | {
      readonly kind: 'process'
      readonly identity: ProcessIdentity
      readonly exe: HostText | null
      readonly cmdline: HostText
      readonly cgroup: HostText
    }
  | { readonly kind: 'file'; readonly path: HostText; readonly identity: FileIdentity }
  | {
      readonly kind: 'line'
      readonly path: HostText
      readonly identity: FileIdentity
      readonly line: number
      readonly text: HostText
    }
  | { readonly kind: 'mount'; readonly point: HostText; readonly mountId: number }
  | { readonly kind: 'host' }

/** Why: a signal or guard by its id in resources, its weight as judged, the group it counts in, and what was seen. */
export interface Reason {
  readonly signal: string
  readonly effect: 'raises' | 'caps' | 'decides' | 'note'
  readonly group: string
  /** thousandths: a noisy-OR weight for `raises`, the cap for `caps` */
  readonly permille: number
  /** parameters for the sentence of the signal in the language files; host text in shown form */
  readonly params: Readonly<Record<string, string | number>>
}

export interface Finding {
  /** stable over looks while the thing is the same: digest over kind and identity, 16 hex digits */
  readonly id: string
  readonly kind: FindingKind
  /** title code for the language files, e.g. `process.miner`, `schedule.fetches-and-runs` */
  readonly title: string
  readonly params: Readonly<Record<string, string | number>>
  readonly target: Target
  /** 0 to 100 */
  readonly score: number
  readonly proposed: Tri
  readonly reasons: readonly Reason[]
  /** closed vocabulary used by selectors: `hostile-persistence`, `payload`, `hidden`, `pool`, `library`, `reviver`, `whole-file` … */
  readonly tags: readonly string[]
  /** ids of findings this one leans on or belongs with */
  readonly related: readonly string[]
}

export type Verdict = 'clean' | 'suspect' | 'infected' | 'rebuild-advised' | 'unknown'
