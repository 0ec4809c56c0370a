// Signals of scheduled entries beside those all starters share. Weights, groups and words are in resources/signals/schedule.yaml.

import type { ScheduleFact } from '../../probes/facts.ts'
import { known, type SignalDatum } from '../catalogue.ts'
import { hiddenStart } from '../links.ts'
import { excerptOf, plain } from '../text.ts'
import { sure, when, type Judging, type Predicates } from './predicate.ts'
import { runs, starterGuards, starterSignals } from './starter.ts'

const signals: Predicates<ScheduleFact, SignalDatum> = {
  'binary-crontab': (schedule) => when(schedule.form === 'binary'),
  'redis-crontab': (schedule) => when(schedule.form === 'binary' && /^REDIS\d{4}/.test(plain(schedule.raw))),
  frequent: (schedule) =>
    schedule.periodSeconds !== null && runs(schedule) && schedule.periodSeconds <= known.limits.frequentSeconds
      ? sure({ seconds: schedule.periodSeconds })
      : null,
  'at-boot-hidden': (schedule) => {
    const path = hiddenStart(schedule)
    const boot = schedule.schedule !== null && /^@reboot|OnBootSec|OnStartupSec/i.test(plain(schedule.schedule))
    return boot && path !== null ? sure({ path: excerptOf(path) }) : null
  },
}

export const scheduleJudging: Judging<ScheduleFact> = {
  kind: 'schedule',
  signals: { ...starterSignals, ...signals },
  guards: starterGuards,
}
