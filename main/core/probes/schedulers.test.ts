import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import type { ScheduleFact } from './facts.ts'
import { metaSeen } from './fixtures/meta-seen.ts'
import { gather } from './reply.ts'
import type { ScheduleFile } from './schedule-file.ts'
import { parseScheduleFiles, parseUnitLinks, scheduleFacts } from './schedulers.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name))

function aFile(kind: string, path: string, content: string, change: Partial<ScheduleFile> = {}): ScheduleFile {
  return { kind, path, content, cut: false, seen: `1 77 ${content.length} 1000`, ...change }
}

function factsOf(files: readonly ScheduleFile[], links: readonly string[] = []) {
  const into = gather('schedulers')
  const facts = scheduleFacts(files, files.map(metaSeen), into, links)
  return { facts, unknowns: into.unknowns }
}

function captured(name: string) {
  const into = gather('schedulers')
  const stdout = fixture(name)
  const files = parseScheduleFiles(stdout, into) ?? []
  const { facts, unknowns } = factsOf(files, parseUnitLinks(stdout, into))
  return { files, facts, unknowns: [...into.unknowns, ...unknowns] }
}

const row = (fact: ScheduleFact) => [
  `${shown(fact.file.path)}:${fact.line}`,
  fact.form,
  fact.periodSeconds,
  fact.user === null ? null : shown(fact.user),
]

describe('the schedulers of a real host with a payload in every one of them', () => {
  const { files, facts, unknowns } = captured('every-cron-schedulers.raw')
  const hostile = facts.filter(
    ({ form, command }) => form !== 'binary' && shown(command).includes('/.x9 -B -o stratum+tcp'),
  )

  it('are read whole', () => {
    expect(unknowns).toEqual([])
    expect(files.every(({ cut }) => !cut)).toBe(true)
  })

  it('give the payload in each of its places, with its period and its user', () => {
    expect(hostile.map(row)).toEqual([
      ['/var/spool/cron/crontabs/dev:4', 'entry', 120, 'dev'],
      ['/var/spool/cron/crontabs/mail:4', 'entry', 120, 'mail'],
      ['/var/spool/cron/crontabs/root:4', 'entry', 60, 'root'],
      ['/var/spool/cron/crontabs/root:7', 'entry', null, 'root'],
      ['/var/spool/cron/crontabs/www-data:1', 'entry', 60, 'www-data'],
      ['/etc/crontab:23', 'entry', 180, 'root'],
      ['/etc/cron.d/phps:2', 'entry', 300, 'root'],
      ['/etc/anacrontab:14', 'entry', 86_400, 'root'],
      ['/etc/cron.hourly/gcc4:0', 'script', 3600, 'root'],
      ['/var/spool/cron/atjobs/a0000101c891c3:0', 'entry', null, 'root'],
      ['/etc/systemd/system/dbus-kernel.timer:0', 'entry', 20, 'root'],
    ])
  })

  it('give the payload as a path of each, so that its file is looked at', () => {
    for (const fact of hostile) expect(fact.paths.map((path) => shown(path))).toContain('/.x9')
  })

  it('mark the line that a pager would not show', () => {
    expect(facts.filter(({ disguised }) => disguised).map(row)).toEqual([['/etc/cron.d/phps:2', 'entry', 300, 'root']])
  })

  it('show the database dump as binary, with the one entry cron finds in it', () => {
    const dump = facts.filter(({ file }) => shown(file.path).endsWith('/mail'))
    expect(dump.map(({ form, line }) => [form, line])).toEqual([
      ['binary', 0],
      ['entry', 4],
    ])
  })

  it('name the service a timer starts and the link that enables it', () => {
    const timer = facts.find(({ file }) => shown(file.path).endsWith('/dbus-kernel.timer'))
    expect(timer).toMatchObject({
      unitFile: '/etc/systemd/system/dbus-kernel.service',
      enabledBy: ['/etc/systemd/system/timers.target.wants/dbus-kernel.timer'],
    })
  })

  it('keep the distribution’s own jobs apart: nothing of theirs is hostile, none is lost', () => {
    const names = facts.map(({ file }) => shown(file.path))
    for (const path of ['/etc/cron.daily/dpkg', '/etc/cron.d/e2scrub_all', '/usr/lib/systemd/system/fstrim.timer'])
      expect(names).toContain(path)
  })
})

describe('the schedulers of the demonstration host', () => {
  const { facts, unknowns } = captured('demonstration-schedulers.raw')

  it('give both revivers', () => {
    expect(unknowns).toEqual([])
    const revivers = facts.filter(({ command }) => /lab_|203\.0\.113\.20/.test(shown(command)))
    expect(revivers.map(row)).toEqual([
      ['/var/spool/cron/crontabs/root:3', 'entry', 60, 'root'],
      ['/etc/cron.d/sysupdate:1', 'entry', 120, 'root'],
    ])
  })
})

