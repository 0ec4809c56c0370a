// Sockets of every network namespace, with the processes that hold them. Reads the kernel's tables; nothing is resolved and nothing is sent.

import { underCleanProc } from '../host/clean-proc.ts'
import type { SocketFact } from './facts.ts'
import type { Probe } from './probe.ts'
import { type Findings, ask, complaint, gather, linesOf, parseSections } from './reply.ts'
import script from './sockets.sh?raw'

/** A host of containers has tens of network namespaces; beyond this the rest is told as unknown. */
const maxNamespaces = 64

export const sockets: Probe = {
  id: 'sockets',
  after: [],
  async read(context) {
    const into = gather('sockets')
    const argv = underCleanProc(script, 'sockets', [String(maxNamespaces)])
    const request = { argv, timeLimit: 10_000, stdoutLimit: 4 * 1024 * 1024 }
    const reply = await ask(context, into, 'sockets/tables', request, ['socket'])
    if (!reply) return into.outcome()
    const facts = parseSockets(reply.stdout, into, context.session.arrival.euid)
    if (facts) into.facts.push(...facts)
    else into.unknown('sockets/tables', 'unparseable', complaint(reply), ['socket'])
    return into.outcome()
  },
}

/** Null when the reply is not one of our script. What is missing in it goes to `into` as unknown. */
export function parseSockets(stdout: Uint8Array, into: Pick<Findings, 'unknown'>, euid: number): SocketFact[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const holders = holdersOf(sections.get('holders') ?? '')
  const namespaces = linesOf(sections.get('namespaces') ?? '').map((line) => line.split(' ')[0] ?? '')
  const facts: SocketFact[] = []
  for (const netns of namespaces.slice(0, maxNamespaces)) {
    for (const table of ['tcp', 'tcp6', 'udp', 'udp6'] as const) {
      const lines = linesOf((sections.get(`${table} ${netns}`) ?? '').trim())
      // IPv6 may be off; the others are always there
      if (lines[0] !== 'heading' && !table.endsWith('6'))
        into.unknown(`net/${table} of namespace ${netns}`, 'failed', 'could not be read', ['socket'])
      for (const line of lines.slice(1)) {
        const fact = socketFact(line, table, netns, holders)
        if (fact) facts.push(fact)
        else into.unknown(`net/${table} of namespace ${netns}`, 'unparseable', 'a line of it', ['socket'])
      }
    }
  }
  if (namespaces.length > maxNamespaces)
    into.unknown('network namespaces', 'truncated', `${namespaces.length - maxNamespaces} were not read`, ['socket'])
  const denied = linesOf((sections.get('denied') ?? '').trim()).length
  if (denied > 0 && euid !== 0)
    into.unknown('holders of sockets', 'not-permitted', `open files of ${denied} processes`, ['socket'])
  return facts
}

function holdersOf(section: string): ReadonlyMap<string, readonly number[]> {
  const holders = new Map<string, number[]>()
  for (const line of linesOf(section)) {
    const match = /^(\d+) (\d+)$/.exec(line)
    if (match?.[2] === undefined) continue
    holders.set(
      match[2],
      [...(holders.get(match[2]) ?? []), Number(match[1])].sort((a, b) => a - b),
    )
  }
  return holders
}

/** include/net/tcp_states.h */
const states: Readonly<Record<string, string>> = {
  '01': 'established',
  '02': 'syn-sent',
  '03': 'syn-received',
  '04': 'fin-wait-1',
  '05': 'fin-wait-2',
  '06': 'time-wait',
  '07': 'close',
  '08': 'close-wait',
  '09': 'last-ack',
  '0A': 'listen',
  '0B': 'closing',
  '0C': 'new-syn-received',
}

function socketFact(
  line: string,
  table: 'tcp' | 'tcp6' | 'udp' | 'udp6',
  netns: string,
  holders: ReadonlyMap<string, readonly number[]>,
): SocketFact | null {
  const [local = '', remote = '', state = '', uid = '', inode = ''] = line.split(' ')
  const here = parseEndpoint(local)
  const there = parseEndpoint(remote)
  if (!here || !there || !/^\d+$/.test(uid) || !/^\d+$/.test(inode)) return null
  return {
    kind: 'socket',
    protocol: table.startsWith('tcp') ? 'tcp' : 'udp',
    family: table.endsWith('6') ? 'ipv6' : 'ipv4',
    localAddress: here.address,
    localPort: here.port,
    remoteAddress: there.address,
    remotePort: there.port,
    state: states[state] ?? state,
    inode,
    uid: Number(uid),
    pids: inode === '0' ? [] : (holders.get(inode) ?? []),
    netns,
  }
}

/** `0100007F:1F90` and its 32-digit sister: 32-bit words in host order (little-endian on every architecture we run on), the port in network order. */
export function parseEndpoint(text: string): { readonly address: string; readonly port: number } | null {
  const match = /^((?:[0-9A-F]{8}){1}|(?:[0-9A-F]{8}){4}):([0-9A-F]{4})$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return null
  const words = match[1].match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((pair) => Number.parseInt(pair, 16)))
  return { address: bytes.length === 4 ? bytes.join('.') : ipv6(bytes), port: Number.parseInt(match[2], 16) }
}

/** 16 bytes in network order as RFC 5952 writes them, with v4-mapped addresses as plain v4: `::ffff:1.2.3.4` and `1.2.3.4` are one peer. */
export function ipv6(bytes: readonly number[]): string {
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff)
    return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0))
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === 0) length += 1
    if (length > best.length) best = { at, length }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  return best.at === -1
    ? text(groups)
    : `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`
}
