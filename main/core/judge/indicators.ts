// Indicators: domains, addresses and digests that others have seen in attacks. Shipped ones and those of a case (a cloud alert, pasted) are read alike.
// Careless entries (a public suffix, a private address, an empty line) are refused by name: one of them would condemn every host.

import poolsText from '../../../resources/indicators/pools.txt?raw'
import { known } from './catalogue.ts'
import type { Permille } from './noisy-or.ts'

export interface Indicator {
  readonly type: 'domain' | 'address' | 'sha256'
  /** lower case; domains without a trailing dot */
  readonly value: string
  /** null = any port */
  readonly port: number | null
  /** how sure a match is */
  readonly permille: Permille
  readonly source: string
}

export interface RefusedLine {
  readonly line: number
  readonly text: string
  readonly reason: 'unreadable' | 'too-broad' | 'private-address'
}

export interface ReadIndicators {
  readonly indicators: readonly Indicator[]
  readonly refused: readonly RefusedLine[]
}

export interface IndicatorOptions {
  /** named in findings when a line names none */
  readonly source: string
  /** weight of lines that carry none; 850 = as sure as the shipped pools */
  readonly permille?: Permille
  /** accept RFC 1918 and loopback addresses (closed networks, exercises) */
  readonly allowPrivate?: boolean
}

const defaultPermille = 850
const maxLines = 100_000

/**
 * Reads a list: one indicator a line, either `type value permille source` as shipped, or a bare domain, address, `address:port`, URL or SHA-256 as people paste
 * it, `hxxp` and `[.]` included. `#` begins a comment. Never throws; lines it cannot accept come back in `refused`.
 */
export function parseIndicators(text: string, options: IndicatorOptions): ReadIndicators {
  const indicators: Indicator[] = []
  const refused: RefusedLine[] = []
  for (const [at, raw] of text.split('\n', maxLines).entries()) {
    const line = raw.replace(/#.*$/, '').trim()
    if (line === '') continue
    const read = readLine(line, options)
    if (typeof read === 'string') refused.push({ line: at + 1, text: line.slice(0, 200), reason: read })
    else indicators.push(read)
  }
  return { indicators, refused }
}

function readLine(line: string, options: IndicatorOptions): Indicator | RefusedLine['reason'] {
  const fields = line.split(/[\s,;]+/)
  const typed = fields.length === 4 && /^(domain|address|sha256)$/.test(fields[0] ?? '')
  if (!typed && fields.length > 2) return 'unreadable'
  const weight = typed ? Number(fields[2]) : (options.permille ?? defaultPermille)
  if (!Number.isInteger(weight) || weight < 1 || weight > 1000) return 'unreadable'
  const source = typed ? (fields[3] ?? options.source) : options.source
  const value = refang((typed ? fields[1] : fields[0]) ?? '')
  if (/^[0-9a-f]{64}$/.test(value)) return { type: 'sha256', value, port: null, permille: weight, source }
  const { host, port } = splitPort(value)
  const ownPort = port ?? portOf(typed ? undefined : fields[1])
  if (isAddress(host)) {
    if (options.allowPrivate !== true && isPrivate(host)) return 'private-address'
    return { type: 'address', value: host, port: ownPort, permille: weight, source }
  }
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/.test(host)) return 'unreadable'
  if (known.publicSuffixes.has(host)) return 'too-broad'
  return { type: 'domain', value: host, port: ownPort, permille: weight, source }
}

function refang(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\[\.\]|\(\.\)|\[dot\]/g, '.')
    .replace(/^\|\|(.*)\^$/, '$1')
    .replace(/^(?:h(?:xx|tt)ps?|stratum[12]?\+[a-z]+|tcp|ssl):\/\//, '')
    .replace(/^[^/@]*@/, '')
    .replace(/\/.*$/, '')
    .replace(/^\*\./, '')
    .replace(/\.$/, '')
}

function splitPort(value: string): { host: string; port: number | null } {
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/.exec(value)
  if (bracketed) return { host: bracketed[1] ?? '', port: portOf(bracketed[2]) }
  const single = /^([^:]+):(\d{1,5})$/.exec(value)
  return single ? { host: single[1] ?? '', port: portOf(single[2]) } : { host: value, port: null }
}

function portOf(text: string | undefined): number | null {
  const port = Number(text ?? '')
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null
}

/** Text form of an IPv4 or IPv6 address (not of a name, not with a port). */
export function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text.split('.').every((part) => Number(part) <= 255)
  return /^[0-9a-f:]{2,39}(?:(?<=:)\d{1,3}(\.\d{1,3}){3})?$/.test(text) && text.includes(':')
}

/** Loopback and unspecified addresses: talking to oneself. */
export function isLoopback(address: string): boolean {
  return /^127\.|^0\.0\.0\.0$|^::1?$/.test(address)
}

/** Addresses that never identify a stranger: RFC 1918, loopback, link-local, unique local, multicast. */
export function isPrivate(address: string): boolean {
  return (
    isLoopback(address) ||
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|2(2[4-9]|3\d)\.|fe[89ab]|f[cd]|ff)/.test(address)
  )
}

/** Compiled indicators, ready to be asked. */
export interface Indicators {
  /** a listed address; with a port in the list, only on that port */
  readonly address: (address: string, port: number) => Indicator | null
  /** a listed name or any name below it (`gulf.moneroocean.stream`, never `notnanopool.org`) */
  readonly host: (host: string, port?: number) => Indicator | null
  readonly digest: (sha256: string) => Indicator | null
}

export function compileIndicators(list: readonly Indicator[]): Indicators {
  const byValue = new Map<string, Indicator[]>()
  for (const one of list) byValue.set(one.value, [...(byValue.get(one.value) ?? []), one])
  const best = (value: string, type: Indicator['type'], port?: number) =>
    (byValue.get(value) ?? [])
      .filter((one) => one.type === type && (one.port === null || port === undefined || one.port === port))
      .sort((a, b) => b.permille - a.permille || (a.source < b.source ? -1 : 1))[0] ?? null
  const host: Indicators['host'] = (name, port) => {
    const lower = name.toLowerCase().replace(/\.$/, '')
    if (isAddress(lower)) return best(lower, 'address', port)
    const labels = lower.split('.').slice(-10)
    for (let from = 0; from + 1 < labels.length; from++) {
      const hit = best(labels.slice(from).join('.'), 'domain', port)
      if (hit) return hit
    }
    return null
  }
  return {
    host,
    address: (address, port) => best(address.toLowerCase(), 'address', port),
    digest: (sha256) => best(sha256, 'sha256'),
  }
}

/** The pools that ship with the product. */
export function shippedPools(): readonly Indicator[] {
  return parseIndicators(poolsText, { source: 'pools' }).indicators
}

/** Host names and addresses written in a text, lower case, with the port where one follows; at most 64. */
export function hostsIn(text: string): readonly { readonly host: string; readonly port: number | undefined }[] {
  const found: { host: string; port: number | undefined }[] = []
  const pattern =
    /(?<![a-z0-9_.-])((?:[a-z0-9_-]{1,63}\.){1,8}(?:[a-z][a-z0-9-]{1,62}|\d{1,3}))\.?(?::(\d{1,5}))?(?![a-z0-9_-])/gi
  for (const match of text.matchAll(pattern)) {
    const host = (match[1] ?? '').toLowerCase()
    // `v1.2` is a version, not a name
    if (/\.\d+$/.test(host) && !isAddress(host)) continue
    found.push({ host, port: portOf(match[2]) ?? undefined })
    if (found.length >= 64) break
  }
  return found
}
