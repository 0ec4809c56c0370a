// Signals of systemd units, drop-ins and generators beside those all starters share. Weights and words are in resources/signals/unit.yaml.

import type { UnitFact } from '../../probes/facts.ts'
import type { SignalDatum } from '../catalogue.ts'
import type { Judging, Predicates } from './predicate.ts'
import { starterGuards, starterSignals } from './starter.ts'

const signals: Predicates<UnitFact, SignalDatum> = {}

export const unitJudging: Judging<UnitFact> = {
  kind: 'unit',
  signals: { ...starterSignals, ...signals },
  guards: starterGuards,
}
