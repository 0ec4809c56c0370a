// What cron makes of a file, line by line. Pure. A comment is no entry; everything else is, also what cron itself would refuse.
// Strings are latin-1 (one char, one byte), as everywhere between a reply and a fact.

import { cronPeriod, timeSpan } from './cron-period.ts'

export interface CronLine {
  /** 1-based */
  readonly line: number
  readonly raw: string
  readonly form: 'entry' | 'environment'
  readonly schedule: string | null
  readonly periodSeconds: number | null
  /** null in tables without a user column, and where the line could not be read */
  readonly user: string | null
  readonly command: string
  readonly disguised: boolean
}

/** A pager shows at most about this many columns: blanks beyond push the rest out of sight. */
const blankRun = 120

/** True for bytes that make a line look like something else on a screen: CR, ESC, NUL, and long runs of blanks. */
export function isDisguised(text: string): boolean {
  return /[\r\x1b\0]/.test(text) || new RegExp(`[ \\t]{${blankRun},}`).test(text)
}

/**
 * Lines of a crontab; `columns` tells whether a user column follows the schedule (`/etc/crontab`, `cron.d`), or the four columns of anacrontab.
 * Every line that is neither empty nor a comment is returned, at most `most`; `rest` counts the lines that were not looked at.
 */
export function parseCrontab(
  content: string,
  columns: 'user' | 'no-user' | 'anacron',
  most: number,
): { readonly lines: readonly CronLine[]; readonly rest: number } {
  const all = content.split('\n')
  const lines: CronLine[] = []
  let at = 0
  for (; at < all.length && lines.length < most; at++) {
    const raw = all[at] ?? ''
    const text = raw.replace(/^[ \t]+/, '')
    if (text === '' || text.startsWith('#')) continue
    lines.push({ line: at + 1, raw, disguised: isDisguised(raw), ...readLine(text, columns) })
  }
  return { lines, rest: all.slice(at).filter((line) => line !== '').length }
}

type Reading = Pick<CronLine, 'form' | 'schedule' | 'periodSeconds' | 'user' | 'command'>

const assignment = /^("[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*)[ \t]*=/

function readLine(text: string, columns: 'user' | 'no-user' | 'anacron'): Reading {
  const bare: Reading = { form: 'entry', schedule: null, periodSeconds: null, user: null, command: text }
  if (assignment.test(text)) return { ...bare, form: 'environment' }
  if (columns === 'anacron') return anacronLine(text) ?? bare
  // cronie lets a leading minus keep the run out of the log
  const words = text.replace(/^-(?=[0-9*@])/, '')
  const scheduled =
    /^(@[A-Za-z_]+)[ \t]+([^]*)$/.exec(words) ?? /^((?:[^ \t]+[ \t]+){4}[^ \t]+)[ \t]+([^]*)$/.exec(words)
  if (scheduled?.[1] === undefined || scheduled[2] === undefined || !looksLikeSchedule(scheduled[1])) return bare
  const reading = { ...bare, schedule: scheduled[1], periodSeconds: cronPeriod(scheduled[1]) }
  if (columns === 'no-user') return { ...reading, command: scheduled[2] }
  const [, user, command] = /^([^ \t]+)(?:[ \t]+([^]*))?$/.exec(scheduled[2]) ?? []
  return { ...reading, user: user ?? null, command: command ?? '' }
}

function looksLikeSchedule(text: string): boolean {
  return text.startsWith('@') || /^[0-9*,/~a-zA-Z-]+([ \t]+[0-9*,/~a-zA-Z-]+){4}$/.test(text)
}

/** `period delay job-id command`; the period is in days or `@monthly`. */
function anacronLine(text: string): Reading | null {
  const match = /^(\d+|@[a-z]+)[ \t]+(\d+)[ \t]+([^ \t]+)[ \t]+([^]*)$/.exec(text)
  const every = match?.[1]
  if (!match || every === undefined) return null
  const period = every.startsWith('@') ? cronPeriod(every) : timeSpan(`${every}d`)
  return { form: 'entry', schedule: every, periodSeconds: period, user: 'root', command: match[4] ?? '' }
}

/** Redis writes its dump over a crontab and relies on cron to skip what it cannot read: magic or NUL bytes tell such a file. */
export function isBinary(content: string): boolean {
  return content.includes('\0') || content.startsWith('REDIS') || content.startsWith('\x7fELF')
}

/** Absolute paths named in a command, in order, without repeats, at most 16. Parts of URLs and /dev/null are left out. */
export function pathsIn(command: string): string[] {
  const found = new Set<string>()
  for (const match of command.matchAll(/(?:^|[\s"'=;|&(<>`{!,@+-])(\/(?!\/)[^\s"'`;|&()<>$,{}*?]+)/g)) {
    const path = match[1]?.replace(/\/+$/, '')
    if (path !== undefined && path !== '' && path !== '/dev/null') found.add(path)
    if (found.size === 16) break
  }
  return [...found]
}
