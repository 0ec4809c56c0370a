import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import { aProcess } from '../judge/fixtures/facts.ts'
import type { UnitFact } from './facts.ts'
import { metaSeen } from './fixtures/meta-seen.ts'
import { gather } from './reply.ts'
import { unitOfGroup } from './unit-file.ts'
import { parseUnits, unitFacts, type UnitReading } from './units.ts'

const fixture = readFileSync(join(import.meta.dirname, 'fixtures', 'services-units.raw'))

function factsOf(
  contents: Readonly<Record<string, string>>,
  more: Partial<Omit<UnitReading, 'files'>> = {},
  processes: Parameters<typeof unitFacts>[2] = [],
): readonly UnitFact[] {
  const files = Object.entries(contents).map(([path, content]) => ({
    kind: 'unit-file',
    path,
    content,
    cut: false,
    seen: `1 77 ${content.length} 1000`,
  }))
  const reading = { files, links: new Map<string, string>(), installed: [], lingering: [], ...more }
  return unitFacts(reading, files.map(metaSeen), processes, gather('units'))
}

const one = (fact: UnitFact | undefined) => ({
  name: shown(fact!.name),
  role: fact!.role,
  command: shown(fact!.command),
  starts: fact!.starts.map(shown),
  enabledBy: fact!.enabledBy.map(shown),
})
const etc = '/etc/systemd/system'
const runs = (command: string) => `[Service]\nExecStart=${command}\n`
const inGroup = (pid: number, group: string) => aProcess(pid, '/opt/x', { cgroup: `4:memory:/\n0::${group}` })

describe('units of an infected host', () => {
  const into = gather('units')
  const reading = parseUnits(fixture, into)!
  const facts = unitFacts(reading, reading.files.map(metaSeen), [], into)
  const named = (path: string) => facts.find((fact) => shown(fact.file.path) === path)

  it('are those no package vouches for, whole and without a gap', () => {
    expect(into.unknowns).toEqual([])
    expect(facts.map((fact) => [shown(fact.name), fact.role])).toEqual(
      expect.arrayContaining([
        ['systemd-resolvd.service', 'unit'],
        ['systemd-resolvd-repair.service', 'unit'],
        ['nginx.service', 'drop-in'],
        ['crunch.service', 'unit'],
      ]),
    )
    expect(facts.filter((fact) => shown(fact.file.path).startsWith('/usr/lib/'))).toEqual([])
    expect(facts.filter((fact) => shown(fact.name).endsWith('.timer'))).toEqual([])
  })

  it('tell what they run, what they start when they fail, and every link that starts them', () => {
    const guard = named(`${etc}/systemd-resolvd.service`)
    expect(one(guard)).toEqual({
      name: 'systemd-resolvd.service',
      role: 'unit',
      command: "/bin/sh /usr/local/lib/.lab_net/lab_guard.sh\\x0a/bin/sh -c 'touch /var/tmp/lab_stop_hook_ran'",
      starts: ['systemd-resolvd-repair.service'],
      enabledBy: [
        `${etc}/multi-user.target.wants/systemd-resolvd.service`,
        `${etc}/ssh.service.requires/systemd-resolvd.service`,
      ],
    })
    expect(guard).toMatchObject({ restart: 'always', restartSeconds: 1, user: 'root', hides: null, generated: false })
    expect(one(named(`${etc}/nginx.service.d/zz-resolv.conf`))).toMatchObject({
      role: 'drop-in',
      command: '-+/usr/local/lib/.lab_net/lab_repair.sh',
    })
  })
})

