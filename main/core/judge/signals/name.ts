// Signals of where names lead and who may connect: what each looks for. Weights, groups and words are in resources/signals/name.yaml.

import type { NameRuleFact } from '../../probes/facts.ts'
import type { GuardDatum, SignalDatum } from '../catalogue.ts'
import { isAddress, isLoopback, isPrivate } from '../indicators.ts'
import { nameLists } from '../name-lists.ts'
import { changedInWindow, lockLetters, type Scene } from '../scene.ts'
import { excerpt, excerptOf, plain } from '../text.ts'
import { sure, when, type Judging, type Predicates } from './predicate.ts'

/** Lines of one file that trouble in one way. Told as one thing: thirty blocked names are one deed. */
export interface NameTrouble {
  readonly what: 'blocks' | 'leads-elsewhere' | 'resolver' | 'locks-out' | 'sources'
  /** at least one, in the order of the file */
  readonly rules: readonly [NameRuleFact, ...NameRuleFact[]]
}

/** Names in a sentence before it says how many more. */
const namesTold = 4
/** A list against advertisements has thousands of names; nobody types two hundred. */
const longList = 200
/** Addresses that hosts.allow may leave before it is a rule for a group of people. */
const fewStrangers = 2

const firstRule = ({ rules }: NameTrouble): NameRuleFact => rules[0]
const addressOf = (rule: NameRuleFact): string => (rule.address === null ? '' : plain(rule.address).toLowerCase())
/** `fe80::1%eth0` is the address without its interface. */
const bare = (address: string): string => address.replace(/%.*$/, '')

/** An address that answers nobody: of this host itself, or of none. */
export function isBlocking(address: string): boolean {
  return isLoopback(address) || /^(0\.|240\.|255\.255\.255\.255$|100::|::$)/.test(address)
}

/** All troubles that the facts can show; which of them weigh anything is decided by the signals. */
export function nameTroubles(scene: Scene): readonly NameTrouble[] {
  const rules = scene.of('name-rule').toSorted((a, b) => a.line - b.line)
  const of = (what: NameRuleFact['what']) => rules.filter((rule) => rule.what === what)
  const listed = of('hosts').filter((rule) => rule.names.some((name) => isOfNote(plain(name), scene)))
  const denies = of('hosts-deny').filter((rule) => coversSsh(rule) && clientsOf(rule).includes('ALL'))
  return [
    ...trouble(
      'blocks',
      listed.filter((rule) => isBlocking(addressOf(rule))),
    ),
    ...trouble(
      'leads-elsewhere',
      listed.filter(
        (rule) => isAddress(addressOf(rule)) && !isPrivate(addressOf(rule)) && !isBlocking(addressOf(rule)),
      ),
    ),
    ...trouble('resolver', of('resolver')),
    ...trouble('locks-out', denies.length === 0 ? [] : [...denies, ...of('hosts-allow').filter(coversSsh)]),
    ...of('nsswitch').flatMap((rule) => trouble('sources', oddSource(rule) === null ? [] : [rule])),
  ]
}

function trouble(what: NameTrouble['what'], rules: readonly NameRuleFact[]): NameTrouble[] {
  const [first, ...more] = rules
  return first === undefined ? [] : [{ what, rules: [first, ...more] }]
}

function isOfNote(name: string, scene: Scene): boolean {
  return nameLists().vendorOf(name) !== null || scene.indicators.host(name.toLowerCase()) !== null
}

/** Services before the colon of hosts.allow and hosts.deny. */
function servicesOf({ names }: NameRuleFact): readonly string[] {
  const words = names.map((name) => plain(name))
  return words.slice(0, words.indexOf(':'))
}

function clientsOf({ names }: NameRuleFact): readonly string[] {
  const words = names.map((name) => plain(name))
  return words.slice(words.indexOf(':') + 1)
}

function coversSsh(rule: NameRuleFact): boolean {
  return servicesOf(rule).some((service) => /^(sshd?|ALL)(@|$)/.test(service))
}

