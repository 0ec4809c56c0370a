// The base image: one Debian 12 with real systemd, cron, at and sshd, as an ext4 file that every host gets a copy of.
// A real ext4 on a loop device, not an overlay: locks (chattr), extended attributes, inode numbers and renames then behave as on a server,
// a copy costs under 0.1 s, and the disk can be filled without harm. Built once, atomically; needs the network only then.
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cacheFolder, ensureTools, run, tryRun } from './machine.ts'

const suite = 'bookworm'

/** Only what a scenario or a decoy uses: each megabyte is copied for every host. */
const packages = [
  'systemd systemd-sysv dbus libpam-systemd kmod',
  'cron anacron at openssh-server sudo',
  'procps iproute2 netbase e2fsprogs attr acl wget nftables',
  'libjemalloc2 nginx', // package-owned decoys: a preload library, and a server with titled workers
]
  .join(' ')
  .split(' ')

/** Room for evidence, quarantine and tests of a full disk; the file is sparse. */
const diskSize = '1G'

/** Timers and services that only add noise or reach for the network. Everything a person would expect on a server stays on. */
const disabled = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty@.service',
  'nginx.service',
  'remote-fs.target',
  'systemd-pstore.service',
]

/** People on the host. Root logs in by key only; the others by key or by the password of this base image. */
export const people = {
  deploy: { uid: 1001, sudo: 'deploy ALL=(ALL:ALL) ALL' },
  ops: { uid: 1002, sudo: 'ops ALL=(ALL:ALL) NOPASSWD: ALL' },
  dev: { uid: 1003, sudo: null },
} as const

export interface Base {
  /** An ext4 image, never to be mounted writable: copy it. */
  readonly image: string
  /** Login password of `people`, drawn when the image was built. */
  readonly password: string
}

/** The cached base image, built first when there is none (about a minute). Two processes never build at once. */
export async function baseImage(say: (line: string) => void = () => undefined): Promise<Base> {
  ensureTools(say)
  mkdirSync(cacheFolder, { recursive: true, mode: 0o711 })
  const key = recipeDigest()
  const image = join(cacheFolder, `base-${key}.ext4`)
  const ready = (): Base | null =>
    existsSync(image) ? { image, password: readFileSync(`${image}.password`, 'utf8') } : null
  const cached = ready()
  if (cached) return cached
  const unlock = await lock(join(cacheFolder, 'base.lock'))
  try {
    const builtMeanwhile = ready()
    if (builtMeanwhile) return builtMeanwhile
    say('building the base image (once, about a minute; needs the Debian mirror)')
    build(image)
  } finally {
    unlock()
  }
  return { image, password: readFileSync(`${image}.password`, 'utf8') }
}

function build(image: string): void {
  const tree = `${image}.tree`
  const draft = `${image}.draft`
  rmSync(tree, { recursive: true, force: true })
  rmSync(draft, { force: true })
  try {
    debootstrap(tree)
    trim(tree)
    settle(tree)
    addPeople(tree, image)
    run(
      [
        'mkfs.ext4',
        '-q',
        '-F',
        '-L',
        'root',
        '-J',
        'size=8',
        '-N',
        '65536',
        '-E',
        'lazy_itable_init=1',
        '-d',
        tree,
        draft,
        diskSize,
      ],
      120_000,
    )
    run(['sync', '-f', draft], 120_000)
    renameSync(draft, image)
  } finally {
    rmSync(tree, { recursive: true, force: true })
    rmSync(draft, { force: true })
  }
}

function debootstrap(tree: string): void {
  const proxy = /'(.*)'/.exec(tryRun(['apt-config', 'shell', 'P', 'Acquire::http::Proxy']).stdout)?.[1]
  run(
    [
      'env',
      ...(proxy ? [`http_proxy=${proxy}`] : []),
      'debootstrap',
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      suite,
      tree,
      mirror(),
    ],
    900_000,
  )
}

/** The mirror this machine itself uses, so that no host name stands in the repository. */
function mirror(): string {
  const given = process.env['TOURNIQUET_RANGE_MIRROR']
  if (given) return given
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? suite
  const targets = run([
    'apt-get',
    'indextargets',
    '--format',
    '$(SITE) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  ])
  for (const line of targets.split('\n')) {
    const [site, release, component] = line.split(' ')
    if (site && component === 'main' && (release === suite || release === codename || release === 'stable')) return site
  }
  throw new Error('no Debian mirror in the apt sources of this machine: set TOURNIQUET_RANGE_MIRROR')
}

/** Documentation and package lists go, declared to dpkg, so that its database does not miss them. */
function trim(tree: string): void {
  const gone = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info']
  run([
    'sh',
    '-c',
    'cd "$1" && shift && find "$@" -mindepth 1 -delete',
    'trim',
    tree,
    ...gone,
    'var/lib/apt/lists',
    'var/cache/apt',
  ])
  const rules = gone.map((folder) => `path-exclude /${folder}/*`)
  writeFileSync(join(tree, 'etc/dpkg/dpkg.cfg.d/no-documentation'), `${rules.join('\n')}\n`)
  run([
    'sh',
    '-c',
    ': > "$1/etc/apt/sources.list"; rm -f "$1"/var/log/*.log "$1"/var/log/apt/*; rm -rf "$1"/debootstrap',
    'trim',
    tree,
  ])
}

/** Faster and quieter, without turning off anything that a real server has. */
function settle(tree: string): void {
  run(['systemctl', `--root=${tree}`, 'disable', ...disabled])
  run([
    'sh',
    '-c',
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/etc/nginx/sites-enabled/default',
    'settle',
    tree,
  ])
  writeFileSync(join(tree, 'etc/machine-id'), 'uninitialized\n')
  writeFileSync(join(tree, 'etc/resolv.conf'), '# no name server: a range host resolves by /etc/hosts alone\n')
  writeFileSync(
    join(tree, 'etc/nsswitch.conf'),
    readFileSync(join(tree, 'etc/nsswitch.conf'), 'utf8').replace(/^hosts:.*$/m, 'hosts: files'),
  )
}

function addPeople(tree: string, image: string): void {
  const password = randomBytes(9).toString('base64url')
  for (const [name, person] of Object.entries(people)) {
    run(['useradd', '-R', tree, '-m', '-u', String(person.uid), '-s', '/bin/bash', name])
    if (person.sudo === null) continue
    const rule = join(tree, 'etc/sudoers.d', name)
    writeFileSync(rule, `${person.sudo}\n`)
    chmodSync(rule, 0o440)
  }
  const lines = Object.keys(people).map((name) => `${name}:${password}`)
  run(['chroot', tree, 'chpasswd'], 30_000, `${lines.join('\n')}\n`)
  writeFileSync(`${image}.password`, password, { mode: 0o600 })
}

/** Changes when the recipe does, so an old image is never taken for a new one. */
function recipeDigest(): string {
  const recipe = JSON.stringify([suite, packages, disabled, people, diskSize, 'layout 1'])
  return createHash('sha256').update(recipe).digest('hex').slice(0, 12)
}

/** Held by a child that ends when we do: a crash cannot leave the lock behind. Resolves once it is ours. */
function lock(file: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const holder = spawn('sh', ['-c', 'exec flock -x "$1" sh -c "echo held; cat"', 'lock', file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    holder.once('error', reject)
    holder.stdout.once('data', () => {
      resolve(() => holder.stdin.end())
    })
  })
}