describe('a unit', () => {
  it('has the processes of its control group, instances of a template too, and no others', () => {
    const facts = factsOf({ [`${etc}/a.service`]: runs('/opt/a'), [`${etc}/t@.service`]: runs('/opt/t') }, {}, [
      inGroup(10, '/system.slice/a.service'),
      inGroup(11, '/system.slice/a.service/worker'),
      inGroup(12, '/user.slice/user-1000.slice/user@1000.service/app.slice/a.service'),
      inGroup(13, '/system.slice/system-t.slice/t@1.service'),
      inGroup(14, '/system.slice/b.service/a.service'),
    ])
    expect(facts.map((fact) => fact.pids)).toEqual([[10, 11], [13]])
  })

  it('of a user belongs to that user’s manager, and says when it runs without a login', () => {
    const [fact] = factsOf(
      { '/home/dev/.config/systemd/user/sync.service': runs('/home/dev/.x/sync') },
      { lingering: ['dev'] },
      [inGroup(12, '/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service')],
    )
    expect(fact).toMatchObject({ manager: 'user', user: null, lingers: true, pids: [12] })
  })

  it('that hides a package’s unit owns only the links that lead to itself', () => {
    const links = new Map([
      [`${etc}/multi-user.target.wants/ssh.service`, '/lib/systemd/system/ssh.service'],
      [`${etc}/sshd.service`, '/lib/systemd/system/ssh.service'],
      [`${etc}/cron.service.wants/ssh.service`, '../ssh.service'],
    ])
    const [fact] = factsOf(
      { [`${etc}/ssh.service`]: runs('/usr/sbin/sshd -D') },
      { links, installed: ['/usr/lib/systemd/system/ssh.service'] },
    )
    expect(shown(fact!.hides!)).toBe('/usr/lib/systemd/system/ssh.service')
    expect(one(fact).enabledBy).toEqual([`${etc}/cron.service.wants/ssh.service`])
  })

  it('is started by links to any of its names, wherever they say they lead', () => {
    const links = new Map([
      [`${etc}/multi-user.target.wants/a.service`, '/nowhere'],
      [`${etc}/dbus-a.service`, `${etc}/a.service`],
      [`${etc}/x.service.requires/dbus-a.service`, '../a.service'],
      [`${etc}/x.service.upholds/b.service`, '../b.service'],
      ['/home/dev/.config/systemd/user/default.target.wants/a.service', '../a.service'],
      ['/run/systemd/generator/multi-user.target.wants/a.service', '../a.service'],
    ])
    expect(one(factsOf({ [`${etc}/a.service`]: runs('/opt/a') }, { links })[0]).enabledBy).toEqual([
      `${etc}/dbus-a.service`,
      `${etc}/multi-user.target.wants/a.service`,
      `${etc}/x.service.requires/dbus-a.service`,
    ])
  })

  it('of type path or socket starts the service of its name, or the one it names', () => {
    const facts = factsOf({
      [`${etc}/a.path`]: '[Path]\nPathExists=/etc\n',
      [`${etc}/b.socket`]: '[Socket]\nListenStream=9999\nService=c.service\nExecStartPre=/opt/pre\n',
    })
    expect(one(facts[0]).starts).toEqual(['a.service'])
    expect(one(facts[1])).toMatchObject({ starts: ['c.service', 'b.service'], command: '/opt/pre' })
  })

  it('tells of a preload in its environment', () => {
    const [fact] = factsOf({
      [`${etc}/cron.service.d/x.conf`]: '[Service]\nEnvironment="LD_PRELOAD=/usr/local/lib/x.so"\n',
    })
    expect(fact!.environment.map(shown)).toEqual(['"LD_PRELOAD=/usr/local/lib/x.so"'])
    expect(fact!.paths.map(shown)).toEqual(['/usr/local/lib/x.so'])
    expect(one(fact)).toMatchObject({ name: 'cron.service', role: 'drop-in' })
  })

  it('keeps its bytes: escape sequences, carriage returns, invalid UTF-8', () => {
    const [fact] = factsOf({ [`${etc}/a\x1b[2J\n.service`]: '[Service]\nExecStart=/tmp/\xff\r\x1b[A\n' })
    expect(shown(fact!.command)).toBe('/tmp/\\xff\\x0d\\x1b[A')
    expect(fact).toMatchObject({ disguised: true })
    expect(one(fact).name).toBe('a\\x1b[2J\\x0a.service')
  })

  it('made of an init script is told there; SourcePath= anywhere else is only a word', () => {
    const text = '[Unit]\nSourcePath=/etc/init.d/x\n[Service]\nExecStart=/etc/init.d/x start\n'
    const from = (path: string) => {
      const names = `${path}\0`
      const reply = `@M begin\n\n@M files unit-file 1\n${names}\n@M stat unit-file 1\n1 2 ${text.length} 4\n\n@M content unit-file 1\n${text}M=M\0\n@M links\n\n@M end\n`
      return parseUnits(
        Buffer.from(
          reply
            .replaceAll('M', '01234567-89ab-cdef-0123-456789abcdef')
            .replaceAll('01234567-89ab-cdef-0123-456789abcdef=', 'M='),
          'latin1',
        ),
        gather('units'),
      )?.files.length
    }
    expect(from('/run/systemd/generator.late/x.service')).toBe(0)
    expect(from('/etc/systemd/system/x.service')).toBe(1)
  })
})

