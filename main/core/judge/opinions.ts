// One opinion per thing, given what is held hostile so far.

import type { LoginFact, MountFact, PreloadFact, ProcessFact, ScheduleFact, SocketFact } from '../probes/facts.ts'
import { band, sheets } from './catalogue.ts'
import { scheduleKey, type Links } from './links.ts'
import type { Scene } from './scene.ts'
import {
  hiddenProcesses,
  hijackJudging,
  loginJudging,
  mountJudging,
  socketJudging,
  type HiddenProcesses,
} from './signals/host.ts'
import { look, type Judging } from './signals/predicate.ts'
import { preloadJudging } from './signals/preload.ts'
import { processJudging } from './signals/process.ts'
import { scheduleJudging } from './signals/schedule.ts'
import { weigh, type Weighed } from './weigh.ts'

export interface Opinion<Subject> {
  readonly subject: Subject
  readonly weighed: Weighed
}

export interface Opinions {
  readonly processes: readonly Opinion<ProcessFact>[]
  readonly schedules: readonly Opinion<ScheduleFact>[]
  readonly preloads: readonly Opinion<PreloadFact>[]
  readonly mounts: readonly Opinion<MountFact>[]
  readonly sockets: readonly Opinion<SocketFact>[]
  readonly logins: readonly Opinion<LoginFact>[]
  readonly hijack: Opinion<HiddenProcesses>
}

/** Weighs everything in the scene. */
export function opine(scene: Scene, links: Links): Opinions {
  const each = <Subject>(judging: Judging<Subject>, subjects: readonly Subject[]) =>
    subjects.map((subject) => opinionOf(judging, subject, scene, links))
  return {
    processes: each(processJudging, scene.processes),
    schedules: each(scheduleJudging, scene.schedules),
    preloads: each(preloadJudging, scene.preloads),
    mounts: each(mountJudging, scene.of('mount')),
    sockets: each(socketJudging, scene.sockets),
    logins: each(loginJudging, scene.of('login')),
    hijack: opinionOf(hijackJudging, hiddenProcesses(scene), scene, links),
  }
}

function opinionOf<Subject>(judging: Judging<Subject>, subject: Subject, scene: Scene, links: Links): Opinion<Subject> {
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
    schedules: new Set(hostile(own.schedules, now.schedules).map(scheduleKey)),
  }
}
