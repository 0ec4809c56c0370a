// What the script of the processes brings, section by section: looks at stat, files of each process, executables, the host's own ps. Each is read on
// its own; what was cut or refused is noted, never filled in.

import { shown } from '../host-text.ts'
import { type ProcStat, numbersOf, parseStat, parseUptime, unescapeOctal } from './proc-text.ts'
import { type Findings, type Sections, linesOf, markedContents, textOf } from './reply.ts'

/** Larger executables are not hashed: at 150 MB/s one of these takes half a second. */
export const hashMaxBytes = 64 * 1024 * 1024

export interface Look {
  readonly uptime: number
  readonly pids: readonly number[]
  readonly stats: ReadonlyMap<number, ProcStat>
}

/** One look at the stat of every process; null when the reply has none. */
export function statLook(sections: Sections, name: string): Look | null {
  const pids = numbersOf(sections.get(`pids-${name}`))
  const uptime = parseUptime(sections.get(`clock-${name}`) ?? '')
  const contents = markedContents(sections.get(`stat-${name}`) ?? '', sections.mark, pids.length)
  if (uptime === null || !contents) return null
  const stats = new Map<number, ProcStat>()
  for (const [at, pid] of pids.entries()) {
    const stat = parseStat(contents[at] ?? '')
    // another number inside means that something else is mounted there
    if (stat?.pid === pid) stats.set(pid, stat)
  }
  return { uptime, pids, stats }
}

/** file of /proc/N → pid → its content */
export function perPid(sections: Sections, pids: readonly number[]): Map<string, Map<number, string>> {
  const files = { cmdline: '\0', cgroup: '\0', io: '\0', loginuid: '\0', environ: '\n' }
  const texts = new Map<string, Map<number, string>>()
  for (const [file, terminator] of Object.entries(files)) {
    const contents = markedContents(sections.get(file) ?? '', sections.mark, pids.length, terminator)
    if (contents) texts.set(file, new Map(pids.map((pid, at) => [pid, contents[at] ?? ''])))
  }
  return texts
}

/** Processes whose folder something is mounted over. */
export function overMountedPids(mountinfo: string): Set<number> {
  const pids = new Set<number>()
  for (const line of linesOf(mountinfo)) {
    const match = /^\/proc\/(\d+)(\/|$)/.exec(unescapeOctal(line.split(' ')[4] ?? ''))
    if (match) pids.add(Number(match[1]))
  }
  return pids
}

/** What the host's own ps listed; null when it was not asked or said nothing usable. */
export function hostPs(sections: Sections, into: Pick<Findings, 'unknown'>): readonly number[] | null {
  const section = sections.get('host-ps')
  if (section === null) return null
  const lines = linesOf(section)
  const listed = numbersOf(lines.slice(1).join(' '))
  // hidepid by name since 5.8, by number before
  const hidden = /^\S+ \S+ \S+ \S+ \/proc .*hidepid=(?!0|off)/m.test(sections.get('over') ?? '')
  if (lines[0] === 'none') into.unknown('host ps', 'not-supported', 'the host has no ps', [])
  else if (hidden) into.unknown('host ps', 'not-supported', 'nobody sees no processes here: /proc has hidepid', [])
  else if (!sections.whole('host-ps-end') || listed.length === 0)
    into.unknown('host ps', 'failed', shown(textOf((lines[1] ?? 'it said nothing').slice(0, 200))), ['host-view'])
  else return listed
  return null
}

/** pid → the file it runs */
export function exeInodes(section: string): Map<number, { dev: string; inode: string }> {
  const found = new Map<number, { dev: string; inode: string }>()
  for (const line of linesOf(section)) {
    const match = /^\/proc\/(\d+)\/exe (\d+) (\d+) \d+$/.exec(line)
    if (match?.[2] !== undefined && match[3] !== undefined)
      found.set(Number(match[1]), { dev: match[2], inode: match[3] })
  }
  return found
}

/** `dev:inode` → sha256, only where the pid still ran that file after it was hashed. */
export function exeDigests(section: string, into: Pick<Findings, 'unknown'>): Map<string, string> {
  const lines = linesOf(section).map((line) => line.split(' '))
  const byPid = new Map(lines.filter(([word]) => word === 'hash').map(([, sha256 = '', pid = '']) => [pid, sha256]))
  const again = new Map(
    lines.filter(([word]) => word === 'again').map(([, dev, inode, pid = '']) => [pid, `${dev ?? ''}:${inode ?? ''}`]),
  )
  const digests = new Map<string, string>()
  let tooLarge = 0
  for (const [word, dev = '', inode = '', size = '', pid = ''] of lines) {
    if (word !== 'stat') continue
    const sha256 = byPid.get(pid)
    if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && again.get(pid) === `${dev}:${inode}`)
      digests.set(`${dev}:${inode}`, sha256)
    else if (Number(size) > hashMaxBytes) tooLarge += 1
  }
  if (tooLarge > 0) into.unknown('executables', 'skipped', `${tooLarge} over 64 MiB were not hashed`, [])
  if (!lines.some(([word]) => word === 'end'))
    into.unknown('executables', 'timed-out', 'not all were hashed in time', [])
  return digests
}

/** pid → the mapped files of note, as `maps.sh` chooses them */
export function mapsOf(section: string, into: Pick<Findings, 'unknown'>): Map<number, string[]> {
  const found = new Map<number, string[]>()
  const lines = linesOf(section)
  for (const line of lines) {
    const match = /^(\d+) (\/.*)$/.exec(line)
    if (!match) continue
    const pid = Number(match[1])
    found.set(pid, [...(found.get(pid) ?? []), unescapeOctal(match[2] ?? '')])
  }
  if (lines.at(-1) !== 'end') into.unknown('mapped files', 'timed-out', 'not all were read in time', [])
  return found
}

/** Numbers that were not asked for one by one spoil the look only when nothing else (the cgroups) lists processes independently of /proc. */
export function noteScan(sections: Sections, into: Pick<Findings, 'unknown'>): void {
  const match = /^covered (\d+) of (\d+)$/m.exec(sections.get('scan') ?? '')
  const covered = Number(match?.[1] ?? 0)
  const limit = Number(match?.[2] ?? 0)
  if (match && covered >= limit) return
  const second = /^cgroups \//m.test(sections.get('scan') ?? '')
  const how = second ? 'the rest is known from cgroups only' : 'nothing else covers the rest'
  into.unknown('process numbers', 'timed-out', `asked for ${covered} of ${limit}; ${how}`, second ? [] : ['process'])
}
