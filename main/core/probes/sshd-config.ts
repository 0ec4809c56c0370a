// sshd's own configuration as sshd reads it: Includes in their place, Match blocks, the first value counts. Pure; text is latin-1, one char per byte.
// It never guesses: what depends on the connection is told as possible, and what it cannot follow is told to the caller.

import { anyOf, type Tri, allOf } from '../tri.ts'

/** Files within files, as sshd itself bounds them (servconf.h). */
const maxDepth = 16
/** Settings read altogether; a configuration people keep has tens, and each is held against every account. */
const maxSettings = 1000
/** Paths of one AuthorizedKeysFile; sshd itself takes no more than 256 (servconf.h). */
const maxKeyFiles = 64

/** One setting where it stands. `conditions`: the Match lines it stands under, all of which must hold; none for the global part. */
export interface SshdSetting {
  readonly path: string
  readonly line: number
  readonly raw: string
  /** lower case */
  readonly keyword: string
  readonly args: readonly string[]
  readonly conditions: readonly string[]
}

/** What a configuration is made of: files by path, and what each Include pattern led to. Null for a pattern means it was not followed on the host. */
export interface ConfigSource {
  readonly file: (path: string) => string | null
  readonly include: (pattern: string) => readonly string[] | null
}

/** All settings in the order in which sshd meets them; `lost` names Includes that could not be followed. */
export function readSshdConfig(
  root: string,
  source: ConfigSource,
): { readonly settings: readonly SshdSetting[]; readonly lost: readonly string[] } {
  const settings: SshdSetting[] = []
  const lost: string[] = []
  const read = (path: string, outer: readonly string[], depth: number): void => {
    const content = source.file(path)
    if (content === null || depth > maxDepth) {
      lost.push(path)
      return
    }
    let conditions = outer
    for (const [at, raw] of content.split('\n').entries()) {
      const words = splitWords(raw)
      const [first, ...args] = words
      if (first === undefined) continue
      const keyword = first.toLowerCase()
      if (settings.length >= maxSettings) {
        lost.push(`${path} from line ${at + 1}`)
        return
      }
      // A Match holds until the next one or the end of its own file; inside an Include it adds to the one around it.
      if (keyword === 'match') conditions = [...outer, args.join(' ')]
      settings.push({ path, line: at + 1, raw, keyword, args, conditions: keyword === 'match' ? outer : conditions })
      if (keyword !== 'include') continue
      for (const arg of args) {
        const pattern = includePattern(arg)
        const found = source.include(pattern)
        if (found === null) lost.push(pattern)
        else for (const each of found) read(each, conditions, depth + 1)
      }
    }
  }
  read(root, [], 0)
  return { settings, lost }
}

/** Relative names of an Include are of /etc/ssh. */
export function includePattern(arg: string): string {
  return arg.startsWith('/') ? arg : `/etc/ssh/${arg}`
}

