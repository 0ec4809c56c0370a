// How findings name each other: one id per thing, known before any finding is written.

import type { StarterFact } from '../probes/facts.ts'
import type { Target } from './finding.ts'

/** Ids of the things that findings refer to, by what they are. */
export interface Ids {
  readonly process: (pid: number) => string
  readonly starter: (starter: StarterFact) => string
  readonly preload: (key: string) => string
  readonly file: (target: Target) => string
  /** files (shown paths) in which nothing but hostile entries runs: taken whole, under one id */
  readonly whole: ReadonlySet<string>
  readonly shown: ReadonlySet<string>
}