describe('a reply that is not whole', () => {
  const whole = fixture('every-cron-schedulers.raw')

  it('is null when it is not ours', () => {
    const into = gather('schedulers')
    expect(parseScheduleFiles(Buffer.from('sh: not found\n'), into)).toBeNull()
    expect(parseScheduleFiles(new Uint8Array(), into)).toBeNull()
    // the mark comes twice: somebody answers in our place
    expect(parseScheduleFiles(Buffer.concat([whole, whole]), into)).toBeNull()
  })

  it('spoils the schedules wherever it was cut, and never throws', () => {
    for (let length = 60; length < whole.length - 45; length += 997) {
      const into = gather('schedulers')
      const cut = whole.subarray(0, length)
      const files = parseScheduleFiles(cut, into) ?? []
      factsOf(files, parseUnitLinks(cut, into))
      expect(into.unknowns.some(({ spoils }) => spoils.includes('schedule'))).toBe(true)
    }
  })

  it('with one content too few or too many takes none of that batch, and says so', () => {
    const text = whole.toString('latin1')
    const mark = /^@(\S+)/.exec(text)?.[1] ?? ''
    const closed = `M=${mark}\0`
    for (const forged of [text.replace(closed, ''), text.replace(closed, closed + closed)]) {
      const into = gather('schedulers')
      const files = parseScheduleFiles(Buffer.from(forged, 'latin1'), into) ?? []
      expect(files.some(({ kind }) => kind === 'user-crontab')).toBe(false)
      expect(files.some(({ kind }) => kind === 'cron.d')).toBe(true)
      expect(into.unknowns).toMatchObject([{ what: 'files of user-crontab', spoils: ['schedule'] }])
    }
  })
})

describe('a file that was not read whole is unknown', () => {
  const spoilt = (file: ScheduleFile) =>
    factsOf([file]).unknowns.map(({ what, reason, spoils }) => `${what} ${reason} ${spoils.join()}`)
  const long = { cut: true, seen: '1 77 999999 1000' }

  it.each(['cron.d', 'run-parts-daily', 'periodic-hourly', 'at', 'timer', 'unit', 'user-crontab'])(
    'when a %s goes on behind the cut',
    (kind) => {
      expect(spoilt(aFile(kind, '/etc/x', '#!/bin/sh\n', long))).toEqual(['/etc/x truncated schedule'])
    },
  )

  it('but not a compiled program, of which no line is run', () => {
    expect(spoilt(aFile('run-parts-daily', '/etc/cron.daily/x', '\x7fELF\x02', long))).toEqual([])
    // cron reads lines from anything, and a shell steps over a NUL
    expect(spoilt(aFile('cron.d', '/etc/cron.d/x', '\x7fELF\x02', long))).toHaveLength(1)
    expect(spoilt(aFile('run-parts-daily', '/etc/cron.daily/x', '#!/bin/sh\n\0', long))).toHaveLength(1)
  })

  it('when it has bytes and none came: this login may not read it', () => {
    expect(spoilt(aFile('cron.d', '/etc/cron.d/x', '', { seen: '1 77 40 1000' }))).toEqual([
      '/etc/cron.d/x not-permitted schedule',
    ])
    expect(spoilt(aFile('cron.d', '/etc/cron.d/x', ''))).toEqual([])
  })

  it('when it is another file by the time its metadata is read, or was gone and is back', () => {
    const file = aFile('cron.d', '/etc/cron.d/x', '* * * * * root true\n')
    for (const [one, change] of [
      [file, { size: '5' }],
      [file, { ctime: '1001.000000000' }],
      [file, { identity: { dev: '1', inode: '78', sha256: null } }],
      [{ ...file, seen: null }, {}],
    ] as const) {
      const into = gather('schedulers')
      scheduleFacts([one], [{ ...metaSeen(file), ...change }], into)
      expect(into.unknowns).toMatchObject([{ reason: 'failed', spoils: ['schedule'] }])
    }
  })

  it('and one that vanished is left out', () => {
    const into = gather('schedulers')
    expect(scheduleFacts([aFile('cron.d', '/etc/cron.d/x', 'x')], [null], into)).toEqual([])
    expect(into.unknowns).toEqual([])
  })

  it('is named so that its name can be shown', () => {
    expect(spoilt(aFile('at', '/var/spool/at/a\x1b[2J\n', '#', long))[0]).toMatch(/^\/var\/spool\/at\/a\\x1b\[2J\\x0a /)
  })
})

describe('a script in a run-parts folder', () => {
  it('is judged to its last line, not only by its head', () => {
    const late = `#!/bin/sh\n${'# licence\n'.repeat(2000)}/tmp/.late/run\n`
    const { facts } = factsOf([aFile('run-parts-daily', '/etc/cron.daily/x', late)])
    expect(shown(facts[0]!.command)).toContain('/tmp/.late/run')
    expect(facts[0]!.paths.map((path) => shown(path))).toEqual(['/bin/sh', '/tmp/.late/run'])
  })
})

describe('hostile lines', () => {
  const lines = (content: string) => factsOf([aFile('cron.d', '/etc/cron.d/x', content)]).facts

  it('keep their bytes: escape sequences, invalid UTF-8, carriage returns', () => {
    const [fact] = lines('* * * * * root \x1b[2K/tmp/\xff\r# nothing\n')
    expect(shown(fact!.command)).toBe('\\x1b[2K/tmp/\\xff\\x0d# nothing')
    expect(fact).toMatchObject({ disguised: true, user: 'root', line: 1 })
  })

  it('of the wrong number of fields are entries all the same, as they stand', () => {
    expect(lines('* * *\n* * * * *\n@daily\n').map(({ schedule, form }) => [schedule, form])).toEqual([
      [null, 'entry'],
      [null, 'entry'],
      [null, 'entry'],
    ])
  })

  it('of an at job without a head are taken whole', () => {
    const { facts } = factsOf([aFile('at', '/var/spool/cron/atjobs/odd', '\x1b/tmp/x &\n')])
    expect(facts).toMatchObject([{ user: null, schedule: null, command: '\\x1b/tmp/x &\\x0a', disguised: true }])
  })
})
