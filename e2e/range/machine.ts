// The machine the range runs on: commands, the tools it needs, and whether a range can boot here at all.
// Promises: every command has a time limit and an argument vector; a failure carries what the command said.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const rangeFolder = realpathSync(dirname(fileURLToPath(import.meta.url)))
export const repositoryFolder = join(rangeFolder, '..', '..')

/** Where the base image and the disks of running hosts live. It must be a disk that ext4 images can be made on. */
export const cacheFolder = process.env['TOURNIQUET_RANGE'] ?? '/var/cache/tourniquet-range'

/** Where the state of running hosts lives; gone after a reboot, as the hosts are. */
export const runFolder = '/run/tourniquet-range'

const tools: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  nft: 'nftables',
  gcc: 'gcc',
  'musl-gcc': 'musl-tools',
  'mkfs.ext4': 'e2fsprogs',
  lsattr: 'e2fsprogs',
  getfattr: 'attr',
  ip: 'iproute2',
  nsenter: 'util-linux',
  flock: 'util-linux',
  losetup: 'mount',
}

/** What a finished command left. `code` is null when a signal or the time limit ended it. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs to the end and returns stdout; throws an Error with the command and its stderr when it fails. `limit` in milliseconds. */
export function run(argv: readonly string[], limit = 30_000, input?: string): string {
  const [command, ...rest] = argv
  if (command === undefined) throw new RangeError('an empty command')
  try {
    return execFileSync(command, rest, {
      encoding: 'utf8',
      timeout: limit,
      maxBuffer: 256 * 1024 * 1024,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-2000) : String(error)
    throw new Error(`${argv.join(' ').slice(0, 300)}: ${said}`, { cause: error })
  }
}

/** Like `run`, for clean-up: a failure is an answer, not an exception. */
export function tryRun(argv: readonly string[], limit = 30_000): Ran {
  const [command = '', ...rest] = argv
  const done = spawnSync(command, rest, { encoding: 'utf8', timeout: limit, stdio: ['ignore', 'pipe', 'pipe'] })
  return { code: done.status, stdout: done.stdout, stderr: done.stderr }
}

/** Runs without blocking the event loop; never rejects for an exit status. `limit` in milliseconds. */
export function runAside(
  argv: readonly string[],
  options: { readonly limit?: number; readonly input?: string | Uint8Array } = {},
): Promise<Ran> {
  const [command = '', ...rest] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), options.limit ?? 60_000)
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
    child.stdin.on('error', () => undefined) // a command that does not read its input is no failure
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

/** Why no range can boot on this machine, in one sentence; null when one can (tools may still have to be installed). */
export function rangeUnavailable(): string | null {
  if (process.platform !== 'linux') return 'range hosts need Linux'
  if (process.arch !== 'x64') return 'range hosts are built for x86_64 only'
  if (process.getuid?.() !== 0) return 'range hosts need root'
  if (!existsSync('/sys/fs/cgroup')) return 'no cgroup file system is mounted'
  if (!/(^|\n)nodev\s+cgroup2\n/.test(readFileSync('/proc/filesystems', 'utf8'))) return 'this kernel has no cgroup v2'
  try {
    accessSync('/dev/loop-control', constants.R_OK | constants.W_OK)
  } catch {
    return 'no loop devices (/dev/loop-control): a host disk cannot be mounted'
  }
  const missing = missingPackages()
  if (missing.length > 0 && !hasCommand('apt-get'))
    return `missing ${missing.join(', ')}, and there is no apt-get to install them with`
  return null
}

/** Installs, with apt-get, whatever the range needs and the machine lacks. Throws with apt's words when that fails. */
export function ensureTools(say: (line: string) => void = () => undefined): void {
  const missing = missingPackages()
  if (missing.length === 0) return
  say(`installing ${missing.join(' ')}`)
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
  tryRun([...quiet, 'update'], 300_000)
  run([...quiet, 'install', '--no-install-recommends', ...missing], 600_000)
  const still = missingPackages()
  if (still.length > 0) throw new Error(`still missing after apt-get: ${still.join(' ')}`)
}

/** True when the process with that pid is the one that was born then (field 22 of its stat), so a reused pid is not taken for it. */
export function isAlive(pid: number, birth: string): boolean {
  return birthOf(pid) === birth
}

/** Start time of a process in clock ticks since boot, or null when there is none. */
export function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return (
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .at(19) ?? null
    )
  } catch {
    return null // no such process
  }
}

export function missingPackages(): readonly string[] {
  const missing = Object.entries(tools).filter(([command]) => !hasCommand(command))
  const packages = missing.map(([, name]) => name)
  if (!existsSync('/usr/share/keyrings/debian-archive-keyring.gpg')) packages.push('debian-archive-keyring')
  if (!existsSync('/usr/include/stdio.h')) packages.push('libc6-dev') // only recommended by gcc, and we install without those
  return [...new Set(packages)]
}

export function hasCommand(name: string): boolean {
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  return folders.some((folder) => existsSync(join(folder, name)))
}