describe('a generator', () => {
  it('is told with its script, or with its head when it is compiled', () => {
    const facts = factsOf({
      '/etc/systemd/system-generators/net': '#!/bin/sh\n/usr/local/bin/.net &\n',
      '/usr/local/lib/systemd/user-environment-generators/z': '\x7fELF\x02\x01',
    })
    expect(facts.map(({ role, form, manager }) => [role, form, manager])).toEqual([
      ['generator', 'script', 'system'],
      ['generator', 'binary', 'user'],
    ])
    expect(facts[0]!.paths.map(shown)).toEqual(['/bin/sh', '/usr/local/bin/.net'])
  })
})

describe('links', () => {
  it('that give a unit of a unit folder another name are no units, and one that leads elsewhere is', () => {
    const reading = (target: string) => {
      const path = `${etc}/x.service`
      const mark = '01234567-89ab-cdef-0123-456789abcdef'
      const reply = `@${mark} begin\n\n@${mark} files unit-file 1\n${path}\0\n@${mark} stat unit-file 1\n1 2 3 4\n\n@${mark} content unit-file 1\nabcM=${mark}\0\n@${mark} links\nM=${mark} '${path}' -> '${target}'\n\n@${mark} end\n`
      return parseUnits(Buffer.from(reply, 'latin1'), gather('units'))?.files.length
    }
    expect(reading('/lib/systemd/system/y.service')).toBe(0)
    expect(reading('../../../usr/lib/systemd/system/y.service')).toBe(0)
    expect(reading('/dev/null')).toBe(0)
    expect(reading('/opt/evil/x.service')).toBe(1)
    expect(reading('../../../opt/evil/x.service')).toBe(1)
  })

  it('that lead out of the unit folders name the file they lead to', () => {
    const path = `${etc}/x.service`
    const [fact] = factsOf({ [path]: runs('/opt/a') }, { links: new Map([[path, '../../../opt/evil/x.service']]) })
    expect(fact!.paths.map(shown)).toEqual(['/opt/evil/x.service', '/opt/a'])
  })
})

describe('a reply that is not whole', () => {
  it('is null when it is not ours', () => {
    expect(parseUnits(Buffer.from('sh: not found\n'), gather('units'))).toBeNull()
    expect(parseUnits(Buffer.concat([fixture, fixture]), gather('units'))).toBeNull()
  })

  it('spoils the units wherever it was cut, and never throws', () => {
    for (let length = 60; length < fixture.length - 45; length += 997) {
      const into = gather('units')
      const reading = parseUnits(fixture.subarray(0, length), into)
      if (reading) unitFacts(reading, reading.files.map(metaSeen), [], into)
      expect(into.unknowns.some(({ spoils }) => spoils.includes('unit'))).toBe(true)
    }
  })
})

describe('the unit of a control group', () => {
  it.each([
    ['0::/system.slice/cron.service\n', 'system cron.service'],
    ['1:name=systemd:/system.slice/system-getty.slice/getty@tty1.service\n0::/\n', 'system getty@tty1.service'],
    ['0::/user.slice/user-0.slice/session-3.scope\n', 'system session-3.scope'],
    ['0::/user.slice/user-1000.slice/user@1000.service/init.scope\n', 'system user@1000.service'],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n', 'user x.service'],
    ['0::/range/payload/system.slice/x.service/inner\n', 'system x.service'],
    ['5:memory:/system.slice/x.service\n0::/\n', null],
    ['0::/\n', null],
    ['', null],
  ])('%j', (text, unit) => {
    const owner = unitOfGroup(text)
    expect(owner && `${owner.manager} ${owner.name}`).toBe(unit)
  })
})
