// What every file of a host is, read from outside through its mounted disk: the oracle for "nothing else was touched" and "undo brought
// it back". Names are bytes, kept as latin1 strings (one character a byte) so that hostile names survive; show them with `shownPath`.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './machine.ts'

export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'link' | 'socket' | 'fifo' | 'device'
  /** Permission bits with setuid, setgid and sticky, octal. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  readonly inode: string
  /** Files only: sha256 of the bytes. */
  readonly sha256?: string
  /** Files only. */
  readonly size?: string
  /** Not for directories, whose time changes with any neighbour. Nanoseconds since 1970. */
  readonly mtime?: string
  readonly target?: string
  /** Letters of lsattr without `e` and `I`, which the file system chooses for itself. */
  readonly flags?: string
  /** `name=0xhex` lines, sorted: ACLs and capabilities are among them. */
  readonly xattrs?: string
}

/** Path on the host (latin1, from `/`) to what is there. */
export type Tree = ReadonlyMap<string, TreeEntry>

/** One difference: `fields` names what changed of an entry that is in both. */
export interface TreeChange {
  readonly path: string
  readonly change: 'appeared' | 'gone' | 'changed'
  readonly fields: readonly string[]
  readonly before?: TreeEntry
  readonly after?: TreeEntry
}

/**
 * What a living host changes by itself: login records, seeds and time stamps of its own daemons, and logs that only grow.
 * A path ending in `/` stands for all below it. Nothing here is a place where malware, a decoy or our quarantine could live.
 */
export const livingPaths: readonly string[] = [
  '/var/log/wtmp',
  '/var/log/btmp',
  '/var/log/lastlog',
  '/var/log/faillog',
  '/var/log/journal/',
  '/var/log/nginx/',
  '/var/log/backup.log',
  '/var/lib/systemd/random-seed',
  '/var/lib/systemd/timers/',
  '/var/lib/systemd/linger/',
  '/var/lib/private/',
  '/var/spool/anacron/',
  '/var/spool/cron/atjobs/.SEQ',
  '/var/backups/',
  '/etc/.pwd.lock',
]

/** Reads the tree under `root`; only below `paths` (host paths) when given. Batches lsattr and getfattr: about a second for a whole host. */
export function snapshotTree(root: string, paths: readonly string[] = ['/']): Tree {
  const entries = new Map<string, TreeEntry>()
  for (const path of paths) walk(root, path === '/' ? '' : path.replace(/\/$/, ''), entries)
  const flags = readFlags(
    root,
    [...entries].filter(([, { type }]) => type === 'file' || type === 'directory').map(([path]) => path),
  )
  const xattrs = readXattrs(root, [...entries.keys()])
  for (const [path, entry] of entries) {
    const locks = flags.get(path)
    const attributes = xattrs.get(path)
    entries.set(path, { ...entry, ...(locks ? { flags: locks } : {}), ...(attributes ? { xattrs: attributes } : {}) })
  }
  return entries
}

/** What differs, in path order. `ignore` extends `livingPaths`; `ignoreFields` drops fields (an inode changes when a file is rewritten). */
export function diffTrees(
  before: Tree,
  after: Tree,
  options: { readonly ignore?: readonly string[]; readonly ignoreFields?: readonly (keyof TreeEntry)[] } = {},
): readonly TreeChange[] {
  const ignored = [...livingPaths, ...(options.ignore ?? [])]
  const skip = (path: string) => ignored.some((each) => path === each || (each.endsWith('/') && path.startsWith(each)))
  const changes: TreeChange[] = []
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (skip(path)) continue
    const old = before.get(path)
    const now = after.get(path)
    if (!old && now) changes.push({ path, change: 'appeared', fields: [], after: now })
    else if (old && !now) changes.push({ path, change: 'gone', fields: [], before: old })
    else if (old && now) {
      const fields = changedFields(old, now).filter((field) => !options.ignoreFields?.includes(field))
      if (fields.length > 0) changes.push({ path, change: 'changed', fields, before: old, after: now })
    }
  }
  return changes
}

