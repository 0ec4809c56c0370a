// What taking a unit apart would move: its file, its drop-ins, the links that start it; of a timer also the unit it starts. And what is never taken. Pure.

import type { FileIdentity } from '../host/identity.ts'
import { type HostText, parseHostText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { Fact, FileFact, ProcessFact, ScheduleFact, UnitFact } from '../probes/facts.ts'
import { factOf, fileCapture, fileNote, fileOf, refusal } from './quarantine.ts'
import type { Declined, PlannedItem, PlanDraft, PlanInput } from './verb.ts'

/** Files of one unit: links and drop-ins of a real one are a handful. */
const maxFiles = 40
/** Names that a host must not be without, or nobody gets in any more: exact ones, as intruders choose names that begin like these. */
const needed = new Set([
  ...['ssh.service', 'sshd.service', 'ssh.socket', 'sshd.socket', 'ssh@.service', 'sshd@.service', 'dropbear.service'],
  ...['networking.service', 'network.service', 'NetworkManager.service', 'systemd-networkd.service', 'wicked.service'],
  ...['dbus.service', 'dbus.socket', 'dbus-broker.service', 'systemd-logind.service', 'systemd-udevd.service'],
  ...['systemd-journald.service', 'systemd-resolved.service', 'getty@.service', 'serial-getty@.service'],
  ...['emergency.service', 'rescue.service', 'default.target', 'graphical.target', 'multi-user.target', 'basic.target'],
  ...['sysinit.target', 'network.target', 'network-online.target', 'sockets.target', 'timers.target'],
])
/** What systemd itself accepts as a name; another can be no loaded unit. */
const unitName = /^[A-Za-z0-9:_.@\\-]{1,255}$/

/** One file to be taken. */
interface Part {
  readonly path: HostText
  readonly identity: FileIdentity
  readonly file: FileFact | undefined
}

type Refusal = Pick<Declined, 'reason' | 'detail'>

/** One item per unit, generators and drop-ins first: what a reload would run or read must be gone before the first reload. */
export function planStops(input: PlanInput): PlanDraft {
  const declined: Declined[] = []
  const chosen: { readonly finding: Finding; readonly subject: UnitFact | ScheduleFact }[] = []
  for (const finding of input.findings) {
    const path = fileOf(finding.target)?.path
    const subject = path === undefined ? undefined : subjectOf(path, input.facts)
    if (path !== undefined && standsTaken(path, input))
      declined.push({ target: finding.target, finding: finding.id, reason: 'already', detail: 'in quarantine' })
    else if (subject) chosen.push({ finding, subject })
    else declined.push({ target: finding.target, finding: finding.id, reason: 'not-possible', detail: 'no unit' })
  }
  chosen.sort((a, b) => order(a.subject) - order(b.subject))
  const generators = chosen.flatMap(({ subject }) => (isGenerator(subject) ? [shown(subject.file.path)] : []))
  const strangers = strangersOf(input.facts).filter((path) => !generators.includes(path))
  const claimed = new Set<string>()
  const items: PlannedItem[] = []
  for (const { finding, subject } of chosen) {
    const refuse = (why: Refusal): void => {
      declined.push({ target: finding.target, finding: finding.id, ...why })
    }
    const why = guardOf(subject, strangers, input)
    if (why) refuse(why)
    else {
      const parts = partsOf(subject, input)
      if ('reason' in parts) refuse(parts)
      else {
        const left = parts.filter(({ path }) => !claimed.has(shown(path)))
        if (left.length === 0) refuse({ reason: 'already', detail: 'it goes with another unit of this plan' })
        else {
          for (const { path } of left) claimed.add(shown(path))
          items.push(itemOf(finding, subject, left))
        }
      }
    }
  }
  return { items, declined }
}

function subjectOf(path: HostText, facts: readonly Fact[]): UnitFact | ScheduleFact | undefined {
  return facts.find(
    (fact): fact is UnitFact | ScheduleFact =>
      (fact.kind === 'unit' || (fact.kind === 'schedule' && fact.scheduler === 'systemd-timer')) &&
      fact.file.path === path,
  )
}

function standsTaken(path: HostText, input: PlanInput): boolean {
  return input.changes.some(
    ({ verb, objects }) => (verb === 'stop-unit' || verb === 'quarantine') && objects.includes(`file:${shown(path)}`),
  )
}

function isGenerator(subject: UnitFact | ScheduleFact): boolean {
  return subject.kind === 'unit' && subject.role === 'generator'
}

function order(subject: UnitFact | ScheduleFact): number {
  if (subject.kind === 'schedule') return 2
  return { generator: 0, 'drop-in': 1, unit: 3 }[subject.role]
}

/** Generators of the system that no package vouches for: a reload would run them. */
function strangersOf(facts: readonly Fact[]): string[] {
  return facts.flatMap((fact) => {
    if (fact.kind !== 'unit' || fact.role !== 'generator' || fact.manager !== 'system') return []
    const file = factOf(fact.file.path, fact.file.identity, facts)
    return file?.owned === 'yes' && file.checksum === 'yes' ? [] : [shown(fact.file.path)]
  })
}

function guardOf(subject: UnitFact | ScheduleFact, strangers: readonly string[], input: PlanInput): Refusal | null {
  const unit = subject.kind === 'unit' ? subject : null
  if (unit?.generated)
    return { reason: 'not-possible', detail: 'a generator makes it from another file, which is what has to go' }
  if (!isGenerator(subject) && managerOf(subject) === 'system' && strangers.length > 0)
    return {
      reason: 'guard',
      detail: `systemd would run a generator that no package vouches for: ${strangers.slice(0, 3).join(', ')}`,
    }
  const pids = new Set(unit?.pids ?? [])
  const ours = input.facts.some(
    (fact): fact is ProcessFact =>
      fact.kind === 'process' &&
      pids.has(fact.identity.pid) &&
      (fact.ours || input.session.arrival.ourPids.includes(fact.identity.pid)),
  )
  return ours && unit?.hides === null ? { reason: 'guard', detail: 'our own session runs in it' } : null
}

function managerOf(subject: UnitFact | ScheduleFact): 'system' | 'user' {
  if (subject.kind === 'unit') return subject.manager
  return /^\/(etc|run|usr|lib)\/(local\/)?(lib\/)?systemd\/(system|transient)/.test(shown(subject.file.path))
    ? 'system'
    : 'user'
}

/** All that goes with it, or why nothing of it can. What a package owns and vouches for stays where it is. */
function partsOf(subject: UnitFact | ScheduleFact, input: PlanInput): readonly Part[] | Refusal {
  const own = partOf(subject.file.path, subject.file.identity, input.facts)
  const why = refusal(own.path, own.identity, input)
  if (why) return why
  const companions = companionsOf(subject, input.facts).filter(
    (path) => path !== subject.file.path && !standsTaken(path, input),
  )
  const parts = [own]
  for (const path of companions) {
    const file = input.facts.find((fact): fact is FileFact => fact.kind === 'file' && fact.meta.path === path)
    // gone since, or owned by a package: nothing to take
    if (file === undefined && !isLinkOf(subject, path)) continue
    if (file?.owned === 'yes') continue
    const refused = file === undefined ? null : refusal(path, file.meta.identity, input)
    if (file === undefined || refused)
      return refused ?? { reason: 'unknown', detail: `a link that starts it was not looked at: ${shown(path)}` }
    parts.push({ path, identity: file.meta.identity, file })
  }
  if (parts.length > maxFiles)
    return { reason: 'not-possible', detail: `it has ${String(parts.length)} files and links` }
  // what starts it goes first: cut off in the middle, there is no link to a unit that is gone
  return [...parts.slice(1), own]
}

function isLinkOf(subject: UnitFact | ScheduleFact, path: HostText): boolean {
  return subject.enabledBy.includes(path)
}

function companionsOf(subject: UnitFact | ScheduleFact, facts: readonly Fact[]): readonly HostText[] {
  if (subject.kind === 'unit') {
    if (subject.role !== 'unit') return []
    return unique([...subject.enabledBy, ...(subject.hides === null ? dropInsOf(subject.name, facts) : [])])
  }
  const name = parseHostText(lastPart(shown(subject.file.path)))
  const service = subject.unitFile
  const owner = facts.find(
    (fact): fact is UnitFact => fact.kind === 'unit' && fact.role === 'unit' && fact.file.path === service,
  )
  return unique([
    ...subject.enabledBy,
    ...dropInsOf(name, facts),
    ...(service === null ? [] : [service]),
    ...(owner ? companionsOf(owner, facts) : []),
  ])
}

function dropInsOf(name: HostText, facts: readonly Fact[]): readonly HostText[] {
  return facts.flatMap((fact) =>
    fact.kind === 'unit' && fact.role === 'drop-in' && fact.name === name ? [fact.file.path] : [],
  )
}

function partOf(path: HostText, identity: FileIdentity, facts: readonly Fact[]): Part {
  return { path, identity, file: factOf(path, identity, facts) }
}

function itemOf(finding: Finding, subject: UnitFact | ScheduleFact, parts: readonly Part[]): PlannedItem {
  const path = shown(subject.file.path)
  const name = subject.kind === 'unit' && subject.role === 'unit' ? shown(subject.name) : lastPart(path)
  const system = managerOf(subject) === 'system'
  const whole = subject.kind === 'schedule' || subject.role === 'unit'
  const hides = subject.kind === 'unit' ? subject.hides : null
  const names = whole && hides === null ? unique([name, ...namesOf(subject)]).filter((one) => unitName.test(one)) : []
  const label = whole ? name : path
  return {
    key: `unit:${path}`,
    finding: finding.id,
    target: { kind: 'file', path: subject.file.path, identity: subject.file.identity },
    diff: [
      ...parts.map(({ path: part, identity, file }) => ({
        mark: '-' as const,
        text: `${shown(part)}${file?.meta.linkTarget ? ` → ${shown(file.meta.linkTarget)}` : ''}`,
        ...(identity.sha256 !== null && file ? { note: fileNote(file) } : {}),
      })),
      ...(hides === null ? [] : [{ mark: '+' as const, text: shown(hides), note: note('diff.unit-shows') }]),
      system
        ? { mark: '~', text: label, note: note('diff.unit-forgotten') }
        : { mark: '!', text: label, note: note('diff.unit-of-user') },
    ],
    args: {
      name: label,
      // a template's processes live in its instances' groups; those of a name that a package has too may be honest again
      group: names[0] !== undefined && system && !name.includes('@.') ? groupOf(subject, name) : null,
      unit: isGenerator(subject) || !system ? null : askedName(subject),
      reload: !system ? 'no' : isGenerator(subject) ? 'quiet' : 'yes',
      files: parts.map(({ path: part, identity }) => ({ path: shown(part), identity: { ...identity } })),
      stop: names.filter((one) => system && /\.(timer|path|socket|automount)$/.test(one)),
      keep: whole && needed.has(name) ? [name] : [],
    },
    captures: parts.map(({ path: part, identity }) => fileCapture(part, identity)),
    hostile: true,
  }
}

/** A timer's processes are those of the service of its name. */
function groupOf(subject: UnitFact | ScheduleFact, name: string): string | null {
  if (subject.kind === 'unit') return name
  return subject.unitFile === null ? null : lastPart(shown(subject.unitFile))
}

/** Of a drop-in that is the unit it changes; of a timer itself. A template is no unit, and its instances are forgotten with it. */
function askedName(subject: UnitFact | ScheduleFact): string | null {
  const name = subject.kind === 'unit' ? shown(subject.name) : lastPart(shown(subject.file.path))
  return unitName.test(name) && name.includes('.') && !name.includes('@.') ? name : null
}

/** Its other names: aliases, and the instances of a template that links start. */
function namesOf(subject: UnitFact | ScheduleFact): string[] {
  return subject.enabledBy.map((link) => lastPart(shown(link)))
}

function note(code: string): NonNullable<PlannedItem['diff'][number]['note']> {
  return { code, params: {} }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
