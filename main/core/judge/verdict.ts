// One word for a host. Unknown is not clean, and clean needs every place where a miner lives to have been read.

import type { Unknown } from '../probes/facts.ts'
import { band } from './catalogue.ts'
import type { Finding, Verdict } from './finding.ts'

/** Fact kinds without which a host cannot be called clean. */
const needed = ['process', 'schedule', 'unit', 'startup', 'preload'] as const

/**
 * `infected` when an act is proposed against something; `suspect` when a person must look; `unknown` when processes, what starts them or the
 * preload file could not be read whole, or the comparison of tools with their packages was cut short; else `clean`. `rebuild-advised` stands above all: libc,
 * the loader, PAM or sshd are not as delivered, and what else was changed nobody can tell.
 */
export function verdictOf(findings: readonly Finding[], unknowns: readonly Unknown[]): Verdict {
  if (findings.some((one) => one.tags.includes('rebuild') && one.score >= band.investigate)) return 'rebuild-advised'
  if (findings.some((one) => one.proposed === 'yes')) return 'infected'
  if (findings.some((one) => one.proposed === 'unknown' || one.score >= band.investigate)) return 'suspect'
  if (unknowns.some(leavesOpen)) return 'unknown'
  return 'clean'
}

/** A package database we cannot read yet says nothing against a host; one that could not be read to its end does. */
function leavesOpen({ spoils, reason }: Unknown): boolean {
  return needed.some((kind) => spoils.includes(kind)) || (spoils.includes('binary') && reason !== 'not-supported')
}
