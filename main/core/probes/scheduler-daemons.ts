// Which processes are schedulers, told by what they execute, never by what they call themselves. Pure.

import { hostBytes, shown } from '../host-text.ts'
import type { ProcessFact, SchedulerDaemonFact } from './facts.ts'

const names: Readonly<Record<string, SchedulerDaemonFact['name']>> = {
  cron: 'cron',
  crond: 'cron',
  atd: 'atd',
  anacron: 'anacron',
  fcron: 'fcron',
  incrond: 'other',
  dcron: 'other',
  'bcron-sched': 'other',
}

/**
 * One fact for every scheduler daemon. A miner that calls itself `crond` but runs another file is none; busybox is one when it runs its crond
 * applet, which only its argv can tell. `paused` is a stopped process (state T).
 */
export function schedulerDaemons(processes: readonly ProcessFact[]): SchedulerDaemonFact[] {
  return processes.flatMap((fact) => {
    const name = nameOf(fact)
    if (name === null || fact.exe === null || fact.ours) return []
    return [{ kind: 'scheduler-daemon', identity: fact.identity, name, exe: fact.exe, paused: fact.state === 'T' }]
  })
}

/** Folders where packages put daemons: a file named crond in /tmp is no scheduler to be paused and resumed. */
const daemonFolder = /^\/(usr\/)?(local\/)?s?bin\/[^/]+$/

function nameOf(fact: ProcessFact): SchedulerDaemonFact['name'] | null {
  if (fact.kernelThread || fact.exe === null) return null
  const exe = shown(fact.exe)
  if (!daemonFolder.test(exe)) return null
  const name = lastPart(exe)
  if (name === 'busybox' && fact.argv0 !== null) return isCrondApplet(fact) ? 'busybox-crond' : null
  return Object.hasOwn(names, name) ? (names[name] ?? null) : null
}

function isCrondApplet(fact: ProcessFact): boolean {
  const words = new TextDecoder().decode(hostBytes(fact.cmdline)).split(' ').map(lastPart)
  return words[0] === 'crond' || (words[0] === 'busybox' && words[1] === 'crond')
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
