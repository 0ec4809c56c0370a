// Where names lead and who may connect: hosts, resolv.conf, hosts.allow, hosts.deny and the host's order of sources, line by line.
// Only lines that do something become facts; of very long files the ends are read and the middle is told as not looked at.

import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { NameRuleFact } from './facts.ts'
import { metaOf, readingsOf } from './metas.ts'
import script from './names.sh?raw'
import type { Probe } from './probe.ts'
import { type Findings, type Sections, ask, complaint, gather, linesOf, parseSections, textOf } from './reply.ts'

const whats = {
  '/etc/hosts': 'hosts',
  '/etc/resolv.conf': 'resolver',
  '/etc/hosts.allow': 'hosts-allow',
  '/etc/hosts.deny': 'hosts-deny',
  '/etc/nsswitch.conf': 'nsswitch',
} as const satisfies Readonly<Record<string, NameRuleFact['what']>>
type NameFile = keyof typeof whats
const paths = Object.keys(whats) as readonly NameFile[]

/** Read of each end of a file: about 5000 lines of a list that blocks advertisements; such lists have 100 000. */
const endBytes = 192 * 1024
/** Facts of one end of a file. */
const maxRules = 5000
/** Names of one line: the resolver itself stops far earlier. */
const maxNames = 64

/** Who keeps a resolver file on a host, by the file it writes for itself. */
const managers = {
  '/run/systemd/resolve/resolv.conf': 'systemd-resolved',
  '/run/NetworkManager/no-stub-resolv.conf': 'network-manager',
  '/run/NetworkManager/resolv.conf': 'network-manager',
  '/run/resolvconf/resolv.conf': 'resolvconf',
} as const

/** Where the link of a managed /etc/resolv.conf leads. */
const managedTarget =
  /^((\.\.)?\/)(run\/(systemd\/resolve\/(stub-)?resolv\.conf|NetworkManager\/resolv\.conf|resolvconf\/resolv\.conf)|etc\/resolvconf\/run\/resolv\.conf|usr\/lib\/systemd\/resolv\.conf)$/

export const names: Probe = {
  id: 'names',
  after: [],
  async read(context) {
    const into = gather('names')
    const [reply, readings] = await Promise.all([
      ask(context, into, 'names/files', { argv: ['sh', '-c', script, 'names', String(endBytes)] }, ['name-rule']),
      readingsOf(context, into, paths, ['name-rule'], 'control'),
    ])
    if (!reply) return into.outcome()
    const metas = new Map(paths.map((path, at) => [path, metaOf(readings[at])]))
    const facts = parseNames(reply.stdout, metas, into)
    if (facts) into.facts.push(...facts)
    else into.unknown('names/files', 'unparseable', complaint(reply), ['name-rule'])
    return into.outcome()
  },
}

/** One fact per line that decides something. Null when the reply is not one of our script. */
export function parseNames(
  stdout: Uint8Array,
  metas: ReadonlyMap<string, FileMeta | null>,
  into: Pick<Findings, 'unknown'>,
): NameRuleFact[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  if (!sections.complete) into.unknown('names/files', 'truncated', 'cut before its end', ['name-rule'])
  return paths.flatMap((path) => {
    const meta = metas.get(path) ?? null
    const ends = endsOf(sections, path, into)
    if (ends.length === 0) return []
    if (meta === null) {
      into.unknown(path, 'failed', 'it went away while it was read', ['name-rule'])
      return []
    }
    const rules = ends.flatMap(({ text, firstLine }) => rulesOf(path, text, firstLine, into))
    const resolver = path === '/etc/resolv.conf' ? resolverOf(sections, meta) : null
    return rules.map((rule) => ({ kind: 'name-rule', what: whats[path], file: meta, resolver, ...rule }))
  })
}

/** The file as it was read: whole, or its two ends. */
function endsOf(
  sections: Sections,
  path: NameFile,
  into: Pick<Findings, 'unknown'>,
): readonly { readonly text: string; readonly firstLine: number | null }[] {
  const state = sections.get(`state ${path}`)?.trim()
  if (state === 'absent' || state === 'dangling') return []
  const close = `M=${sections.mark}`
  const head = sections.get(`head ${path}`)
  if (state !== 'file' || head?.endsWith(close) !== true) {
    into.unknown(path, state === 'other' ? 'not-permitted' : 'failed', 'it is there, but could not be read', [
      'name-rule',
    ])
    return []
  }
  const size = Number(sections.get(`size ${path}`)?.trim() ?? 0)
  const start = head.slice(0, -close.length)
  if (size <= start.length) return [{ text: start, firstLine: 1 }]
  const whole = start.slice(0, start.lastIndexOf('\n') + 1)
  const tail = sections.get(`tail ${path}`)
  const end = tail?.endsWith(close) === true ? tail.slice(0, -close.length) : null
  const gap = end === null ? null : size - end.length - whole.length
  if (end !== null && gap !== null && gap <= 0)
    return [
      { text: whole, firstLine: 1 },
      { text: end.slice(-gap), firstLine: linesOf(whole).length + 1 },
    ]
  into.unknown(path, 'truncated', `of ${size} bytes only the ends were read`, ['name-rule'])
  return [{ text: whole, firstLine: 1 }, ...(end === null ? [] : [{ text: afterLine(end), firstLine: null }])]
}

