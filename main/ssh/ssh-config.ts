// The part of ssh_config(5) that says where and as whom: Host blocks with HostName, User, Port, IdentityFile, ProxyJump.
// It never runs anything: Match blocks and ProxyCommand are skipped and reported, since a file on a laptop must not start programs here.

import { readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { TourniquetError } from '../core/errors.ts'
import { globMatches } from './known-hosts.ts'
import { defaultPort, parseJumps, type Target, type WrittenTarget } from './target.ts'

interface HostBlock {
  readonly patterns: readonly string[]
  readonly settings: readonly { readonly key: string; readonly value: string; readonly line: number }[]
}

export interface SshConfig {
  readonly blocks: readonly HostBlock[]
  /** What was skipped and why, for the person who wrote it. */
  readonly notes: readonly string[]
}

/** A target with everything the configuration adds. `jumps` are nearest first. */
export interface Route {
  readonly target: Target
  readonly identityFiles: readonly string[]
  readonly jumps: readonly { readonly target: Target; readonly identityFiles: readonly string[] }[]
}

export const emptyConfig: SshConfig = { blocks: [], notes: [] }

/** A chain longer than this is a loop or a joke. */
const mostJumps = 8

const wanted = new Set(['hostname', 'user', 'port', 'identityfile', 'proxyjump'])
/** Directives whose absence could send us another way than ssh would go: said aloud when skipped. */
const routeChanging = new Set(['proxycommand', 'include', 'hostkeyalias', 'match'])

/** Reads a configuration; without a name the user's own, which may be absent. Throws `file-unreadable` and what `parseSshConfig` throws. */
export function readSshConfig(named?: string): SshConfig {
  const file = named ?? join(homedir(), '.ssh', 'config')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (named === undefined && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return emptyConfig
    throw new TourniquetError('file-unreadable', { file, detail: String(cause) }, cause)
  }
  return parseSshConfig(text, file)
}

/** Parses the text. Throws `usage` with the line of a directive that has no value. */
export function parseSshConfig(text: string, file: string): SshConfig {
  const blocks: { patterns: string[]; settings: { key: string; value: string; line: number }[] }[] = [
    { patterns: ['*'], settings: [] },
  ]
  const notes: string[] = []
  let inMatch = false
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const split = /^([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line)
    const key = split?.[1]?.toLowerCase()
    const value = split?.[2]?.trim() ?? ''
    if (key === undefined || value === '') {
      throw new TourniquetError('usage', {
        what: 'ssh_config',
        text: `${file}:${index + 1}`,
        expected: 'a keyword and its value',
      })
    }
    if (routeChanging.has(key)) notes.push(`${file}:${index + 1} ${key} is not followed`)
    if (key === 'match') inMatch = true
    else if (key === 'host') {
      inMatch = false
      blocks.push({ patterns: words(value), settings: [] })
    } else if (wanted.has(key) && !inMatch)
      blocks.at(-1)?.settings.push({ key, value: words(value)[0] ?? '', line: index + 1 })
  }
  return { blocks, notes }
}

/** Works out host, user, port, identities and jumps. `jumps` given on the command line replaces ProxyJump. Throws `usage`. */
export function route(written: WrittenTarget, config: SshConfig, jumps?: readonly WrittenTarget[]): Route {
  const settings = settingsFor(written.host, config)
  const through = jumps ?? parseJumps(settings.get('proxyjump')?.[0] ?? '')
  if (through.length > mostJumps)
    throw new TourniquetError('usage', {
      what: 'jumps',
      text: String(through.length),
      expected: `at most ${mostJumps}`,
    })
  const { target, identityFiles } = resolveOne(written, config)
  return { target, identityFiles, jumps: through.map((jump) => resolveOne(jump, config)) }
}

function resolveOne(written: WrittenTarget, config: SshConfig): { target: Target; identityFiles: readonly string[] } {
  const settings = settingsFor(written.host, config)
  const host = (settings.get('hostname')?.[0] ?? '%h').replaceAll(/%[h%]/g, (token) =>
    token === '%h' ? written.host : '%',
  )
  const user = written.user ?? settings.get('user')?.[0] ?? userInfo().username
  const port = written.port ?? Number(settings.get('port')?.[0] ?? defaultPort)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TourniquetError('usage', {
      what: 'Port',
      text: settings.get('port')?.[0] ?? '',
      expected: 'a port from 1 to 65535',
    })
  }
  const tokens: Readonly<Record<string, string>> = {
    '%%': '%',
    '%d': homedir(),
    '%h': host,
    '%r': user,
    '%u': userInfo().username,
  }
  const identityFiles = (settings.get('identityfile') ?? [])
    .filter((file) => file.toLowerCase() !== 'none')
    .map((file) =>
      resolve(
        homedir(),
        file.replace(/^~(?=\/)/, homedir()).replaceAll(/%[%dhru]/g, (token) => tokens[token] ?? token),
      ),
    )
  return { target: { host, user, port }, identityFiles }
}

/** First value wins, as in ssh; IdentityFile gathers. */
function settingsFor(name: string, config: SshConfig): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const block of config.blocks.filter(({ patterns }) => applies(patterns, name))) {
    for (const { key, value } of block.settings) {
      const before = found.get(key)
      if (before === undefined) found.set(key, [value])
      else if (key === 'identityfile') before.push(value)
    }
  }
  return found
}

function applies(patterns: readonly string[], name: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith('!') && globMatches(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && globMatches(pattern, name))
}

function words(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}
