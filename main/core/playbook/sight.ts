// What is known of a host during a run: everything that was read so far, judged.

import type { Finding, Verdict } from '../judge/finding.ts'
import type { Fact, ProbeOutcome, Unknown } from '../probes/facts.ts'
import type { Revival } from './revive.ts'

/** What is known of a host in memory: the latest outcome of every probe, and what the judge makes of all of them together. */
export interface Sight {
  /** when it was looked at last, on the workbench's monotonic clock, in milliseconds */
  readonly at: number
  readonly outcomes: Readonly<Record<string, ProbeOutcome>>
  readonly facts: readonly Fact[]
  readonly unknowns: readonly Unknown[]
  readonly findings: readonly Finding[]
  /** every probe was asked at least once in this run; what one could not read is among the unknowns */
  readonly complete: boolean
  /** never `clean` before everything was read at least once */
  readonly verdict: Verdict
  /** the judge's word over what was read, whether or not that was everything */
  readonly judged: Verdict
  /** how soon it would come back, from all looks of this run so far; longest first */
  readonly revivals: readonly Revival[]
}
