// Logins and bursts of failures, from the text logs of sshd and the binary records beside them. Both can be forged by anyone who is root: these are
// facts about the logs.

import { shown } from '../host-text.ts'
import type { HostRequest } from '../host/session.ts'
import type { Arch } from '../host/toolbox.ts'
import type { LoginFact } from './facts.ts'
import { type LoginRecord, parseLoginRecords } from './login-records.ts'
import recordsScript from './login-records.sh?raw'
import script from './logins.sh?raw'
import type { Probe } from './probe.ts'
import {
  type Findings,
  type Sections,
  ask,
  bytesOf,
  complaint,
  gather,
  linesOf,
  parseSections,
  textOf,
} from './reply.ts'

/** Read from the end of each log: about 20 000 lines, a day of brute force on a busy address. */
const tailBytes = 2 * 1024 * 1024
const keptBytes = 768 * 1024
/** Of each binary file: 2000 records, a day of guessing or years of logins. Four files stay below the limit of a reply. */
const recordBytes = 768 * 1024
const recordFiles = ['/var/log/wtmp.1', '/var/log/wtmp', '/var/log/btmp.1', '/var/log/btmp']
/** This many failures from one address are a burst: a person mistypes three times, twice over. */
const burst = 6
/** Facts per kind; an address list of a botnet is long and says nothing more. */
const maxFacts = 500
/** Connections told of one account and address: the live ones are among the last. */
const maxSessions = 64

export const logins: Probe = {
  id: 'logins',
  after: [],
  async read(context) {
    const into = gather('logins')
    const [logs, records] = await Promise.all([
      ask(context, into, 'logins/logs', request(script, 'logins', tailBytes, keptBytes), ['login']),
      ask(context, into, 'logins/records', request(recordsScript, 'login-records', recordBytes, ...recordFiles), [
        'login',
      ]),
    ])
    const lines = logs && parseLogs(logs.stdout, into)
    if (logs && !lines) into.unknown('logins/logs', 'unparseable', complaint(logs), ['login'])
    const binary = records && parseRecords(records.stdout, context.session.arrival.arch, into)
    if (records && !binary) into.unknown('logins/records', 'unparseable', complaint(records), ['login'])
    into.facts.push(...loginFacts(together(lines ?? [], binary ?? [])))
    return into.outcome()
  },
}

function request(text: string, name: string, ...args: readonly (string | number)[]): HostRequest {
  return { argv: ['sh', '-c', text, name, ...args.map(String)], stdoutLimit: 4 * 1024 * 1024 }
}

/** Lines of the text logs, oldest first. Null when the reply is not one of our script. */
export function parseLogs(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): LogLine[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const logs = sections.entries('log ')
  for (const [name] of logs) {
    const path = name.slice('log '.length)
    if (Number(sections.get(`size ${path}`)?.trim() ?? 0) > tailBytes)
      into.unknown(path, 'truncated', `only its last ${tailBytes} bytes were read`, [])
  }
  noteDenied(sections, into)
  if (logs.length === 0) {
    const journal = (sections.get('journal') ?? '').trim() !== ''
    into.unknown(
      'authentication logs',
      'not-supported',
      journal
        ? 'only the binary journal holds them: logins are known from wtmp, and of failures only the guessed passwords that btmp has'
        : 'there are none: logins are known from wtmp, and of failures only the guessed passwords that btmp has',
      ['login'],
    )
  }
  return logs.flatMap(([name, content]) =>
    linesOf(content).flatMap((line) => readLine(line, name.slice('log '.length)) ?? []),
  )
}

/** Logins and refusals of the binary records, oldest first. Null when the reply is not one of our script. */
export function parseRecords(stdout: Uint8Array, arch: Arch, into: Pick<Findings, 'unknown'>): LogLine[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  noteDenied(sections, into)
  const found = sections.entries('file ').flatMap(([name, numbers]) => {
    const path = name.slice('file '.length)
    const [size = 0, start = 0] = numbers.trim().split(' ').map(Number)
    const bytes = bytesOf(sections.get(`records ${path}`) ?? '')
    const { records, odd } = parseLoginRecords(
      bytes,
      start,
      arch,
      path.startsWith('/var/log/btmp') ? 'failed' : 'accepted',
    )
    if (!sections.whole(`records ${path}`) || bytes.length < size - start)
      into.unknown(path, 'truncated', 'not all of it came', ['login'])
    else if (start > 0) into.unknown(path, 'truncated', `only its last ${size - start} bytes were read`, [])
    if (odd > 0) into.unknown(path, 'unparseable', `${odd} pieces of it are no login record`, [])
    return records.map((record) => ({ record, source: path }))
  })
  return found
    .sort((a, b) => a.record.seconds - b.record.seconds)
    .map(({ record, source }) => recordLine(record, source))
}

function recordLine({ outcome, user, from, seconds }: LoginRecord, source: string): LogLine {
  const time = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
  return { outcome, time, user, from, count: 1, source, port: null, key: null }
}

function noteDenied(sections: Sections, into: Pick<Findings, 'unknown'>): void {
  for (const [name] of sections.entries('denied '))
    into.unknown(shown(textOf(name.slice('denied '.length))), 'not-permitted', 'this login may not read it', ['login'])
}

/**
 * The records first, without what the logs tell as well: the same login stands in both. What only the records have is older than the logs, or was
 * taken out of them.
 */
