// Where to dial, as people write it: `[user@]host[:port]`, IPv6 in brackets. Refuses what could be taken for an option or a second line.

import { TourniquetError } from '../core/errors.ts'

/** What was written; what is absent comes from ssh_config or the defaults. */
export interface WrittenTarget {
  readonly host: string
  readonly user?: string
  readonly port?: number
}

/** One machine to log in to. `host` carries no brackets. */
export interface Target {
  readonly host: string
  readonly user: string
  readonly port: number
}

export const defaultPort = 22

/** Longest host name DNS allows; a user name is bounded by the same figure for want of a better one. */
const longestName = 253

/** Parses `[user@]host[:port]`. Throws `usage` with the text and what was expected. */
export function parseTarget(text: string): WrittenTarget {
  const at = text.lastIndexOf('@')
  const user = at === -1 ? undefined : text.slice(0, at)
  const rest = text.slice(at + 1)
  const match = /^\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\](?::(\d{1,5}))?$/.exec(rest) ?? splitPlain(rest)
  const host = match?.[1] ?? ''
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (!validHost(host)) throw refuse(text, 'a host name or address; IPv6 with a port goes in brackets')
  if (user !== undefined && !validUser(user)) throw refuse(text, 'a user name before the @')
  if (port !== undefined && (port < 1 || port > 65_535)) throw refuse(text, 'a port from 1 to 65535')
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) }
}

/** `-J a,b,c`: hosts to go through, nearest first. `none` and the empty text are no jump at all. */
export function parseJumps(text: string): readonly WrittenTarget[] {
  if (text.trim() === '' || text.trim().toLowerCase() === 'none') return []
  return text.split(',').map((part) => parseTarget(part.trim().replace(/^ssh:\/\//, '')))
}

/** `user@host:port` for messages; brackets around IPv6. */
export function shownTarget(target: Target): string {
  return `${target.user}@${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
}

function splitPlain(rest: string): readonly (string | undefined)[] | null {
  // Two colons without brackets can only be an IPv6 address: its last group must not be taken for a port.
  if (rest.split(':').length > 2) return [rest, rest, undefined]
  return /^([^:]+)(?::(\d{1,5}))?$/.exec(rest)
}

function validHost(host: string): boolean {
  return host.length <= longestName && /^[\p{L}\p{N}_][\p{L}\p{N}._:%-]*$|^:[0-9A-Fa-f:.]+$/u.test(host)
}

function validUser(user: string): boolean {
  return user.length > 0 && user.length <= longestName && !/^-|[\p{C}\p{Z}]/u.test(user)
}

function refuse(text: string, expected: string): TourniquetError {
  return new TourniquetError('usage', { what: 'host', text, expected })
}
