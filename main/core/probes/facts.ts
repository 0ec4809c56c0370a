// Facts: what probes read, typed, before anyone judges. A fact never says "bad". What could not be read is in the outcome, as unknown with its reason.

import type { HostText } from '../host-text.ts'
import type { FileMeta, ProcessIdentity } from '../host/identity.ts'
import type { Tri } from '../tri.ts'
import type {
  AccountFact,
  AuthorizedKeyFact,
  PamRuleFact,
  SetuidShellFact,
  SshdSettingFact,
  SudoRuleFact,
} from './facts-access.ts'
import type { ScheduleFact, StartupFact, UnitFact } from './facts-start.ts'
import type { BinaryFact, NameRuleFact } from './facts-system.ts'

export type * from './facts-access.ts'
export type * from './facts-start.ts'
export type * from './facts-system.ts'

/** One process, seen three ways. Tick counts are in clock ticks (USER_HZ, 100 per second), decimal strings. */
export interface ProcessFact {
  readonly kind: 'process'
  readonly identity: ProcessIdentity
  readonly ppid: number
  readonly comm: HostText
  /** argv joined by one blank for reading, cut at 4 KiB */
  readonly cmdline: HostText
  /** true when the command line went on after the cut */
  readonly cmdlineCut: boolean
  readonly argv0: HostText | null
  /** target of /proc/PID/exe without ` (deleted)`; null when unreadable (kernel thread) */
  readonly exe: HostText | null
  readonly exeDeleted: boolean
  readonly exeMemfd: boolean
  readonly cwd: HostText | null
  readonly uid: number
  readonly euid: number
  readonly session: number
  readonly ttyNr: number
  readonly state: string
  readonly threads: number
  readonly nice: number
  readonly kernelThread: boolean
  readonly cgroup: HostText
  readonly tracerPid: number
  readonly rssKiB: number
  readonly loginUid: number | null
  /** share of one core over the sample window, in thousandths (1000 = one core busy); null when sampled once only */
  readonly cpuPermille: number | null
  /** the same over the life of the process */
  readonly cpuLifePermille: number | null
  /** seconds since the process started */
  readonly ageSeconds: number
  readonly allowedCpus: HostText
  /** bytes read+written through syscalls since start (rchar+wchar), decimal; null when not permitted */
  readonly ioBytes: string | null
  /** names of environment variables that matter: LD_*, BASH_ENV, HISTFILE, PATH …, as NAME=value */
  readonly environ: readonly HostText[] | null
  /** paths of mapped files that look like libraries outside the library directories, or preloaded ones */
  readonly mapsOfNote: readonly HostText[]
  /** present in our own readdir of /proc */
  readonly inReaddir: Tri
  /** present in the host's own ps */
  readonly inHostPs: Tri
  readonly overMounted: boolean
  /** in a mount or pid namespace other than PID 1's */
  readonly foreignNamespace: Tri
  /** in a pid namespace other than PID 1's: a container, seldom anything else (a service with PrivateTmp has only its own mount namespace) */
  readonly foreignPidNamespace: Tri
  /** part of our own session chain */
  readonly ours: boolean
}

export interface SocketFact {
  readonly kind: 'socket'
  readonly protocol: 'tcp' | 'udp'
  readonly family: 'ipv4' | 'ipv6'
  /** text form; v4-mapped v6 addresses are written as v4 */
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** kernel state name: established, syn-sent, listen, time-wait, … */
  readonly state: string
  readonly inode: string
  readonly uid: number
  /** pids that hold it, ascending; empty when no visible process does */
  readonly pids: readonly number[]
  readonly netns: string
}

/** A daemon that runs schedules: cron, atd, anacron, busybox crond, fcron … */
export interface SchedulerDaemonFact {
  readonly kind: 'scheduler-daemon'
  readonly identity: ProcessIdentity
  readonly name: 'cron' | 'atd' | 'anacron' | 'busybox-crond' | 'fcron' | 'other'
  readonly exe: HostText
  readonly paused: boolean
}

/** One line of /etc/ld.so.preload, with what it points at. */
export interface PreloadFact {
  readonly kind: 'preload'
  readonly file: FileMeta
  readonly line: number
  readonly raw: HostText
  readonly library: HostText
  /** null when the library is absent or unreadable: `libraryState` says which */
  readonly libraryMeta: FileMeta | null
  readonly libraryState: 'present' | 'absent' | 'unknown'
  /** pids whose maps carry the library, at most 4096 */
  readonly carriers: readonly number[]
}

