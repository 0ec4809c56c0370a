// What every scenario has besides its infection: things of the owner's that look guilty to a careless cleaner. None may be touched.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { matching } from '../processes.ts'
import { standIn } from '../stand-ins/stand-ins.ts'
import { put, putCrontab, putProgram } from './plant.ts'
import type { DecoyFile, DecoyProcess } from './scenario.ts'

/** A preload library that a package owns: allocators are preloaded on real servers. */
export const legitimatePreload = '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'

const displaySocket = '/tmp/.X11-unix/X0'

export const decoyFiles: readonly DecoyFile[] = [
  { path: '/etc/cron.d/certbot', looks: 'a scheduled shell one-liner with perl -e in it' },
  { path: '/etc/cron.d/healthcheck', looks: 'fetches a URL every five minutes, but pipes nothing to a shell' },
  { path: '/etc/cron.d/backup', looks: 'a root job added by hand' },
  { path: '/var/spool/cron/crontabs/deploy', looks: 'a user crontab with comments and environment' },
  { path: '/etc/systemd/system/backup.timer', looks: 'a timer that no package owns' },
  { path: '/etc/systemd/system/backup.service', looks: 'a unit that no package owns' },
  { path: '/usr/local/sbin/backup', looks: 'a script run by cron and by a timer' },
  { path: '/etc/systemd/system/miner-watch.service', looks: 'mentions xmrig and stratum: it watches for them' },
  { path: '/etc/systemd/system/app-worker.service', looks: 'restarts a busy process for ever' },
  { path: '/etc/systemd/system/crunch.service', looks: 'restarts a busy process that no package owns' },
  { path: '/etc/systemd/system/log-stream.service', looks: 'a busy pipeline' },
  { path: '/etc/systemd/system/reportd.service', looks: 'its process runs from a deleted file' },
  { path: '/etc/systemd/system/x-server.service', looks: 'listens on a socket under /tmp' },
  { path: '/etc/resolv.conf', looks: 'locked with +i, by the owner' },
  { path: '/home/deploy/.ssh/authorized_keys', looks: 'a second key, forced to borg serve' },
  { path: '/root/ir-notes.md', looks: 'notes that quote xmrig, a pool and a wallet' },
  { path: '/usr/local/sbin/check-miners', looks: 'a script full of miner words' },
  { path: '/usr/local/lib/app/worker.pl', looks: 'code of a busy interpreter' },
  { path: '/opt/tool/bin/crunch', looks: 'compiled by hand, no package owns it' },
  { path: '/opt/tool/bin/reportd', looks: 'replaced while it runs, as an upgrade does' },
  { path: '/var/log/kworker-0.log', looks: 'named like a fake kernel thread' },
  { path: '/etc/nginx/conf.d/app.conf', looks: 'listens on port 3333' },
  { path: displaySocket, looks: 'in a dotted folder of /tmp' },
]

export const decoyProcesses: readonly DecoyProcess[] = [
  { contains: '/usr/sbin/cron -f', count: 1, looks: 'starts everything; paused for a while, running again at the end' },
  { contains: '/usr/sbin/atd -f', count: 1, looks: 'as cron' },
  { contains: '[listener]', count: 1, looks: 'the door we came in by' },
  { contains: '/usr/local/lib/app/worker.pl', count: 2, looks: 'busy perl' },
  { contains: 'gzip -9 --stdout', count: 1, looks: 'busy gzip of a package' },
  { contains: '/opt/tool/bin/crunch', count: 1, looks: 'two busy threads, one long connection, no package' },
  { contains: '/opt/tool/bin/reportd', count: 1, looks: 'its executable is deleted' },
  { contains: 'grep --line-buffered -e xmrig', count: 1, looks: 'xmrig and stratum in its arguments' },
  { contains: 'nginx: worker process', count: 1, looks: 'a title instead of a command line' },
  { contains: 'nginx: master process', count: 1, looks: 'listens on port 3333' },
  { contains: displaySocket, count: 1, looks: 'a process with a socket in a dotted folder of /tmp' },
  { contains: 'while sleep 25', count: 1, looks: 'an endless shell loop of user dev' },
]

const units: Readonly<Record<string, string>> = {
  'app-worker': unit('Application workers', '/usr/bin/perl /usr/local/lib/app/worker.pl', 'User=dev\nNice=5'),
  crunch: unit('Nightly numbers', `/opt/tool/bin/crunch ${world.database} 5432 2`, 'User=dev'),
  reportd: unit('Report daemon', `/opt/tool/bin/reportd ${world.database} 5432 1`, 'User=deploy'),
  'log-stream': unit(
    'Compressed log stream',
    "/bin/sh -c 'perl /usr/local/lib/app/stream.pl | gzip -9 --stdout | sha256sum >/dev/null'",
    'Nice=10',
  ),
  'miner-watch': unit(
    'Tell us when somebody mines',
    `/bin/sh -c 'tail -n 0 -F /var/log/auth.log | grep --line-buffered -e xmrig -e "stratum+tcp://"'`,
    '',
  ),
  'x-server': unit('Display of the test bench', `/usr/bin/perl /usr/local/lib/app/display.pl ${displaySocket}`, ''),
  'dev-loop': unit('A loop of dev', `/bin/sh -c 'while sleep 25; do true; done'`, 'User=dev'),
}

/** Plants and starts them all (the preload line is each scenario's own); resolves when every decoy is there and runs. */
export async function plantDecoys(host: RangeHost): Promise<void> {
  plantSchedules(host)
  plantWords(host)
  plantPrograms(host)
  for (const [name, text] of Object.entries(units)) put(host, `/etc/systemd/system/${name}.service`, text)
  await host.sh(
    'systemctl daemon-reload; systemctl -q enable --now backup.timer; systemctl -q enable nginx "$@"; systemctl start nginx "$@"',
    ...Object.keys(units),
  )
  replaceWhileRunning(host)
  await untilDecoysRun(host)
}