function afterLine(text: string): string {
  return text.slice(text.indexOf('\n') + 1)
}

type Rule = Pick<NameRuleFact, 'line' | 'raw' | 'address' | 'names'>

/** `firstLine` null: the lines cannot be counted, and are told as line 0. */
function rulesOf(
  path: NameFile,
  text: string,
  firstLine: number | null,
  into: Pick<Findings, 'unknown'>,
): readonly Rule[] {
  const rules = linesOf(text).flatMap((raw, at) => {
    const rule = readRule(whats[path], raw)
    return rule === null ? [] : [{ line: firstLine === null ? 0 : firstLine + at, raw: textOf(raw), ...rule }]
  })
  if (rules.length > maxRules)
    into.unknown(path, 'truncated', `${rules.length - maxRules} more lines were not looked at`, ['name-rule'])
  // what is added stands at the end
  return rules.slice(-maxRules)
}

/** What one line does: null for comments, blanks and settings that lead no name anywhere. */
export function readRule(what: NameRuleFact['what'], raw: string): Pick<NameRuleFact, 'address' | 'names'> | null {
  // resolv.conf(5) knows `;` as well, and comments only where a line begins with one
  const text = (what === 'resolver' ? raw.replace(/^\s*[#;][^]*$/, '') : raw.replace(/#[^]*$/, '')).replace(/\0/g, '')
  const words = text.split(/[ \t\r\v\f]+/).filter((word) => word !== '')
  const [first = '', ...rest] = words
  const few = (some: readonly string[]) => some.slice(0, maxNames).map((word) => textOf(word))
  switch (what) {
    case 'hosts':
      return rest.length === 0 ? null : { address: textOf(first), names: few(rest) }
    case 'resolver':
      return first.toLowerCase() === 'nameserver' && rest[0] !== undefined
        ? { address: textOf(rest[0]), names: [] }
        : null
    case 'hosts-allow':
    case 'hosts-deny': {
      const [services = '', clients = ''] = splitRule(text)
      const list = (part: string) => part.split(/[\s,]+/).filter((word) => word !== '')
      const [who, whom] = [list(services), list(clients)]
      return who.length === 0 || whom.length === 0 ? null : { address: null, names: few([...who, ':', ...whom]) }
    }
    case 'nsswitch': {
      const [database = '', sources] = text.split(/:([^]*)/)
      const list = (sources ?? '').replace(/\[[^\]]*\]/g, ' ').split(/\s+/)
      return sources === undefined || database.trim() === ''
        ? null
        : { address: null, names: few([database.trim(), ...list.filter((word) => word !== '')]) }
    }
  }
}

/** `services : clients : options`; a colon inside brackets belongs to an IPv6 address (hosts_access(5)). */
function splitRule(text: string): string[] {
  return text.match(/(?:\[[^\]]*\]|[^:[])+/g) ?? []
}

/** Who keeps the resolver file on this host, and which servers the network named. */
function resolverOf(sections: Sections, meta: FileMeta): NonNullable<NameRuleFact['resolver']> {
  const lists = sections.entries('offered ')
  const own = lists[0]?.[0].slice('offered '.length)
  const manager = Object.entries(managers).find(([path]) => path === own)?.[1] ?? 'none'
  const managed = meta.linkTarget !== null && managedTarget.test(shown(meta.linkTarget)) ? 'yes' : 'no'
  const listed = lists.flatMap(([, text]) =>
    linesOf(text).flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? []),
  )
  const leased = linesOf(sections.get('leases') ?? '').flatMap(
    (line) => /(?:DNS=|domain-name-servers )([^;]*)/.exec(line)?.[1]?.split(/[\s,]+/) ?? [],
  )
  const offered = [...new Set([...listed, ...leased])].filter((word) => /^[0-9a-fA-F.:]{2,45}$/.test(word))
  return { manager, managed, offered: offered.slice(0, 16).map((word) => textOf(word)) }
}