/** A mount that lies over something it should not: /proc/N, system directories. */
export interface MountFact {
  readonly kind: 'mount'
  readonly mountId: number
  readonly point: HostText
  readonly root: HostText
  readonly source: HostText
  readonly fsType: HostText
  readonly options: HostText
  readonly seenInPid: number
}

/** A file of interest: executables of processes, files named by schedules, preloaded libraries; with package truth where there is any. */
export interface FileFact {
  readonly kind: 'file'
  readonly meta: FileMeta
  /** package that owns the path, after usrmerge and diversions */
  readonly package: HostText | null
  readonly owned: Tri
  /** bytes equal the package's own checksum on the host: consistency, not proof */
  readonly checksum: Tri
  /** first bytes: ELF, script, text, data, empty */
  readonly content: 'elf' | 'script' | 'text' | 'data' | 'empty' | 'none'
  /** true for a settings file of its package: owners change those, so a differing checksum says little */
  readonly conffile: boolean
  /**
   * what points here: `process:PID` (runs this very inode), `deleted-exe:PID` (ran another file of this name), `schedule:PATH:LINE`,
   * `preload:LINE`, `recent` (changed lately, or executable, in a folder where everyone may write), `root-dotfile`
   */
  readonly namedBy: readonly string[]
}

/** The host's own words, as evidence of hijack: what its ps said. */
export interface HostViewFact {
  readonly kind: 'host-view'
  readonly tool: 'ps'
  readonly pids: readonly number[]
}

/** The machine: cores, uptime, clock, init, distribution, containers, cloud. */
export interface MachineFact {
  readonly kind: 'machine'
  readonly cpus: number
  readonly uptimeSeconds: number
  readonly init: 'systemd' | 'sysv' | 'openrc' | 'busybox' | 'other'
  readonly distribution: HostText
  readonly container: Tri
  readonly packageManager: 'dpkg' | 'rpm' | 'apk' | 'none'
  readonly cgroup: 'v1' | 'v2' | 'hybrid' | 'none'
  /** cloud vendor and instance id where DMI or cloud-init tell, e.g. `aliyun`, `tencentcloud`, `aws` */
  readonly cloud: { readonly vendor: string; readonly instance: HostText | null } | null
}

/** A login or an authentication failure burst, from auth logs. */
export interface LoginFact {
  readonly kind: 'login'
  readonly what: 'failed-burst' | 'accepted' | 'accepted-after-burst'
  readonly user: HostText
  readonly from: HostText
  readonly count: number
  readonly first: HostText
  readonly last: HostText
  readonly source: HostText
  /** the connections it was done by, latest last: their port at the other end, and the fingerprint (`SHA256:…`) of the key where the log names one */
  readonly sessions: readonly { readonly port: number; readonly key: string | null }[]
}

export type Fact =
  | ProcessFact
  | SocketFact
  | ScheduleFact
  | SchedulerDaemonFact
  | PreloadFact
  | MountFact
  | FileFact
  | HostViewFact
  | MachineFact
  | LoginFact
  | UnitFact
  | StartupFact
  | AuthorizedKeyFact
  | SshdSettingFact
  | AccountFact
  | SudoRuleFact
  | PamRuleFact
  | SetuidShellFact
  | BinaryFact
  | NameRuleFact

export type FactKind = Fact['kind']
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>

/** A reason why something is unknown. `detail` is ours or host text in shown form. */
export interface Unknown {
  readonly probe: string
  /** what could not be read, e.g. a path */
  readonly what: string
  readonly reason:
    'failed' | 'timed-out' | 'truncated' | 'not-permitted' | 'not-supported' | 'unparseable' | 'link-lost' | 'skipped'
  readonly detail: string
  /** fact kinds that may be missing because of it */
  readonly spoils: readonly FactKind[]
}

/** What one probe brought: facts, what stays unknown, and the raw replies it read them from (kept as exhibits by the engine). */
export interface ProbeOutcome {
  readonly probe: string
  readonly facts: readonly Fact[]
  readonly unknowns: readonly Unknown[]
  readonly raw: readonly RawReading[]
}

export interface RawReading {
  /** e.g. `processes/stat`, stable per probe */
  readonly name: string
  readonly request: string
  readonly bytes: Uint8Array
  readonly truncated: boolean
  readonly hostTime: string
}