export function together(lines: readonly LogLine[], records: readonly LogLine[]): LogLine[] {
  const key = ({ outcome, from, user }: LogLine): string =>
    outcome === 'accepted' ? `in ${from} ${user}` : `out ${from}`
  const logged = new Set(lines.map(key))
  return [...records.filter((record) => !logged.has(key(record))), ...lines]
}

type Outcome = 'accepted' | 'failed' | 'invalid' | 'closed'

interface LogLine {
  readonly outcome: Outcome
  readonly time: string
  readonly user: string
  readonly from: string
  readonly count: number
  readonly source: string
  /** port at the other end and fingerprint of the key, where the line names them */
  readonly port: number | null
  readonly key: string | null
}

const patterns: readonly (readonly [Outcome, RegExp])[] = [
  ['accepted', /^Accepted \S+ for (.*) from (\S+) port \d+/],
  ['failed', /^Failed \S+ for (?:invalid user )?(.*) from (\S+) port \d+/],
  ['invalid', /^Invalid user (.*) from (\S+)/],
  ['closed', /^Connection closed by (?:authenticating|invalid) user (.*) (\S+) port \d+ \[preauth\]/],
]

/** `Nov 21 03:04:05 host sshd[1]: …` or an RFC 3339 time instead; `message repeated N times: […]` counts N. A user name may hold anything but a newline. */
function readLine(line: string, source: string): LogLine | null {
  const match = /^(\w{3} +\d+ [\d:]+|\d{4}-\S+) \S+ sshd(?:-session)?(?:\[\d+\])?: ([^]*)$/.exec(line)
  if (match?.[1] === undefined || match[2] === undefined) return null
  const repeated = /^message repeated (\d+) times: \[ ?([^]*)\]$/.exec(match[2])
  const message = repeated?.[2] ?? match[2]
  for (const [outcome, pattern] of patterns) {
    const [, user, from] = pattern.exec(message) ?? []
    if (user === undefined || from === undefined) continue
    const [, port, key = null] = / port (\d{1,5})(?: ssh2(?:: \S+ (SHA256:[A-Za-z0-9+/]{43})\b)?)?/.exec(message) ?? []
    return {
      outcome,
      time: match[1],
      user,
      from,
      count: Math.min(Number(repeated?.[1] ?? 1), 1_000_000),
      source,
      port: port === undefined ? null : Number(port),
      key,
    }
  }
  return null
}

/** The failures of one address: kept as sums, because there may be a million. */
interface Failures {
  readonly sums: Record<Outcome, number>
  readonly users: Set<string>
  readonly first: LogLine
  last: LogLine
}

/** The logins of one account from one address. */
interface Accepted {
  readonly first: LogLine
  last: LogLine
  count: number
  afterBurst: boolean
  readonly sessions: { readonly port: number; readonly key: string | null }[]
}

/** Bursts per address, accepted logins per user and address, and those that came from an address after its burst. Lines are in the order of the logs. */
export function loginFacts(lines: readonly LogLine[]): LoginFact[] {
  const failures = new Map<string, Failures>()
  const accepted = new Map<string, Accepted>()
  for (const line of lines) {
    const failed = failures.get(line.from)
    if (line.outcome === 'accepted') {
      const key = `${line.from} ${line.user}`
      const earlier = accepted.get(key) ?? { first: line, last: line, count: 0, afterBurst: false, sessions: [] }
      earlier.count += line.count
      earlier.last = line
      if (line.port !== null) earlier.sessions.push({ port: line.port, key: line.key })
      earlier.afterBurst ||= failed !== undefined && tries(failed) >= burst
      accepted.set(key, earlier)
    } else if (failed) note(failed, line)
    else {
      const fresh = {
        sums: { accepted: 0, failed: 0, invalid: 0, closed: 0 },
        users: new Set<string>(),
        first: line,
        last: line,
      }
      note(fresh, line)
      failures.set(line.from, fresh)
    }
  }
  const bursts = [...failures.values()].filter((some) => tries(some) >= burst).sort((a, b) => tries(b) - tries(a))
  return [
    ...bursts
      .slice(0, maxFacts)
      .map((some) => loginFact('failed-burst', [...some.users].join(','), tries(some), some.first, some.last)),
    ...[...accepted.values()]
      .slice(-maxFacts)
      .map((some) =>
        loginFact(
          some.afterBurst ? 'accepted-after-burst' : 'accepted',
          some.first.user,
          some.count,
          some.first,
          some.last,
          some.sessions.slice(-maxSessions),
        ),
      ),
  ]
}

function note(failures: Failures, line: LogLine): void {
  failures.sums[line.outcome] += line.count
  if (failures.users.size < 8) failures.users.add(line.user)
  failures.last = line
}

/** One try may be logged as invalid, as failed and as closed: the largest of the three sums counts each try once. */
function tries({ sums }: Failures): number {
  return Math.max(sums.failed, sums.invalid, sums.closed)
}

function loginFact(
  what: LoginFact['what'],
  user: string,
  count: number,
  first: LogLine,
  last: LogLine,
  sessions: LoginFact['sessions'] = [],
): LoginFact {
  return {
    kind: 'login',
    what,
    user: textOf(user),
    from: textOf(first.from),
    count,
    first: textOf(first.time),
    last: textOf(last.time),
    source: textOf(last.source),
    sessions,
  }
}