/** Words as sshd divides them: keyword and arguments apart by blanks or one `=`, quotes around arguments, `#` begins a comment. */
export function splitWords(raw: string): string[] {
  const line = withoutBlanks(raw)
  if (line === '' || line.startsWith('#')) return []
  const head = /^("?)([A-Za-z0-9]+)\1[ \t]*=?[ \t]*/.exec(line)
  if (!head?.[2]) return [line]
  const words = [head[2]]
  for (let at = head[0].length; at < line.length;) {
    const char = line[at] ?? ''
    if (char === ' ' || char === '\t') {
      at += 1
      continue
    }
    if (char === '#') break
    if (char === '"' || char === "'") {
      const end = line.indexOf(char, at + 1)
      words.push(line.slice(at + 1, end === -1 ? line.length : end))
      at = end === -1 ? line.length : end + 1
      continue
    }
    let end = at
    while (end < line.length && line[end] !== ' ' && line[end] !== '\t') end += 1
    words.push(line.slice(at, end))
    at = end
  }
  return words
}

/** What sshd strips at both ends of a line. Not a pattern: a line of blanks must not cost the square of its length. */
function withoutBlanks(raw: string): string {
  const blanks = ' \t\f\r'
  let [from, to] = [0, raw.length]
  while (from < to && blanks.includes(raw[from] ?? '-')) from += 1
  while (to > from && blanks.includes(raw[to - 1] ?? '-')) to -= 1
  return raw.slice(from, to)
}

export interface SshUser {
  readonly name: string
  readonly uid: number
  readonly home: string
  /** names of all its groups */
  readonly groups: readonly string[]
}

/**
 * Every argument list that may count for this account, the one of an ordinary connection last. More than one when a Match asks for what only the
 * connection knows (its address, the port). Empty: nothing is set, the built-in default counts.
 */
export function valuesFor(
  settings: readonly SshdSetting[],
  keyword: string,
  user: SshUser,
): readonly (readonly string[])[] {
  const own = settings.filter((one) => one.keyword === keyword)
  const possible: (readonly string[])[] = []
  for (const one of own.filter(({ conditions }) => conditions.length > 0)) {
    const holds = allOf(one.conditions.map((criteria) => matchHolds(criteria, user)))
    if (holds === 'no') continue
    possible.push(one.args)
    if (holds === 'yes') return possible
  }
  const global = own.find(({ conditions }) => conditions.length === 0)
  return global ? [...possible, global.args] : possible
}

/** True when `valuesFor` may also be nothing: only conditional settings, none of which is certain. */
export function mayBeDefault(settings: readonly SshdSetting[], keyword: string, user: SshUser): boolean {
  const own = settings.filter((one) => one.keyword === keyword)
  return !own.some((one) => one.conditions.every((criteria) => matchHolds(criteria, user) === 'yes'))
}

/** Does a Match line hold for every connection (`yes`), for none (`no`) or for some (`unknown`) of this account? */
export function matchHolds(criteria: string, user: SshUser): Tri {
  const words = criteria.split(/[ \t=]+/).filter((word) => word !== '')
  const parts: Tri[] = []
  for (let at = 0; at < words.length; at++) {
    const what = words[at]?.toLowerCase()
    if (what === 'all') parts.push('yes')
    else if (what === 'invalid-user') parts.push('no')
    else {
      const list = (words[++at] ?? '').replaceAll('"', '')
      if (what === 'user') parts.push(inList(user.name, list) ? 'yes' : 'no')
      else if (what === 'group') parts.push(anyOf(user.groups.map((group) => (inList(group, list) ? 'yes' : 'no'))))
      else parts.push('unknown')
    }
  }
  return allOf(parts)
}

/** Patterns with `*` and `?`, divided by commas; one with `!` that matches refuses, whatever else does. */
function inList(name: string, list: string): boolean {
  let found = false
  for (const one of list.split(',')) {
    const negated = one.startsWith('!')
    if (!fits(name, negated ? one.slice(1) : one)) continue
    if (negated) return false
    found = true
  }
  return found
}

/** Linear in both lengths: a hostile pattern of a thousand stars costs nothing. */
function fits(name: string, pattern: string): boolean {
  let [n, p, star, mark] = [0, 0, -1, 0]
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] === name[n] && pattern[p] !== '*'))) {
      n += 1
      p += 1
    } else if (pattern[p] === '*') {
      star = p
      mark = n
      p += 1
    } else if (star !== -1) {
      p = star + 1
      mark += 1
      n = mark
    } else return false
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}

/** What sshd reads when nothing is set: both names since 2001, whatever the sample file says. */
export const defaultKeyFiles = ['.ssh/authorized_keys', '.ssh/authorized_keys2'] as const

/** A path with its tokens filled in, made absolute in the account's home. Null for `none` and for a token sshd does not know here. */
export function expandTokens(template: string, user: SshUser): string | null {
  if (template.toLowerCase() === 'none') return null
  const known: Readonly<Record<string, string>> = { '%': '%', h: user.home, u: user.name, U: String(user.uid) }
  const tokens = [...template.matchAll(/%(.?)/g)].map(([, token = '']) => token)
  if (!tokens.every((token) => Object.hasOwn(known, token))) return null
  const filled = template.replace(/%(.)/g, (_, token: string) => known[token] ?? '')
  return filled.startsWith('/') ? filled : `${user.home.replace(/\/$/, '')}/${filled}`
}

/** Every file of keys sshd may read for an account. */
export function keyFilesFor(settings: readonly SshdSetting[], user: SshUser): readonly string[] {
  const lists: (readonly string[])[] = [...valuesFor(settings, 'authorizedkeysfile', user)]
  if (mayBeDefault(settings, 'authorizedkeysfile', user)) lists.push(defaultKeyFiles)
  return [
    ...new Set(
      lists.flatMap((list) => list.slice(0, maxKeyFiles)).flatMap((template) => expandTokens(template, user) ?? []),
    ),
  ]
}

/** Options a running sshd was started with, which count before its file: from its title, in which blanks inside an argument are lost. */
export function daemonOptions(title: string): { readonly config: string | null; readonly settings: SshdSetting[] } {
  const config = / -f ?(\/\S+)/.exec(title)?.[1] ?? null
  const settings = [...title.matchAll(/ -o ?([A-Za-z]+)(?:=| )(\S+)/g)].map(
    ([raw, keyword = '', value = '']): SshdSetting => ({
      path: '',
      line: 0,
      raw: raw.trim(),
      keyword: keyword.toLowerCase(),
      args: [value],
      conditions: [],
    }),
  )
  return { config, settings }
}
