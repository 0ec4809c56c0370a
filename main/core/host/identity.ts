// Who a process or a file is. A number or a name alone is never an identity: PIDs are reused, paths are replaced.

import type { HostText } from '../host-text.ts'

/** A process: valid for one boot. `startTime` is field 22 of /proc/PID/stat (clock ticks since boot, decimal). */
export interface ProcessIdentity {
  readonly bootId: string
  readonly pid: number
  readonly startTime: string
  /** `major:minor`-independent st_dev and st_ino of /proc/PID/exe, decimal; null for kernel threads and unreadable links */
  readonly exeDev: string | null
  readonly exeInode: string | null
  /** lower-case hex over the bytes of /proc/PID/exe; null when it was not read */
  readonly exeSha256: string | null
}

/** A file as it stood: any of the three differing means it is not the file that was planned. `sha256` is null for what has no bytes (links, sockets) and for what was not hashed. */
export interface FileIdentity {
  readonly dev: string
  readonly inode: string
  readonly sha256: string | null
}

/** What lstat, lsattr and getfattr say of a file, enough to put it back. 64-bit numbers as decimal strings, times as seconds.nanoseconds. */
export interface FileMeta {
  readonly path: HostText
  readonly identity: FileIdentity
  readonly type: 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'char'
  /** permission bits with suid/sgid/sticky, octal, four digits or more */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly size: string
  readonly nlink: number
  readonly mtime: string
  readonly ctime: string
  /** birth time, null where the file system or kernel has none */
  readonly btime: string | null
  /** inode flags as letters of lsattr (only those set, e.g. `ai`), null when they cannot be read */
  readonly flags: string | null
  /** name → value bytes in base64, security.*, system.posix_acl_*, user.*, trusted.* ; null when they cannot be read */
  readonly xattrs: Readonly<Record<string, string>> | null
  /** for symlinks */
  readonly linkTarget: HostText | null
}