function oddSource({ names }: NameRuleFact): string | null {
  const [, ...sources] = names.map((name) => plain(name))
  return sources.find((source) => !nameLists().nameSources.has(source)) ?? null
}

/** The names of one kind that a trouble touches, told: at most four, and how many more. */
function touched(
  { rules }: NameTrouble,
  list: 'security' | 'updates' | 'pool',
  scene: Scene,
): { readonly names: string; readonly vendor: string; readonly address: string } | null {
  const hits = rules.flatMap((rule) =>
    rule.names.flatMap((name) => {
      const host = plain(name)
      const vendor = nameLists().vendorOf(host)
      const pool = scene.indicators.host(host.toLowerCase())
      const mine = list === 'pool' ? (pool === null ? null : pool.source) : vendor?.list === list ? vendor.vendor : null
      return mine === null ? [] : [{ host, vendor: mine, address: addressOf(rule) }]
    }),
  )
  if (hits.length === 0) return null
  const told = (all: readonly string[]) => {
    const some = [...new Set(all)]
    return (
      some.slice(0, namesTold).map(excerptOf).join(', ') +
      (some.length > namesTold ? ` +${some.length - namesTold}` : '')
    )
  }
  return {
    names: told(hits.map(({ host }) => host)),
    vendor: told(hits.map(({ vendor }) => vendor)),
    address: told(hits.map(({ address }) => address)),
  }
}

const touching =
  (what: NameTrouble['what'], list: 'security' | 'updates' | 'pool') => (one: NameTrouble, scene: Scene) => {
    const params = one.what === what ? touched(one, list, scene) : null
    return params === null ? null : sure(params)
  }

/** Addresses a resolver asks, or that hosts.allow lets in one by one. */
function addressesOf(one: NameTrouble): readonly string[] {
  if (one.what === 'locks-out') return allowed(one).filter((client) => isAddress(client))
  return [...new Set(one.rules.map((rule) => bare(addressOf(rule))))]
}

/** Whom hosts.allow lets in for ssh. */
function allowed({ rules }: NameTrouble): readonly string[] {
  return rules
    .filter((rule) => rule.what === 'hosts-allow')
    .flatMap(clientsOf)
    .map((client) => client.replace(/^\[|\]$/g, ''))
}

/** Where our own session comes from: the far end of the connection that its sshd holds. */
function ourAddresses(scene: Scene): ReadonlySet<string> {
  const ours = scene.processes.filter((process) => process.ours)
  return new Set(
    ours.flatMap((process) =>
      scene
        .socketsOf(process.identity.pid)
        .flatMap((socket) => (socket.state === 'established' ? [socket.remoteAddress] : [])),
    ),
  )
}

