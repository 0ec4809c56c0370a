import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import { textOf } from './reply.ts'
import { timerSchedules } from './timers.ts'

const aMeta = (path: string): FileMeta => ({
  path: textOf(path),
  identity: { dev: '1', inode: '2', sha256: null },
  type: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  size: '1',
  nlink: 1,
  mtime: '0.000000000',
  ctime: '0.000000000',
  btime: null,
  flags: '',
  xattrs: {},
  linkTarget: null,
})

/** Path → content, as the schedulers script brings them. */
function timers(contents: Readonly<Record<string, string>>, links: readonly string[] = []) {
  const units = Object.entries(contents).map(([path, content]) => ({
    file: { kind: path.endsWith('.timer') ? 'timer' : 'unit', path, content, cut: false, seen: null },
    meta: aMeta(path),
  }))
  return timerSchedules(units, links).map((fact) => ({
    path: shown(fact.file.path),
    command: shown(fact.command),
    period: fact.periodSeconds,
    unit: fact.unitFile === null ? null : shown(fact.unitFile),
    user: fact.user === null ? null : shown(fact.user),
    paths: fact.paths.map((path) => shown(path)),
    enabledBy: fact.enabledBy.map((path) => shown(path)),
  }))
}

const etc = '/etc/systemd/system'
const usr = '/usr/lib/systemd/system'
const every = '[Timer]\nOnUnitActiveSec=5min\n'
const runs = (command: string) => `[Service]\nExecStart=${command}\n`

describe('timers', () => {
  it('start the service of their name, or the one they name', () => {
    expect(timers({ [`${etc}/a.timer`]: every, [`${etc}/a.service`]: runs('/opt/a') })).toMatchObject([
      { command: '/opt/a', unit: `${etc}/a.service`, period: 300, user: 'root' },
    ])
    const other = `${every}Unit=b.service\n`
    expect(timers({ [`${etc}/a.timer`]: other, [`${etc}/b.service`]: runs('/opt/b') })[0]?.command).toBe('/opt/b')
  })

  it('take the service from the folder that hides the others', () => {
    const both = {
      [`${usr}/a.timer`]: every,
      [`${usr}/a.service`]: runs('/usr/bin/a'),
      [`${etc}/a.service`]: runs('/tmp/a'),
    }
    expect(timers(both)).toMatchObject([{ command: '/tmp/a', unit: `${etc}/a.service` }])
  })

  it('apply drop-ins of any folder, in the order of their names', () => {
    const dropped = {
      [`${usr}/a.timer`]: every,
      [`${usr}/a.service`]: runs('/usr/bin/a'),
      [`${etc}/a.service.d/20.conf`]: '[Service]\nExecStartPre=-/tmp/.p/run\n',
      ['/run/systemd/system/a.service.d/10.conf']: '[Service]\nExecStart=\nExecStart=+/tmp/x\nUser=games\n',
      [`${etc}/a.timer.d/x.conf`]: '[Timer]\nOnUnitActiveSec=\nOnUnitActiveSec=10s\n',
    }
    expect(timers(dropped)).toMatchObject([
      {
        command: '-/tmp/.p/run\n+/tmp/x'.replace('\n', '\\x0a'),
        period: 10,
        user: 'games',
        paths: ['/tmp/.p/run', '/tmp/x'],
      },
    ])
  })

  it('find the template of an instance', () => {
    expect(timers({ [`${etc}/a@1.timer`]: every, [`${etc}/a@.service`]: runs('/opt/a %i') })[0]?.unit).toBe(
      `${etc}/a@.service`,
    )
  })

  it('of a user never start a unit of the system, nor of another user', () => {
    const home = '/home/dev/.config/systemd/user'
    const [own] = timers({
      [`${home}/a.timer`]: every,
      [`${etc}/a.service`]: runs('/system'),
      ['/home/ops/.config/systemd/user/a.service']: runs('/ops'),
    })
    expect(own).toMatchObject({ command: '(starts a.service)', unit: null, user: null })
    const shared = { [`${home}/a.timer`]: every, ['/etc/systemd/user/a.service']: runs('/shared') }
    expect(timers(shared)[0]?.command).toBe('/shared')
  })

  it('tell which links enable them or what they start', () => {
    const links = [
      `${etc}/timers.target.wants/a.timer`,
      `${usr}/multi-user.target.wants/a.service`,
      `${etc}/timers.target.wants/b.timer`,
    ]
    expect(timers({ [`${etc}/a.timer`]: every, [`${etc}/a.service`]: runs('/a') }, links)[0]?.enabledBy).toEqual(
      links.slice(0, 2),
    )
  })

  it('take the shortest of their periods, and have none when they fire at boot only', () => {
    expect(timers({ [`${etc}/a.timer`]: '[Timer]\nOnCalendar=daily\nOnUnitActiveSec=90s\n' })[0]?.period).toBe(90)
    expect(timers({ [`${etc}/a.timer`]: '[Timer]\nOnBootSec=1min\n' })[0]?.period).toBeNull()
  })

  it('whose service is gone are facts all the same, and so are empty and hostile ones', () => {
    expect(timers({ [`${etc}/a.timer`]: '' })).toMatchObject([{ command: '(starts a.service)', period: null }])
    expect(timers({ [`${etc}/a\x1b[2J.timer`]: '\0\x1b[Timer]\n=\n[\n' })).toMatchObject([
      { path: `${etc}/a\\x1b[2J.timer`, period: null },
    ])
  })

  it('keep a command of any length whole: the end is where a payload would hide', () => {
    const long = runs(`/bin/sh -c '${': ;'.repeat(3000)} /tmp/.x/run'`)
    expect(timers({ [`${etc}/a.timer`]: every, [`${etc}/a.service`]: long })[0]?.command).toMatch(/\/tmp\/\.x\/run'$/)
  })
})
