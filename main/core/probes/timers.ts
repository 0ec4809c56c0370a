// systemd timers as schedules: each timer file with what it starts, after drop-ins and in the order in which folders hide one another. Pure.

import type { FileMeta } from '../host/identity.ts'
import { isDisguised, pathsIn } from './cron-line.ts'
import { calendarPeriod, timeSpan } from './cron-period.ts'
import type { ScheduleFact } from './facts.ts'
import { textOf } from './reply.ts'
import type { ScheduleFile } from './schedule-file.ts'
import { isVisible, managerOf, unitPath, unitValues } from './unit-file.ts'

interface UnitFile {
  readonly file: ScheduleFile
  readonly meta: FileMeta
}

/** Folders of one manager, the one that hides the others first (systemd.unit(5)). Users' own folders come before all of these. */
const folderOrder = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
  '/etc/systemd/user',
  '/run/systemd/user',
  '/usr/local/lib/systemd/user',
  '/usr/lib/systemd/user',
]

const keys = ['OnCalendar', 'OnBootSec', 'OnStartupSec', 'OnActiveSec', 'OnUnitActiveSec', 'OnUnitInactiveSec'] as const

/** One fact for every timer file, hidden ones too: a copy that another folder hides comes to life when that one is removed. */
export function timerSchedules(units: readonly UnitFile[], links: readonly string[]): ScheduleFact[] {
  return units.flatMap((unit) => (unit.file.kind === 'timer' ? [timerFact(unit, units, links)] : []))
}

function timerFact(timer: UnitFile, units: readonly UnitFile[], links: readonly string[]): ScheduleFact {
  const { folder, unit: name } = unitPath(timer.file.path)
  const contents = [timer.file.content, ...dropIns(name, folder, units)]
  const starts = unitValues(contents, 'Timer', 'Unit').at(-1) ?? name.replace(/\.timer$/, '.service')
  const service = serviceOf(starts, folder, units)
  const serviceContents = service
    ? [service.file.content, ...dropIns(unitPath(service.file.path).unit, folder, units)]
    : []
  const commands = ['ExecStartPre', 'ExecStart', 'ExecStartPost'].flatMap((key) =>
    unitValues(serviceContents, 'Service', key),
  )
  const environment = unitValues(serviceContents, 'Service', 'Environment')
  const when = keys.flatMap((key) => unitValues(contents, 'Timer', key).map((value) => ({ key, value })))
  const command = commands.join('\n')
  return {
    kind: 'schedule',
    scheduler: 'systemd-timer',
    file: timer.meta,
    line: 0,
    raw: textOf(timer.file.content.slice(0, 200)),
    form: 'entry',
    schedule: when.length === 0 ? null : textOf(when.map(({ key, value }) => `${key}=${value}`).join(' ')),
    periodSeconds: shortest(when.map(({ key, value }) => periodOf(key, value))),
    user: userOf(folder, serviceContents),
    command: textOf(command === '' ? `(starts ${starts})` : command),
    disguised: isDisguised(timer.file.content) || isDisguised(serviceContents.join('\n')),
    // systemd lets a prefix stand before the path: `-`, `@`, `+`, `!`, `:`
    paths: pathsIn([...commands.map((line) => line.replace(/^[-@+!:]+/, '')), ...environment].join('\n')).map((path) =>
      textOf(path),
    ),
    unitFile: service ? textOf(service.file.path) : null,
    enabledBy: linksOf([name, starts], folder, links).map((path) => textOf(path)),
  }
}

function periodOf(key: string, value: string): number | null {
  if (key === 'OnCalendar') return calendarPeriod(value)
  return key === 'OnUnitActiveSec' || key === 'OnUnitInactiveSec' ? timeSpan(value) : null
}

function shortest(periods: readonly (number | null)[]): number | null {
  const known = periods.filter((period) => period !== null)
  return known.length === 0 ? null : Math.max(1, Math.round(Math.min(...known)))
}

/** A user's folder belongs to whoever's home it lies in; which user that is, the path says better than a guess. */
function userOf(folder: string, serviceContents: readonly string[]): ScheduleFact['user'] {
  const user = unitValues(serviceContents, 'Service', 'User').at(-1)
  if (user !== undefined) return textOf(user)
  return managerOf(folder) === 'system' ? textOf('root') : null
}

/** Drop-ins of a unit that its manager reads, by name as systemd orders them. */
function dropIns(name: string, folder: string, units: readonly UnitFile[]): string[] {
  return units
    .map(({ file }) => ({ file, at: unitPath(file.path) }))
    .filter(({ at }) => at.dropIn && at.unit === name && isVisible(at.folder, folder))
    .sort((a, b) => (lastPart(a.file.path) < lastPart(b.file.path) ? -1 : 1))
    .map(({ file }) => file.content)
}

/** `…/timers.target.wants/NAME` in any folder its manager reads. */
function linksOf(names: readonly string[], folder: string, links: readonly string[]): string[] {
  return links
    .filter((path) => {
      const parts = path.split('/')
      return names.includes(parts.at(-1) ?? '') && isVisible(parts.slice(0, -2).join('/'), folder)
    })
    .sort()
}

function serviceOf(name: string, folder: string, units: readonly UnitFile[]): UnitFile | null {
  const template = name.replace(/@[^.]+\./, '@.')
  const candidates = units
    .map((unit) => ({ unit, at: unitPath(unit.file.path) }))
    .filter(({ at }) => !at.dropIn && isVisible(at.folder, folder))
    .sort((a, b) => rank(a.at.folder) - rank(b.at.folder))
  return (
    [name, template]
      .map((wanted) => candidates.find(({ at }) => at.unit === wanted)?.unit)
      .find((unit) => unit !== undefined) ?? null
  )
}

function rank(folder: string): number {
  return folderOrder.indexOf(folder)
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
