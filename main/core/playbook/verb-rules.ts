// What lint must know of each verb without running it: what it takes hold of, what it must keep first, how it is proven, whether it can be undone.
// Data; the verbs themselves are in actions/. A test holds the two together.

import type { VerbName } from '../actions/verb.ts'
import type { FindingKind } from '../judge/finding.ts'

export interface VerbRules {
  /** kinds of findings it can act on */
  readonly kinds: readonly FindingKind[]
  /** names its `capture:` may list; empty: it needs none and takes none */
  readonly captures: readonly string[]
  /** an act without `capture:` is refused */
  readonly captureRequired: boolean
  /** the checks its `verify:` may name, as `absent: X` or `state: X` */
  readonly verify: { readonly absent?: readonly string[]; readonly state?: readonly string[] }
  /** false where the verb has exactly one meaning of success and always checks it */
  readonly verifyRequired: boolean
  readonly reversible: boolean
  /** keys of `with:` */
  readonly options: readonly string[]
}

const processCaptures = ['exe', 'cmdline', 'environ', 'maps', 'status', 'stat', 'fds', 'cgroup', 'sockets'] as const

export const verbRules: Readonly<Record<VerbName, VerbRules>> = {
  'pause-schedulers': {
    kinds: ['scheduler-daemon'],
    captures: [],
    captureRequired: false,
    verify: { state: ['paused'] },
    verifyRequired: false,
    reversible: true,
    options: [],
  },
  'resume-schedulers': {
    kinds: ['scheduler-daemon'],
    captures: [],
    captureRequired: false,
    verify: { state: ['running'] },
    verifyRequired: false,
    reversible: true,
    options: [],
  },
  freeze: {
    kinds: ['process'],
    captures: processCaptures,
    captureRequired: false,
    verify: { state: ['stopped'] },
    verifyRequired: false,
    reversible: true,
    options: ['closure'],
  },
  kill: {
    kinds: ['process'],
    captures: processCaptures,
    captureRequired: true,
    verify: { absent: ['same-executable', 'same-process'] },
    verifyRequired: true,
    reversible: false,
    options: [],
  },
  quarantine: {
    kinds: ['file', 'schedule', 'preload', 'hijack', 'startup', 'binary'],
    captures: ['file'],
    captureRequired: true,
    verify: { absent: ['path'] },
    verifyRequired: true,
    reversible: true,
    options: [],
  },
  'edit-lines': {
    kinds: ['schedule', 'preload', 'startup'],
    captures: ['file'],
    captureRequired: true,
    verify: { absent: ['lines'] },
    verifyRequired: true,
    reversible: true,
    options: ['when-empty'],
  },
  'clear-flags': {
    kinds: ['file', 'schedule', 'preload', 'startup'],
    captures: ['file'],
    captureRequired: true,
    verify: { state: ['cleared'] },
    verifyRequired: false,
    reversible: true,
    options: [],
  },
  // What a freeze saw says where to block, and what was blocked what to lift: neither selects findings.
  'block-exec': {
    kinds: [],
    captures: [],
    captureRequired: false,
    verify: { state: ['blocked'] },
    verifyRequired: false,
    reversible: true,
    options: [],
  },
  'lift-blocks': {
    kinds: [],
    captures: [],
    captureRequired: false,
    verify: { state: ['lifted'] },
    verifyRequired: false,
    reversible: true,
    options: [],
  },
  'stop-unit': {
    kinds: ['unit', 'schedule'],
    captures: ['file'],
    captureRequired: true,
    verify: { absent: ['unit'] },
    verifyRequired: true,
    reversible: true,
    options: [],
  },
  'edit-keys': {
    kinds: ['key'],
    captures: ['file'],
    captureRequired: true,
    verify: { absent: ['keys'], state: ['second-login'] },
    verifyRequired: true,
    reversible: true,
    options: ['keys', 'keep'],
  },
  'install-key': {
    kinds: ['key'],
    captures: ['file'],
    captureRequired: true,
    verify: { state: ['second-login'] },
    verifyRequired: true,
    reversible: true,
    options: ['install'],
  },
  'restore-binary': {
    kinds: ['binary'],
    captures: ['file'],
    captureRequired: true,
    verify: { state: ['restored'] },
    verifyRequired: true,
    reversible: true,
    options: [],
  },
}

/** Bounds of a freeze's closure. More than this is a wrong detector, not a miner. */
export const closureRules = { same: ['inode', 'sha256', 'cgroup'], maxMembers: 256 } as const
