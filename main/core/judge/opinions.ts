// One opinion per thing that may pass suspicion on, given what is held hostile so far: processes, what starts things, preloaded libraries.
// Everything else is judged once, when these have settled: see kinds/.

import type { PreloadFact, ProcessFact, StarterFact } from '../probes/facts.ts'
import { band, sheets } from './catalogue.ts'
import { starterKey, type Links } from './links.ts'
import type { Scene } from './scene.ts'
import { look, type Judging } from './signals/predicate.ts'
import { preloadJudging } from './signals/preload.ts'
import { processJudging } from './signals/process.ts'
import { scheduleJudging } from './signals/schedule.ts'
import { startupJudging } from './signals/startup.ts'
import { unitJudging } from './signals/unit.ts'
import { weigh, type Weighed } from './weigh.ts'

export interface Opinion<Subject> {
  readonly subject: Subject
  readonly weighed: Weighed
}

export interface Opinions {
  readonly processes: readonly Opinion<ProcessFact>[]
  readonly starters: readonly Opinion<StarterFact>[]
  readonly preloads: readonly Opinion<PreloadFact>[]
}

/** Weighs everything in the scene that may pass suspicion on. */
export function opine(scene: Scene, links: Links): Opinions {
  const each = <Subject>(judging: Judging<Subject>, subjects: readonly Subject[]) =>
    subjects.map((subject) => opinionOf(judging, subject, scene, links))
  return {
    processes: each(processJudging, scene.processes),
    starters: [
      ...each(scheduleJudging, scene.of('schedule')),
      ...each(unitJudging, scene.of('unit')),
      ...each(startupJudging, scene.of('startup')),
    ],
    preloads: each(preloadJudging, scene.preloads),
  }
}

/** Weighs one thing by the sheet of its kind. */
export function opinionOf<Subject>(
  judging: Judging<Subject>,
  subject: Subject,
  scene: Scene,
  links: Links,
): Opinion<Subject> {
  const { signals, guards } = look(judging, subject, scene, links)
  return { subject, weighed: weigh(sheets[judging.kind], signals, guards, band.note) }
}

/** What may pass suspicion on: things worth investigating on their own evidence, and things proposed. What a guard protects spreads nothing. */
export function hostileAmong(own: Opinions, now: Opinions): Links {
  const hostile = <Subject>(first: readonly Opinion<Subject>[], second: readonly Opinion<Subject>[]) =>
    second
      .filter(
        (one, at) =>
          !one.weighed.blocked &&
          ((first[at]?.weighed.score ?? 0) >= band.investigate || one.weighed.proposed === 'yes'),
      )
      .map((one) => one.subject)
  return {
    processes: new Set(hostile(own.processes, now.processes).map((one) => one.identity.pid)),
    starters: new Set(hostile(own.starters, now.starters).map(starterKey)),
  }
}
