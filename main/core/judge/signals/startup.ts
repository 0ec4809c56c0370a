// Signals of boot scripts, shell start-up files and other places beside those all starters share. Weights and words are in resources/signals/startup.yaml.

import type { StartupFact } from '../../probes/facts.ts'
import type { SignalDatum } from '../catalogue.ts'
import type { Judging, Predicates } from './predicate.ts'
import { starterGuards, starterSignals } from './starter.ts'

const signals: Predicates<StartupFact, SignalDatum> = {}

export const startupJudging: Judging<StartupFact> = {
  kind: 'startup',
  signals: { ...starterSignals, ...signals },
  guards: starterGuards,
}
