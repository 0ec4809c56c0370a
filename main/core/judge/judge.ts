// Facts in, findings and a verdict out. No I/O, no clock, no chance: the same facts in any order give the same answer.
// The top of this file is the whole of judging; each step below is a room of its own.

import type { Hashing } from '../ports.ts'
import type { Fact, Unknown } from '../probes/facts.ts'
import { band } from './catalogue.ts'
import type { Finding, Verdict } from './finding.ts'
import { findingsOf } from './findings.ts'
import { compileIndicators, type Indicator } from './indicators.ts'
import { noLinks, type Links } from './links.ts'
import { hostileAmong, opine, type Opinions } from './opinions.ts'
import { setScene, type Scene, type Window } from './scene.ts'
import { verdictOf } from './verdict.ts'

export interface JudgeOptions {
  /** `shippedPools()` and the indicators of the case */
  readonly indicators: readonly Indicator[]
  /** names findings by a digest */
  readonly hashing: Hashing
  /** when the incident is thought to have happened */
  readonly window?: Window
}

export interface Judgement {
  /** highest score first, then by kind and id */
  readonly findings: readonly Finding[]
  readonly verdict: Verdict
}

/** Judges one look at one host. Never throws for what a host says; `internal` only when the shipped data names a missing predicate. */
export function judge(facts: readonly Fact[], unknowns: readonly Unknown[], options: JudgeOptions): Judgement {
  const scene = setScene(facts, unknowns, compileIndicators(options.indicators), options.window ?? null)
  const { opinions, links } = settle(scene)
  const findings = findingsOf(scene, opinions, links, options.hashing)
  return { findings, verdict: verdictOf(findings, unknowns) }
}

/**
 * Passes suspicion between processes, schedules and libraries until nothing new is hostile. Only what is suspicious on its own evidence starts the spreading,
 * and the set of hostile things only grows, so it ends; the bound on rounds is a belt over braces.
 */
function settle(scene: Scene): { opinions: Opinions; links: Links } {
  const own = opine(scene, noLinks)
  let links = hostileAmong(own, own)
  let opinions = opine(scene, links)
  for (let round = 1; round < band.rounds; round++) {
    const grown = hostileAmong(own, opinions)
    if (grown.processes.size === links.processes.size && grown.starters.size === links.starters.size) break
    links = grown
    opinions = opine(scene, links)
  }
  return { opinions, links }
}
