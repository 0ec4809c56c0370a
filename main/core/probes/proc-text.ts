// The text files of /proc/PID, parsed as the kernel writes them. Pure; each returns null for what it cannot be sure of.

/** /proc/PID/stat. Field numbers as in proc(5). Ticks are decimal strings of 1/100 s. */
export interface ProcStat {
  readonly pid: number
  readonly comm: string
  readonly state: string
  readonly ppid: number
  readonly session: number
  readonly ttyNr: number
  readonly flags: number
  readonly ticks: number
  readonly nice: number
  readonly threads: number
  readonly startTime: string
  readonly rssPages: number
}

/** PF_KTHREAD of include/linux/sched.h: only the kernel sets it, so a name in brackets proves nothing and this does. */
export const kernelThreadFlag = 0x0020_0000

/** `comm` may hold anything, `) R 1 ` included: it ends at the last `)`, because every later field is a number. */
export function parseStat(text: string): ProcStat | null {
  const open = text.indexOf(' (')
  const close = text.lastIndexOf(') ')
  if (open === -1 || close < open + 2) return null
  const head = text.slice(0, open)
  const fields = text
    .slice(close + 2)
    .trimEnd()
    .split(' ')
  if (!/^\d+$/.test(head) || fields.length < 22) return null
  const numbers = fields.slice(1, 22)
  if (!numbers.every((field) => /^-?\d+$/.test(field))) return null
  // fields[0] is field 3 of proc(5)
  const at = (field: number): number => Number(fields[field - 3])
  return {
    pid: Number(head),
    comm: text.slice(open + 2, close),
    state: fields[0] ?? '?',
    ppid: at(4),
    session: at(6),
    ttyNr: at(7),
    flags: at(9),
    ticks: at(14) + at(15),
    nice: at(19),
    threads: at(20),
    startTime: fields[22 - 3] ?? '0',
    rssPages: at(24),
  }
}

/** The chosen lines of /proc/PID/status. */
export interface ProcStatus {
  readonly tgid: number
  readonly uid: number
  readonly euid: number
  readonly tracerPid: number
  readonly rssKiB: number
  readonly allowedCpus: string
  readonly innerPids: readonly number[]
}

/** `grep -H` output over many status files → pid → fields. The kernel escapes newlines in names there, so a line is a line. */
export function parseStatusLines(section: string): ReadonlyMap<number, ProcStatus> {
  const found = new Map<number, Map<string, string>>()
  for (const line of section.split('\n')) {
    const match = /^\/proc\/(\d+)\/status:([A-Za-z_]+):\s*(.*)$/.exec(line)
    if (!match) continue
    const pid = Number(match[1])
    const fields = found.get(pid) ?? new Map<string, string>()
    fields.set(match[2] ?? '', match[3] ?? '')
    found.set(pid, fields)
  }
  const parsed = new Map<number, ProcStatus>()
  for (const [pid, fields] of found) {
    const uids = numbersOf(fields.get('Uid'))
    const [uid, euid] = uids
    if (uid === undefined || euid === undefined) continue
    parsed.set(pid, {
      tgid: Number(fields.get('Tgid') ?? pid),
      uid,
      euid,
      tracerPid: Number(fields.get('TracerPid') ?? 0),
      rssKiB: numbersOf(fields.get('VmRSS'))[0] ?? 0,
      allowedCpus: fields.get('Cpus_allowed_list') ?? '',
      innerPids: numbersOf(fields.get('NSpid')),
    })
  }
  return parsed
}

/** rchar + wchar of /proc/PID/io as a decimal string; null when it was not readable. */
export function parseIo(text: string): string | null {
  const read = /^rchar: (\d+)$/m.exec(text)?.[1]
  const written = /^wchar: (\d+)$/m.exec(text)?.[1]
  return read === undefined || written === undefined ? null : String(BigInt(read) + BigInt(written))
}

/** The kernel writes 2^32-1 for "never set". */
export function parseLoginUid(text: string): number | null {
  const uid = Number(text.trim())
  return text.trim() === '' || !Number.isInteger(uid) || uid === 0xffff_ffff ? null : uid
}

/** Seconds of /proc/uptime; null when it does not look like one. */
export function parseUptime(text: string): number | null {
  const first = /^(\d+\.\d+)\b/.exec(text)?.[1]
  return first === undefined ? null : Number(first)
}

/** Undoes the octal escapes of mountinfo and maps (blank, tab, newline, backslash). */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** Numbers separated by blanks; what is not one is left out. */
export function numbersOf(text: string | null | undefined): number[] {
  return (text ?? '')
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)
}
