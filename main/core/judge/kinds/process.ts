// How a process is told of.

import type { ProcessFact } from '../../probes/facts.ts'
import type { Finding } from '../finding.ts'
import { handlesOfProcess, handlesOfStarter, runsFor, starterKey } from '../links.ts'
import type { Opinion } from '../opinions.ts'
import { excerpt } from '../text.ts'
import { finding, has, type Telling } from './kind.ts'

export function processFinding({ subject, weighed }: Opinion<ProcessFact>, { scene, links, ids }: Telling): Finding {
  const hidden = has(weighed, 'hidden-from-host-ps', 'hidden-from-readdir', 'over-mounted')
  const related = scene.starters.filter((starter) => {
    if (!links.starters.has(starterKey(starter))) return false
    const started = handlesOfStarter(scene, starter)
    return handlesOfProcess(scene, subject).some((path) => started.includes(path)) || runsFor(subject, starter)
  })
  const tags = [
    ...(weighed.groups.has('pool') ? ['pool'] : []),
    ...(hidden ? ['hidden'] : []),
    ...(weighed.groups.has('intruder') ? ['intruder-session'] : []),
    ...(links.processes.has(subject.ppid) ? ['child'] : []),
  ]
  return finding('process', ids.process(subject.identity.pid), weighed, {
    title: weighed.groups.has('pool')
      ? 'process.miner'
      : weighed.groups.has('intruder')
        ? 'process.intruder-session'
        : hidden
          ? 'process.hidden'
          : weighed.groups.has('disguise')
            ? 'process.disguised'
            : 'process.suspicious',
    params: {
      pid: subject.identity.pid,
      name: excerpt(subject.comm),
      exe: subject.exe === null ? '' : excerpt(subject.exe),
      uid: subject.uid,
    },
    target: {
      kind: 'process',
      identity: subject.identity,
      exe: subject.exe,
      cmdline: subject.cmdline,
      cgroup: subject.cgroup,
    },
    tags,
    related: related.map((starter) => ids.starter(starter)).filter((id) => ids.shown.has(id)),
  })
}
