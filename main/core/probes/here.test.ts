// The probes against the machine the tests run on, through the real scripts under the real toolbox: no ssh and no frames, but no stand-in for the
// host either. What must not stand on this machine (a hostile crontab, a mount over /proc/N) stands in a mount namespace of the test.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ready, toolbox } from '../../platform/here-fixture.ts'
import { bed, lookHere, of, spoiling } from '../../platform/look-here-fixture.ts'
import { shown } from '../host-text.ts'

describe.skipIf(!ready)('on this machine (skipped: needs root and the toolbox)', () => {
  const { folder, plant } = bed()
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('sockets: finds a listener with its holder', async () => {
    const script = `require('net').createServer().listen(0,'127.0.0.1',function(){console.log(this.address().port)})`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const port = await new Promise<number>((resolve) =>
      child.stdout.once('data', (data) => {
        resolve(Number(String(data)))
      }),
    )
    const result = await lookHere(['sockets'])
    child.kill('SIGKILL')
    const found = of(result, 'socket').filter(({ localPort, state }) => localPort === port && state === 'listen')
    expect(found).toMatchObject([{ protocol: 'tcp', localAddress: '127.0.0.1', pids: [child.pid], uid: 0 }])
    expect(spoiling(result)).toEqual([])
  })

  it('mounts: finds one over a process and one over a system folder, and none of our own', async () => {
    const result = await lookHere(['mounts'], '/bin/mount -t tmpfs none /proc/1\n/bin/mount --bind /usr/bin /usr/bin')
    const points = of(result, 'mount').map(({ point, fsType }) => `${shown(point)} ${shown(fsType)}`)
    expect(points).toContain('/proc/1 tmpfs')
    expect(points.filter((point) => point.startsWith('/usr/bin '))).toHaveLength(1)
    expect(points.filter((point) => point.startsWith('/proc '))).toEqual([])
  })

  it('machine: counts the cores and knows the package manager', async () => {
    const result = await lookHere(['machine'])
    expect(of(result, 'machine')).toMatchObject([
      { cpus: Number(execFileSync('grep', ['-c', '^processor', '/proc/cpuinfo']).toString()), packageManager: 'dpkg' },
    ])
  })

  const installed = '/usr/lib/systemd/system'
  const packaged = existsSync(installed) && existsSync('/etc/systemd/system') && existsSync('/var/lib/dpkg/status')
  it.skipIf(!packaged)(
    'units: tells what no package vouches for, whatever lies around it (skipped: needs dpkg and units)',
    async () => {
      const real = readdirSync(installed, { withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.service'))
        .slice(0, 3)
        .map(({ name }) => name)
      for (const name of real) plant(`sys/${name}`, readFileSync(join(installed, name)))
      const changed = real[0]!
      plant(`sys/${changed}`, `${readFileSync(join(installed, changed), 'utf8')}\n[Service]\nExecStartPost=/tmp/x\n`)
      plant('sys/dbus-kernel.service', '[Service]\nExecStart=/usr/lib/.k/kd\nRestart=always\nRestartSec=500ms\n')
      plant('own/a\x1b[2J\n.service', '[Service]\nExecStart=/tmp/y\n')
      plant('own/notes.txt', 'no unit')
      execFileSync('/usr/bin/mkfifo', [join(folder, 'own/hang.service')])
      symlinkSync('/dev/null', join(folder, 'own/masked.service'))
      symlinkSync('/usr/lib/systemd/system/cron.service', join(folder, 'own/alias.service'))
      plant('elsewhere/led.service', '[Service]\nExecStart=/opt/led\n')
      symlinkSync(join(folder, 'elsewhere/led.service'), join(folder, 'own/led.service'))
      plant('own/x.service.wants/.keep', '')
      symlinkSync('../dbus-kernel.service', join(folder, 'own/x.service.wants/dbus-kernel.service'))
      const scene = `/bin/mount --bind ${folder}/sys ${installed}\n/bin/mount --bind ${folder}/own /etc/systemd/system`
      const result = await lookHere(['units'], scene)
      const here = of(result, 'unit').filter(({ file }) =>
        /^\/(etc|usr\/lib)\/systemd\/system\//.test(shown(file.path)),
      )
      expect(here.map(({ name }) => shown(name)).sort()).toEqual(
        ['a\\x1b[2J\\x0a.service', 'dbus-kernel.service', 'led.service', changed].sort(),
      )
      const evil = here.find(({ name }) => shown(name) === 'dbus-kernel.service')
      expect(evil).toMatchObject({ role: 'unit', restart: 'always', restartSeconds: 1, command: '/usr/lib/.k/kd' })
      expect(evil?.enabledBy).toEqual(['/etc/systemd/system/x.service.wants/dbus-kernel.service'])
      expect(spoiling(result)).toEqual([])
    },
  )

  it('preload: names each library with its state and carriers', async () => {
    plant('preload', '# ours\n/tmp/absent.so:/usr/lib/nothing.so\n  LIBC\n')
    const libc = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*libc\.so\.6$/m)?.[0] ?? ''
    writeFileSync(join(folder, 'preload'), readFileSync(join(folder, 'preload'), 'utf8').replace('LIBC', libc))
    const scene = `/bin/mkdir -p ${folder}/u ${folder}/w
/bin/mount -t tmpfs none ${folder}/u
/bin/mkdir ${folder}/u/up ${folder}/u/work
/bin/mount -t overlay overlay -o lowerdir=/etc,upperdir=${folder}/u/up,workdir=${folder}/u/work /etc
/bin/cp ${folder}/preload /etc/ld.so.new
${toolbox}/busybox mv /etc/ld.so.new /etc/ld.so.preload`
    const result = await lookHere(['preload'], scene)
    const facts = of(result, 'preload')
    expect(facts.map((fact) => [fact.line, shown(fact.library), fact.libraryState])).toEqual([
      [2, '/tmp/absent.so', 'absent'],
      [2, '/usr/lib/nothing.so', 'absent'],
      [3, libc, 'present'],
    ])
    expect(facts[2]!.carriers).toContain(process.pid)
    expect(facts[0]!.carriers).toEqual([])
    expect(spoiling(result)).toEqual([])
  })

  it('preload: an absent file gives no fact and nothing unknown', async () => {
    expect(existsSync('/etc/ld.so.preload')).toBe(false)
    const result = await lookHere(['preload'])
    expect(result.facts).toEqual([])
    expect(result.unknowns).toEqual([])
  })

  it('logins: finds the burst and the login that followed it', async () => {
    const line = (message: string) => `Nov 21 03:04:05 host sshd[77]: ${message}\n`
    const failed = line('Failed password for invalid user adm\x1bin from 203.0.113.7 port 40000 ssh2')
    plant('log/auth.log.1', failed.repeat(4))
    plant(
      'log/auth.log',
      failed.repeat(4) +
        line('Accepted password for root from 203.0.113.7 port 40001 ssh2') +
        line('Accepted publickey for ops from 198.51.100.2 port 5 ssh2: ED25519 SHA256:x') +
        'junk\n',
    )
    const result = await lookHere(['logins'], `/bin/mount --bind ${folder}/log /var/log`)
    expect(of(result, 'login')).toMatchObject([
      { what: 'failed-burst', from: '203.0.113.7', count: 8, user: 'adm\\x1bin' },
      { what: 'accepted-after-burst', from: '203.0.113.7', user: 'root', count: 1 },
      { what: 'accepted', from: '198.51.100.2', user: 'ops' },
    ])
    expect(spoiling(result)).toEqual([])
  })

  it('files: tells the owner of what processes run, and what lies where everyone may write', async () => {
    const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
    plant('bin/dropped', '#!/bin/sh\n', 0o755)
    const scene = `/bin/mount -t tmpfs none /var/tmp
/bin/mkdir '/var/tmp/.x'
/bin/cp ${folder}/bin/dropped '/var/tmp/.x/a
b'
/bin/mount -t tmpfs none /dev/shm${toolbox.startsWith('/tmp/') ? '' : '\n/bin/mount -t tmpfs none /tmp'}`
    const result = await lookHere(['processes', 'files'], scene)
    child.kill('SIGKILL')
    const find = (path: string) => of(result, 'file').find(({ meta }) => shown(meta.path) === path)
    expect(find('/usr/bin/sleep') ?? find('/bin/sleep')).toMatchObject({
      owned: 'yes',
      package: 'coreutils',
      checksum: 'yes',
      content: 'elf',
      conffile: false,
    })
    expect((find('/usr/bin/sleep') ?? find('/bin/sleep'))!.namedBy).toContain(`process:${child.pid ?? 0}`)
    expect(find('/var/tmp/.x/a\\x0ab')).toMatchObject({
      owned: 'no',
      package: null,
      content: 'script',
      namedBy: ['recent'],
      meta: { mode: '0755' },
    })
  }, 60_000)
})
