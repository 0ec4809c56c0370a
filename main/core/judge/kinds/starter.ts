// How whatever starts something by itself is told of: schedules, units, start-up entries. One shape; each has its own titles.

import { shown } from '../../host-text.ts'
import type { ScheduleFact, StarterFact, StartupFact, UnitFact } from '../../probes/facts.ts'
import { places } from '../../probes/places.ts'
import type { Finding, Target } from '../finding.ts'
import { handlesOfProcess, handlesOfStarter, runsFor } from '../links.ts'
import type { Opinion, Opinions } from '../opinions.ts'
import { ownershipOf, type Scene } from '../scene.ts'
import { excerpt, plain } from '../text.ts'
import type { Weighed } from '../weigh.ts'
import { finding, has, hostile, type Telling } from './kind.ts'

export function starterFinding(opinion: Opinion<StarterFact>, { scene, links, ids }: Telling): Finding {
  const { subject, weighed } = opinion
  const whole = subject.line === 0 || ids.whole.has(shown(subject.file.path))
  const started = handlesOfStarter(scene, subject)
  const related = [...links.processes].filter((pid) => {
    const process = scene.byPid.get(pid)
    if (process === undefined) return false
    return handlesOfProcess(scene, process).some((path) => started.includes(path)) || runsFor(process, subject)
  })
  return finding(subject.kind, ids.starter(subject), weighed, {
    ...told(subject, weighed, whole),
    target: whole ? wholeTarget(subject) : lineTarget(subject),
    tags: [
      ...(hostile(weighed) ? ['hostile-persistence'] : []),
      ...(whole ? ['whole-file'] : []),
      ...ownTags(subject, weighed),
    ],
    related: related.map((pid) => ids.process(pid)).filter((id) => ids.shown.has(id)),
  })
}

function told(subject: StarterFact, weighed: Weighed, whole: boolean): Pick<Finding, 'title' | 'params'> {
  if (subject.kind === 'unit') return unitTold(subject, weighed)
  const params = {
    path: excerpt(subject.file.path),
    line: whole ? '' : subject.line,
    command: excerpt(subject.form === 'binary' || subject.form === 'environment' ? subject.raw : subject.command),
  }
  return { title: `${subject.kind}.${titleOf(subject, weighed)}`, params }
}

function titleOf(subject: ScheduleFact | StartupFact, weighed: Weighed): string {
  if (has(weighed, 'fetch-and-run', 'fetch-then-run')) return 'fetches-and-runs'
  if (has(weighed, 'filters-tool', 'shadows-tool')) return 'shadows-tool'
  if (weighed.groups.has('link') && subject.form !== 'environment') return 'starts-hostile'
  if (subject.form === 'environment') return 'environment'
  if (subject.kind === 'schedule' && subject.form === 'binary') return 'binary'
  return 'suspicious'
}

function unitTold(subject: UnitFact, weighed: Weighed): Pick<Finding, 'title' | 'params'> {
  const title =
    subject.role !== 'unit'
      ? `unit.${subject.role}`
      : weighed.groups.has('link')
        ? 'unit.starts-hostile'
        : 'unit.suspicious'
  return { title, params: { name: excerpt(subject.name), path: excerpt(subject.file.path) } }
}

function ownTags(subject: StarterFact, weighed: Weighed): readonly string[] {
  if (subject.kind === 'unit') return ['unit', subject.role]
  if (subject.kind === 'schedule') return subject.scheduler === 'systemd-timer' ? ['unit', 'timer'] : []
  return [subject.place, ...(has(weighed, 'filters-tool', 'shadows-tool') ? ['shadows-tool'] : [])]
}

function wholeTarget(subject: StarterFact): Target {
  return { kind: 'file', path: subject.file.path, identity: subject.file.identity }
}

function lineTarget(subject: StarterFact): Target {
  return {
    kind: 'line',
    path: subject.file.path,
    identity: subject.file.identity,
    line: subject.line,
    text: subject.raw,
  }
}

/**
 * Files of cron.d that no package owns and whose every job is proposed: the intruder dropped the file, not a line. And binary crontabs that are proposed
 * themselves: the jobs in a dump go with it. Paths in shown form.
 */
export function wholeFiles(scene: Scene, opinions: Opinions): ReadonlySet<string> {
  const spared = new Set<string>()
  const candidates = new Set<string>()
  for (const { subject, weighed } of opinions.starters) {
    if (subject.form === 'binary' && weighed.proposed === 'yes') candidates.add(shown(subject.file.path))
    if (!readByFile(subject) || subject.line === 0) continue
    if (subject.kind !== 'startup' && subject.form === 'environment') continue
    const path = shown(subject.file.path)
    const taken = weighed.proposed === 'yes' && ownershipOf(scene, plain(subject.file.path)).owned === 'no'
    if (taken) candidates.add(path)
    else spared.add(path)
  }
  return new Set([...candidates].filter((path) => !spared.has(path)))
}

/** Stands in a folder of files that are dropped one by one, and are read whoever wrote them; of start-up files only those that hold nothing else. */
function readByFile(subject: StarterFact): boolean {
  if (subject.kind === 'startup') return subject.alone && places().get(subject.place)?.dropped === true
  return subject.kind === 'schedule' && subject.scheduler === 'cron.d'
}