function plantSchedules(host: RangeHost): void {
  put(
    host,
    '/etc/cron.d/certbot',
    `# /etc/cron.d/certbot: crontab entries for the certbot package
SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew
`,
  )
  put(
    host,
    '/etc/cron.d/healthcheck',
    '*/5 * * * * root wget -q -T 5 -t 1 -O /dev/null http://127.0.0.1:3333/health || true\n',
  )
  put(host, '/etc/cron.d/backup', '# nightly, see the runbook\n30 2 * * * root /usr/local/sbin/backup --quiet\n')
  putCrontab(
    host,
    'deploy',
    `# deploy's own jobs: ask in #ops before you change them
MAILTO=""
PATH=/usr/local/bin:/usr/bin:/bin
15 4 * * 1-5 test -d /srv/app && find /srv/app/tmp -mtime +7 -delete	# tidy
*/10 * * * * wget -q -O /dev/null http://127.0.0.1:3333/ping
`,
  )
  put(
    host,
    '/usr/local/sbin/backup',
    '#!/bin/sh\n# dumps /srv to the backup host\ntar -C / -cf - srv 2>/dev/null | gzip -9 >/dev/null\n',
    {
      mode: 0o755,
    },
  )
  put(
    host,
    '/etc/systemd/system/backup.service',
    '[Unit]\nDescription=Backup\n\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/backup\n',
  )
  put(
    host,
    '/etc/systemd/system/backup.timer',
    '[Unit]\nDescription=Backup every night\n\n[Timer]\nOnCalendar=*-*-* 03:15:00\n\n[Install]\nWantedBy=timers.target\n',
  )
}

function plantWords(host: RangeHost): void {
  put(
    host,
    '/root/ir-notes.md',
    '# March incident\nxmrig 6.x talked to stratum+tcp://pool.minexmr.example:4444 -u 48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq\nCleaned: crontab -l, /etc/ld.so.preload\n',
  )
  put(
    host,
    '/usr/local/sbin/check-miners',
    `#!/bin/sh
# words to look for: xmrig, kinsing, kdevtmpfsi, stratum+tcp://, donate-level
pgrep -fa 'xmrig|kinsing|kdevtmpfsi' | grep -v "$0" && logger -t check-miners found
exit 0
`,
    { mode: 0o755 },
  )
  put(host, '/var/log/kworker-0.log', 'nothing to see\n')
  put(host, '/var/log/auth.log', '', { mode: 0o640, group: 'adm' })
  put(host, '/etc/resolv.conf', '# fixed by the network team, do not edit\noptions timeout:1 attempts:1\n', {
    flags: 'i',
  })
  const keys = '/home/deploy/.ssh/authorized_keys'
  const login = hostFile(host, keys)
  const borg = `command="borg serve --restrict-to-path /srv/backup",restrict ssh-ed25519 ${Buffer.from('LAB borg key, not a real one, 51 bytes of nothing!!').toString('base64')} LAB backup@borg\n`
  put(host, keys, `${login}${borg}`, { mode: 0o600, owner: 'deploy' })
}

function plantPrograms(host: RangeHost): void {
  putProgram(host, '/opt/tool/bin/crunch', standIn('crunch'))
  putProgram(host, '/opt/tool/bin/reportd', standIn('crunch'))
  put(
    host,
    '/usr/local/lib/app/worker.pl',
    `# a worker that is busy for a hundredth of each second, ten times a second; the parent keeps one child
my $child = fork();
while (1) { my $x = 0; $x += sqrt($_) for 1 .. 20_000; select(undef, undef, undef, 0.1) }
`,
  )
  put(
    host,
    '/usr/local/lib/app/stream.pl',
    '$| = 1;\nwhile (1) { print rand() for 1 .. 200; select(undef, undef, undef, 0.1) }\n',
  )
  put(
    host,
    '/usr/local/lib/app/display.pl',
    'use IO::Socket::UNIX;\nmy $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die;\nsleep 1000000;\n',
  )
  put(host, '/etc/nginx/conf.d/app.conf', 'server { listen 3333; location / { return 200 "ok\\n"; } }\n')
  put(
    host,
    '/etc/nginx/nginx.conf',
    hostFile(host, '/etc/nginx/nginx.conf').replace(/^worker_processes .*;/m, 'worker_processes 1;'),
  )
}

/** As a package upgrade does: a new file under the old name, while the old one still runs. */
function replaceWhileRunning(host: RangeHost): void {
  const path = '/opt/tool/bin/reportd'
  rmSync(join(host.dir, path))
  putProgram(host, path, standIn('crunch'))
}

async function untilDecoysRun(host: RangeHost): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const alive = host.processes()
    const missing = [
      ...decoyProcesses
        .filter(({ contains, count }) => matching(alive, contains).length < count)
        .map((each) => each.contains),
      ...decoyFiles.filter(({ path }) => !existsSync(join(host.dir, path))).map((each) => each.path),
    ]
    if (missing.length === 0) return
    if (Date.now() > deadline) throw new Error(`decoys missing on ${host.name}: ${missing.join('; ')}`)
    await sleep(50)
  }
}

function unit(description: string, command: string, more: string): string {
  return `[Unit]
Description=${description}

[Service]
ExecStart=${command}
Restart=always
${more}

[Install]
WantedBy=multi-user.target
`
}

function hostFile(host: RangeHost, path: string): string {
  return readFileSync(join(host.dir, path), 'utf8')
}