/** One line a change, for a test's message. */
export function describeChanges(changes: readonly TreeChange[]): string {
  return changes
    .map(({ path, change, fields, before, after }) => {
      const details = fields.map((field) => {
        const key = field as keyof TreeEntry
        return `${field} ${String(before?.[key] ?? '-').slice(0, 24)} → ${String(after?.[key] ?? '-').slice(0, 24)}`
      })
      return `${change} ${shownPath(path)}${details.length > 0 ? `: ${details.join(', ')}` : ''}`
    })
    .join('\n')
}

/** A latin1 path with everything but printable ASCII escaped. */
export function shownPath(path: string): string {
  return path.replace(/[^ -~]|\\/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function walk(root: string, path: string, entries: Map<string, TreeEntry>): void {
  const real = bytes(root + path)
  const stat = lstatSync(real, { bigint: true, throwIfNoEntry: false })
  if (!stat) return
  const common = {
    mode: (stat.mode & 0o7777n).toString(8),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    inode: String(stat.ino),
  }
  const mtime = String(stat.mtimeNs)
  const name = path === '' ? '/' : path
  if (stat.isDirectory()) {
    entries.set(name, { type: 'directory', ...common })
    for (const child of readdirSync(real, 'latin1')) walk(root, `${path}/${child}`, entries)
  } else if (stat.isFile()) {
    const sha256 = createHash('sha256').update(readFileSync(real)).digest('hex')
    entries.set(name, { type: 'file', ...common, sha256, size: String(stat.size), mtime })
  } else if (stat.isSymbolicLink()) {
    entries.set(name, { type: 'link', ...common, mtime, target: readlinkSync(real, 'latin1') })
  } else {
    const type = stat.isSocket() ? 'socket' : stat.isFIFO() ? 'fifo' : 'device'
    entries.set(name, { type, ...common, mtime })
  }
}

function changedFields(before: TreeEntry, after: TreeEntry): readonly (keyof TreeEntry)[] {
  const fields = [
    'type',
    'mode',
    'uid',
    'gid',
    'inode',
    'sha256',
    'size',
    'mtime',
    'target',
    'flags',
    'xattrs',
  ] as const
  return fields.filter((field) => before[field] !== after[field])
}

/** lsattr answers one line a path, in order; a name with a line break is asked alone. */
function readFlags(root: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const keep = (path: string, line: string) => {
    const flags = (line.split(' ')[0] ?? '').replace(/[-eI]/g, '')
    if (flags !== '') found.set(path, flags)
  }
  const plain = paths.filter((path) => !path.includes('\n'))
  const lines = batch(['lsattr', '-d', '--'], root, plain).split('\n')
  if (lines.length !== plain.length + 1)
    throw new Error(`lsattr answered ${lines.length - 1} lines for ${plain.length} paths`)
  for (const [at, path] of plain.entries()) keep(path, lines[at] ?? '')
  for (const path of paths) if (path.includes('\n')) keep(path, batch(['lsattr', '-d', '--'], root, [path]))
  return found
}

/** getfattr answers blocks: `# file: PATH` with octal escapes, then `name=0xhex` lines, then a blank line. */
function readXattrs(root: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const text = batch(['getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '--absolute-names', '--'], root, paths)
  const found = new Map<string, string>()
  for (const block of text.split('\n\n')) {
    const [head = '', ...lines] = block.trim().split('\n')
    if (!head.startsWith('# file: ')) continue
    const path = head
      .slice('# file: '.length)
      .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    found.set(path.slice(root.length) || '/', lines.sort().join('\n'))
  }
  return found
}

function batch(command: readonly string[], root: string, paths: readonly string[]): string {
  if (paths.length === 0) return ''
  const input = paths.map((path) => join(root, path === '/' ? '' : path)).join('\0')
  return run(['xargs', '-0', ...command], 120_000, input)
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}
