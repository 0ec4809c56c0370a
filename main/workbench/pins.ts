// Host keys a person told the workbench to trust. They lie in a known_hosts file of its own: the user's file is read like ssh reads it, and never written.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { caseChain } from '../core/case/journal.ts'
import type { CaseStore } from '../core/case/store.ts'
import type { Contract } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { HostKey } from '../core/ports.ts'
import type { Output } from '../core/rpc/define.ts'
import { systemCode, writeWhole } from '../platform/files.ts'
import { defaultKnownHosts, hostCheck } from '../ssh/host-keys.ts'
import { parseKnownHosts, type KnownHost } from '../ssh/known-hosts.ts'

type Pins = Output<Contract, 'pins.list'>['pins']

/** Ours first: new keys go to the first file. */
export function knownHostsFiles(): readonly string[] {
  return [ownFile(), ...defaultKnownHosts()]
}

/** Writes down a key that its host has just proven to hold. Throws `file-unreadable`. */
export function rememberPin(host: string, port: number, key: HostKey): void {
  hostCheck({ files: [ownFile()], trustNew: true }, host, port, false).remember(key)
}

/** Keys of our own file, then those by which the case knows its hosts. Throws `file-unreadable`. */
export function listPins(store: CaseStore | null): Pins {
  const own = parseKnownHosts(readOwn(), ownFile()).entries.map(({ names, key }) => ({
    address: addressOf(names),
    type: key.type,
    sha256: key.sha256,
    from: 'known-hosts' as const,
  }))
  const known = (store?.events(caseChain) ?? []).flatMap((event): Pins => {
    const from = 'case' as const
    if (event.type === 'host-key-accepted')
      return [{ address: event.data.address, type: '?', sha256: event.data.now, from }]
    if (event.type !== 'host-added') return []
    const { address, host, hostKey } = event.data
    return [{ address, type: keyType(store, host), sha256: hostKey, from }]
  })
  return [...own, ...known]
}

/** Takes a key out of our own file, whole lines and no others. Rejects with `host-key-unknown` when it is not there, `disk-full`, `disk-error`. */
export async function forgetPin(address: string, sha256: string): Promise<void> {
  const text = readOwn()
  const goes = (entry: KnownHost): boolean => addressOf(entry.names) === address && entry.key.sha256 === sha256
  const lines = new Set(parseKnownHosts(text, ownFile()).entries.flatMap((entry) => (goes(entry) ? [entry.line] : [])))
  if (lines.size === 0) throw new TourniquetError('host-key-unknown', { host: address, sha256 })
  const left = text.split('\n').filter((_, index) => !lines.has(index + 1))
  await writeWhole(ownFile(), [new TextEncoder().encode(left.join('\n'))])
}

/** Forgets every key our own file has for the machine behind `user@host:port`. Rejects as `forgetPin` does. */
export async function forgetPins(address: string): Promise<void> {
  for (const pin of listPins(null)) if (pin.address === machineOf(address)) await forgetPin(pin.address, pin.sha256)
}

/** `host:port` of `user@host:port`. */
export function machineOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

function ownFile(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'tourniquet', 'known_hosts')
}

function readOwn(): string {
  try {
    return readFileSync(ownFile(), 'utf8')
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return ''
    throw new TourniquetError('file-unreadable', { file: ownFile(), detail: systemCode(cause) ?? 'unknown' }, cause)
  }
}

/** `host:port` of a name as known_hosts files it: `host`, or `[host]:port`. */
function addressOf(names: string): string {
  return names.startsWith('[') ? names.replace(/^\[([^\]:]*)\]:/, '$1:') : `${names}:22`
}

/** What kind of key it was, as the arrivals on that host tell; `?` when it was never entered since. */
function keyType(store: CaseStore | null, host: string): string {
  const arrived = store?.events(host).findLast((event) => event.type === 'arrived')
  const arrival = arrived?.type === 'arrived' ? (arrived.data.arrival as ArrivedWith | null) : null
  return arrival?.dialled?.key?.type ?? '?'
}

interface ArrivedWith {
  readonly dialled?: { readonly key?: { readonly type?: string } }
}