const signals: Predicates<NameTrouble, SignalDatum> = {
  'security-blocked': touching('blocks', 'security'),
  'updates-blocked': touching('blocks', 'updates'),
  'pool-blocked': touching('blocks', 'pool'),
  'security-led-elsewhere': touching('leads-elsewhere', 'security'),
  'updates-led-elsewhere': touching('leads-elsewhere', 'updates'),
  'pool-led-elsewhere': touching('leads-elsewhere', 'pool'),
  'resolver-not-offered': (one) => {
    if (one.what !== 'resolver') return null
    const offered = firstRule(one).resolver?.offered.map((address) => plain(address)) ?? []
    const asked = addressesOf(one)
    const strange = asked.find((address) => !offered.includes(address))
    const through = asked.some((address) => offered.includes(address) || isLoopback(address))
    return strange === undefined || offered.length === 0 || through
      ? null
      : sure({ address: excerptOf(strange), offered: excerptOf(offered.slice(0, namesTold).join(', ')) })
  },
  'resolver-stranger': (one) => {
    if (one.what !== 'resolver') return null
    const strange = addressesOf(one).find((address) => !isPrivate(address) && !nameLists().publicResolvers.has(address))
    return strange === undefined ? null : sure({ address: excerptOf(strange) })
  },
  'led-to-attacker': (one, scene) => {
    const guessers = new Set(
      scene.of('login').flatMap((login) => (login.what === 'accepted-after-burst' ? [plain(login.from)] : [])),
    )
    const addresses = one.what === 'blocks' || one.what === 'sources' ? [] : addressesOf(one)
    const hit = addresses.find((address) => guessers.has(address) || scene.indicators.address(address, 0) !== null)
    return hit === undefined ? null : sure({ address: excerptOf(hit) })
  },
  'resolver-unmanaged': (one) => {
    const { resolver, file } = firstRule(one)
    return when(
      one.what === 'resolver' && resolver !== null && resolver.manager !== 'none' && resolver.managed === 'no',
      {
        manager: resolver?.manager ?? '',
        path: excerpt(file.path),
      },
    )
  },
  'ssh-denied-to-all': (one) => when(one.what === 'locks-out', { path: excerpt(firstRule(one).file.path) }),
  'ssh-left-to-one-stranger': (one) => {
    if (one.what !== 'locks-out') return null
    const clients = [...new Set(allowed(one))]
    const strangers = clients.every((client) => isAddress(client) && !isPrivate(client))
    return when(clients.length > 0 && clients.length <= fewStrangers && strangers, {
      clients: excerptOf(clients.join(', ')),
    })
  },
  'odd-name-source': (one) => {
    const rule = firstRule(one)
    const source = one.what === 'sources' ? oddSource(rule) : null
    return source === null
      ? null
      : sure({ source: excerptOf(source), database: rule.names[0] === undefined ? '' : excerpt(rule.names[0]) })
  },
  'name-file-locked': (one) => {
    const locked = one.rules.find(({ file }) => lockLetters(file) !== null)?.file
    return locked === undefined ? null : sure({ path: excerpt(locked.path), flags: lockLetters(locked) ?? '' })
  },
  'name-file-changed-in-window': (one, scene) => {
    const changed = one.rules.find(({ file }) => changedInWindow(scene, file))?.file
    return changed === undefined ? null : sure({ path: excerpt(changed.path) })
  },
}

const guards: Predicates<NameTrouble, GuardDatum> = {
  'long-block-list': (one, scene) => {
    if (one.what !== 'blocks') return null
    const count = scene
      .of('name-rule')
      .filter((rule) => rule.what === 'hosts' && isBlocking(addressOf(rule)))
      .reduce((sum, rule) => sum + rule.names.length, 0)
    return when(count >= longList, { count, path: excerpt(firstRule(one).file.path) })
  },
  'inside-addresses': (one) => {
    const addresses = one.what === 'resolver' ? addressesOf(one) : []
    return when(addresses.length > 0 && addresses.every((address) => isPrivate(address)), {
      address: excerptOf(addresses.slice(0, namesTold).join(', ')),
    })
  },
  'we-are-let-in': (one, scene) => {
    if (one.what !== 'locks-out') return null
    const ours = ourAddresses(scene)
    const mine = allowed(one).find((client) => ours.has(client))
    return mine === undefined ? null : sure({ address: excerptOf(mine) })
  },
}

export const nameJudging: Judging<NameTrouble> = { kind: 'name', signals, guards }

/** For the title: the names and the addresses that a trouble is about. */
export function toldOf(one: NameTrouble, scene: Scene): { readonly names?: string; readonly address?: string } {
  const all = one.rules.flatMap((rule) => rule.names.map((name) => plain(name)))
  const names = [...new Set(all.filter((name) => isOfNote(name, scene)))]
  const addresses = [...new Set(one.rules.map(addressOf))].filter((address) => address !== '')
  const more = names.length > namesTold ? ` +${names.length - namesTold}` : ''
  return {
    ...(names.length === 0 ? {} : { names: excerptOf(names.slice(0, namesTold).join(', ')) + more }),
    ...(addresses.length === 0 ? {} : { address: excerptOf(addresses.slice(0, namesTold).join(', ')) }),
  }
}
