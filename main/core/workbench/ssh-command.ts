// What people paste when they mean a host: a target, or a whole `ssh` command. It is read, never run: options that would change the way are taken over
// or named as not followed; none is dropped in silence.

import { TourniquetError } from '../errors.ts'

export interface PastedHost {
  /** `[user@]host[:port]`, or a name from ssh_config */
  readonly address: string
  /** `-J`, nearest first, as written */
  readonly jumps: string | null
  /** `-i` */
  readonly identity: string | null
  /** options and words that were not followed */
  readonly notes: readonly string[]
}

/** Options of ssh(1) that take a value. */
const withValue = new Set('BbcDEeFIiJLlmOoPpQRSWw')
/** Options that say nothing about where to go or as whom. */
const harmless = new Set('46aCgnqTtvxkMN')

/** One line: a command that starts with `ssh`, or targets separated by blanks. Empty lines and comments give nothing. Throws `usage`. */
export function pastedHosts(line: string): readonly PastedHost[] {
  const trimmed = line.trim()
  if (trimmed === '' || trimmed.startsWith('#')) return []
  const [first, ...rest] = shellWords(trimmed)
  if (first === undefined) return []
  if (/^(?:.*[/\\])?ssh(?:\.exe)?$/i.test(first)) return [sshCommand(rest, trimmed)]
  return [first, ...rest].map((address) => ({ address: plain(address), jumps: null, identity: null, notes: [] }))
}

function sshCommand(words: readonly string[], text: string): PastedHost {
  const options = new Map<string, string>()
  const notes: string[] = []
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      at += 1
      break
    }
    if (!word.startsWith('-') || word === '-') break
    for (let letter = 1; letter < word.length; letter++) {
      const name = word[letter] ?? ''
      if (!withValue.has(name)) {
        if (!harmless.has(name)) notes.push(`-${name}`)
        continue
      }
      const value = letter + 1 < word.length ? word.slice(letter + 1) : words[(at += 1)]
      if (value === undefined) throw refused(text, `a value after -${name}`)
      option(name, value, options, notes)
      break
    }
  }
  const target = words[at]
  if (target === undefined) throw refused(text, 'a host')
  const command = words.slice(at + 1)
  if (command.length > 0) notes.push(command.join(' '))
  return {
    address: withUserAndPort(plain(target), options.get('user'), options.get('port')),
    jumps: options.get('proxyjump') ?? null,
    identity: options.get('identityfile') ?? null,
    notes,
  }
}

/** The first value wins, as in ssh. */
function option(name: string, value: string, options: Map<string, string>, notes: string[]): void {
  const letters: Readonly<Record<string, string>> = { i: 'identityfile', J: 'proxyjump', l: 'user', p: 'port' }
  const [key, given]: readonly (string | undefined)[] =
    name === 'o' ? (/^\s*(\w+)\s*(?:=|\s)\s*(.*)$/.exec(value)?.slice(1) ?? []) : [letters[name], value]
  const known = key?.toLowerCase()
  if (known !== undefined && given !== undefined && Object.values(letters).includes(known)) {
    if (!options.has(known)) options.set(known, given)
  } else notes.push(`-${name} ${value}`)
}

function plain(target: string): string {
  return target.replace(/^ssh:\/\//, '').replace(/\/$/, '')
}

/** A user or port in the target itself stands before `-l` and `-p`, as in ssh. */
function withUserAndPort(target: string, user: string | undefined, port: string | undefined): string {
  const host = target.slice(target.lastIndexOf('@') + 1)
  const named = target.includes('@') || user === undefined ? target : `${user}@${target}`
  if (port === undefined || /^(?:[^:]+|\[.*\]):\d+$/.test(host)) return named
  const bare = host.includes(':') && !host.startsWith('[')
  return bare ? `${named.slice(0, named.length - host.length)}[${host}]:${port}` : `${named}:${port}`
}

/** Words as a POSIX shell splits them: quotes and backslashes, and nothing is expanded. Throws `usage` for an open quote. */
function shellWords(text: string): readonly string[] {
  const words: string[] = []
  const pattern = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+|(\S)/gsu
  for (const match of text.matchAll(pattern)) {
    const word = match[0]
    if (match.at(1) !== undefined) throw refused(text, 'quotes that are closed')
    words.push(
      word.replaceAll(
        /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gsu,
        (_, escaped?: string, single?: string, double?: string) =>
          escaped ?? single ?? (double ?? '').replaceAll(/\\(["\\$`])/g, '$1'),
      ),
    )
  }
  return words
}

function refused(text: string, expected: string): TourniquetError {
  return new TourniquetError('usage', { what: 'host', text, expected })
}
