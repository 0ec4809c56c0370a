// The network of a range host: one cable to this machine (so that ssh reaches it) and one to a small "world" of its own, where the
// fake pool and the fake download server live. Neither leads anywhere else: no forwarding, no name server, only test addresses.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, runFolder, tryRun } from './machine.ts'

/** Addresses of TEST-NET-3 (RFC 5737): they look public to a host and are routed nowhere on earth. */
export const world = {
  host: '203.0.113.2',
  pool: '203.0.113.10',
  poolPort: 3333,
  downloads: '203.0.113.20',
  database: '203.0.113.30',
  /** where the "attacker" of the logs comes from; nothing answers there */
  attacker: '203.0.113.66',
  gateway: '203.0.113.1',
} as const

/** Names as the hosts file of every range host has them. */
export const worldNames = {
  [world.pool]: 'pool.range.test',
  [world.downloads]: 'downloads.range.test',
  [world.database]: 'pool-db1.range.test',
} as const

export interface Net {
  readonly slot: number
  /** What ssh dials from this machine. */
  readonly address: string
  /** Network namespace of the host, as `ip netns` knows it. */
  readonly netns: string
  /** Network namespace of the fake pool and downloads. */
  readonly worldNetns: string
  /** Our end of the cable. */
  readonly link: string
}

const slotFolder = join(runFolder, 'slots')

/** Reserves a /30 of 10.231.0.0/16 for that host: 16384 of them, the lowest free one. */
export function reserveNet(name: string): Net {
  mkdirSync(slotFolder, { recursive: true })
  for (let slot = 0; slot < 16_384; slot++) {
    try {
      writeFileSync(join(slotFolder, String(slot)), name, { flag: 'wx' })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      throw error
    }
    return { slot, address: addressOf(slot, 2), netns: `tqr-${name}`, worldNetns: `tqw-${name}`, link: `tqr${slot}` }
  }
  throw new Error('no free address left in the range: sweep it')
}

/** Makes namespaces and cables. */
export function layCables(net: Net): void {
  const { netns, worldNetns, link, slot } = net
  const steps = [
    `netns add ${netns}`,
    `netns add ${worldNetns}`,
    `link add ${link} type veth peer name host0 netns ${netns}`,
    `addr add ${addressOf(slot, 1)}/30 dev ${link}`,
    `link set ${link} up`,
    `-n ${netns} addr add ${net.address}/30 dev host0`,
    `-n ${netns} link set host0 up`,
    `-n ${netns} link set lo up`,
    `-n ${netns} link add wan0 type veth peer name world0 netns ${worldNetns}`,
    `-n ${netns} addr add ${world.host}/24 dev wan0`,
    `-n ${netns} link set wan0 up`,
    `-n ${netns} route add default via ${world.gateway}`,
    `-n ${worldNetns} link set lo up`,
    ...[world.gateway, world.pool, world.downloads, world.database].map(
      (address) => `-n ${worldNetns} addr add ${address}/24 dev world0`,
    ),
    `-n ${worldNetns} link set world0 up`,
  ]
  for (const step of steps) run(['ip', ...step.split(' ')])
  // A machine that forwards for others (a container host) does not forward for a range host, whatever routes that gives itself.
  writeFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, '0')
  const ipv6 = `/proc/sys/net/ipv6/conf/${link}/disable_ipv6`
  if (existsSync(ipv6)) writeFileSync(ipv6, '1')
}

/** Takes the network of a host away; every part may already be gone. */
export function removeNet(net: Net): void {
  for (const name of [net.netns, net.worldNetns]) tryRun(['ip', 'netns', 'delete', name])
  tryRun(['ip', 'link', 'delete', net.link])
}

/** Gives the /30 back, if it is still that host's. Last of all: until then nobody else may have the link's name. */
export function releaseNet(net: Net, name: string): void {
  const slot = join(slotFolder, String(net.slot))
  try {
    if (readFileSync(slot, 'utf8') === name) rmSync(slot)
  } catch {
    // already released
  }
}

function addressOf(slot: number, last: 1 | 2): string {
  const offset = slot * 4 + last
  return `10.231.${offset >> 8}.${offset & 255}`
}
