// What a freeze never stops, whatever the judge said: our own session, the kernel's threads, and the engines and pillars of the host.
// Guards are told twice: to the plan, and to the script that hunts, so that nothing of them can join.

import type { ProcessIdentity } from '../host/identity.ts'
import { shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { Fact, ProcessFact } from '../probes/facts.ts'
import type { PlanInput } from './verb.ts'

/** Engines and pillars of the host that are never stopped, by executable, even when something judged them hostile. */
const pillars = /\/(systemd|systemd-journald|systemd-logind|systemd-udevd|dbus-daemon|dbus-broker|sshd|init)$/

/** Why this process must not be stopped; null when nothing forbids it. */
export function guardOf(
  finding: Finding,
  identity: ProcessIdentity,
  fact: ProcessFact | undefined,
  input: PlanInput,
): string | null {
  if (identity.pid <= 2) return 'process 1 and 2 are never touched'
  if (fact === undefined) return 'it was not seen in the last look'
  if (fact.kernelThread) return 'a kernel thread'
  if (fact.ours || input.session.arrival.ourPids.includes(identity.pid)) return 'our own session'
  if (
    fact.exe !== null &&
    pillars.test(shown(fact.exe)) &&
    ownedByPackage(fact, input.facts) &&
    !isSessionDoor(finding, fact, input)
  )
    return 'a pillar of the host'
  if (identity.exeInode === null) return 'its executable cannot be read, so it cannot be identified'
  return null
}

/** sshd's process of one connection of the intruder: not the listener, and none of ours. It may be stopped where the server itself never is. */
function isSessionDoor(finding: Finding, fact: ProcessFact, input: PlanInput): boolean {
  const listens = input.facts.some(
    (one) => one.kind === 'socket' && one.state === 'listen' && one.pids.includes(fact.identity.pid),
  )
  return (
    finding.tags.includes('intruder-session') &&
    fact.exe !== null &&
    /\/sshd(-session)?$/.test(shown(fact.exe)) &&
    fact.ppid > 1 &&
    !listens
  )
}

/** Never touched: our chain by number, pillars by their executable; where one process of a pillar is planned, all its others by number. */
export function guardLines(input: PlanInput, processes: readonly ProcessFact[], planned: readonly number[]): string[] {
  const ours = processes.filter((fact) => fact.ours).map((fact) => fact.identity.pid)
  const pillar = processes.filter(
    (fact) => fact.exe !== null && (fact.ours || (pillars.test(shown(fact.exe)) && ownedByPackage(fact, input.facts))),
  )
  const file = ({ identity }: ProcessFact): string => `${identity.exeDev ?? ''}:${identity.exeInode ?? ''}`
  const open = new Set(pillar.filter(({ identity }) => planned.includes(identity.pid)).map(file))
  const byNumber = pillar.filter((one) => open.has(file(one)) && !planned.includes(one.identity.pid))
  const pids = [...input.session.arrival.ourPids, ...ours, ...byNumber.map(({ identity }) => identity.pid)]
  const exes = pillar.filter((one) => !open.has(file(one))).map((one) => `exe ${file(one)}`)
  return [...new Set([...pids.map((pid) => `pid ${String(pid)}`), ...exes])]
}

function ownedByPackage(fact: ProcessFact, facts: readonly Fact[]): boolean {
  return facts.some(
    (file) =>
      file.kind === 'file' &&
      file.owned === 'yes' &&
      file.meta.identity.inode === fact.identity.exeInode &&
      file.meta.identity.dev === fact.identity.exeDev,
  )
}
