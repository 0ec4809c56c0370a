// From a target to an authenticated Connection, through any number of jump hosts, each verified under its own name. Either a Connection comes back,
// or an error with its own code and no socket left behind.

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TourniquetError } from '../core/errors.ts'
import type { Connection, Dialled, Ending } from '../core/ports.ts'
import { offer } from './algorithms.ts'
import type { AskLogin, LoginQuestion } from './asking.ts'
import { loadCredentials, type AskPassphrase, type Credentials, type Loaded } from './credentials.ts'
import { GuardedClient, type GuardedOptions } from './guarded-client.ts'
import { hostCheck, type HostCheck, type HostKeyPolicy } from './host-keys.ts'
import { defaultKeepalive, defaultLimits, type Limits } from './limits.ts'
import { shownTarget, type Target } from './target.ts'
import { connectTcp } from './tcp.ts'

/** A machine on the way. Its credentials are its own: a password for the target is never shown to a jump host. */
export interface Jump {
  readonly target: Target
  readonly credentials: Credentials
  /** `SHA256:…` of the one key accepted for it; without it the files decide. */
  readonly pin?: string
}

export interface DialOptions {
  readonly credentials: Credentials
  readonly hostKeys: HostKeyPolicy
  /** Nearest first. */
  readonly jumps?: readonly Jump[]
  /** Offer weak algorithms to the target (never to jump hosts): a person's choice for one host, recorded with the case. */
  readonly legacyAlgorithms?: boolean
  readonly limits?: Partial<Limits>
  readonly keepalive?: { readonly every: number; readonly misses: number } | 'off'
  /** Whoever can be asked for what is missing, at every hop. Without it, what is missing is a failure. */
  readonly ask?: AskLogin
  /** Called whenever the target has sent anything, answers to keepalives included; often. Must not throw. */
  readonly onHeard?: () => void
  /** Cancels the dialling at any stage with `cancelled`. An open connection is ended by `close`. */
  readonly signal?: AbortSignal
}

interface Leg {
  readonly target: Target
  readonly loaded: Loaded
  readonly check: HostCheck
  readonly legacy: boolean
}

/**
 * Connects, checks the host key, logs in. Throws the codes of reaching and trusting a host; a failure at a jump host is `jump-failed` with the hop,
 * the inner code and its parameters, and the inner error as cause.
 */
export async function dial(target: Target, options: DialOptions): Promise<Connection> {
  const legs = await prepare(target, options)
  const open: GuardedClient[] = []
  let address = target.host
  const onAbort = () => {
    for (const client of open) client.lose({ reason: 'closed-by-us', detail: 'cancelled' })
  }
  options.signal?.addEventListener('abort', onAbort)
  try {
    for (const leg of legs) {
      const transport = await attempt(leg, legs, () => reach(open.at(-1), leg.target, options))
      if (open.length === 0 && legs.length === 1 && transport instanceof Socket)
        address = transport.remoteAddress ?? address
      open.push(await attempt(leg, legs, () => GuardedClient.open(transport, clientOptions(leg, legs, options))))
      options.signal?.throwIfAborted()
    }
  } catch (error) {
    await closeAll(open)
    throw options.signal?.aborted === true ? new TourniquetError('cancelled') : error
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
  }
  return connection(legs, open, address, ({ keyFile, signal } = {}) => {
    const proven = open.map((client) => client.proven().key.sha256)
    return dial(target, {
      ...options,
      credentials: keyFile === undefined ? options.credentials : { keyFile, identityFiles: [], agent: 'off' },
      hostKeys: pinned(options.hostKeys, proven.at(-1)),
      jumps: (options.jumps ?? []).map((jump, at) => ({ ...jump, ...pinOf(proven[at]) })),
      ...(signal ? { signal } : {}),
    })
  })
}

function pinned(policy: HostKeyPolicy, pin: string | undefined): HostKeyPolicy {
  return { files: policy.files, trustNew: false, ...pinOf(pin) }
}

function pinOf(pin: string | undefined): { readonly pin?: string } {
  return pin === undefined ? {} : { pin }
}

/** Everything that can fail without the network fails first. */
async function prepare(target: Target, options: DialOptions): Promise<readonly Leg[]> {
  const legs: Leg[] = []
  const { ask, signal = new AbortController().signal } = options
  const asking = (hop: Target): AskPassphrase | null =>
    ask ? (file, again) => ask(hop, { what: 'key-passphrase', file, again }, signal) : null
  const { files, trustNew } = options.hostKeys
  for (const jump of options.jumps ?? []) {
    const policy = { files, trustNew, ...(jump.pin === undefined ? {} : { pin: jump.pin }) }
    const check = hostCheck(policy, jump.target.host, jump.target.port, true)
    const loaded = await loadCredentials(jump.credentials, asking(jump.target))
    legs.push({ target: jump.target, loaded, check, legacy: false })
  }
  const check = hostCheck(options.hostKeys, target.host, target.port, true)
  const loaded = await loadCredentials(options.credentials, asking(target))
  return [...legs, { target, loaded, check, legacy: options.legacyAlgorithms ?? false }]
}

function reach(previous: GuardedClient | undefined, { host, port }: Target, options: DialOptions): Promise<Duplex> {
  if (previous) return previous.channels.forward(host, port)
  return connectTcp(host, port, options.limits?.tcp ?? defaultLimits.tcp, options.signal)
}

function clientOptions(leg: Leg, legs: readonly Leg[], options: DialOptions): GuardedOptions {
  const { ask, onHeard } = options
  return {
    target: leg.target,
    hostCheck: leg.check,
    loaded: leg.loaded,
    algorithms: offer({ legacy: leg.legacy, knownKeyTypes: leg.check.knownTypes }),
    limits: { ...defaultLimits, ...options.limits },
    keepalive: options.keepalive ?? defaultKeepalive,
    ...(ask ? { ask: (question: LoginQuestion, signal: AbortSignal) => ask(leg.target, question, signal) } : {}),
    ...(onHeard && leg === legs.at(-1) ? { onHeard } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  }
}

/** A failure on the way to, or at, a jump host names the hop. */
async function attempt<T>(leg: Leg, legs: readonly Leg[], step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const last = leg === legs.at(-1)
    if (last || !(error instanceof TourniquetError) || error.code === 'cancelled' || error.code === 'jump-failed')
      throw error
    throw new TourniquetError(
      'jump-failed',
      { ...error.params, hop: shownTarget(leg.target), inner: error.code },
      error,
    )
  }
}

function connection(
  legs: readonly Leg[],
  open: readonly GuardedClient[],
  address: string,
  again: Connection['again'],
): Connection {
  const last = open.at(-1)
  const target = legs.at(-1)?.target
  if (!last || !target) throw new TourniquetError('internal', { what: 'a dial without a target' })
  const via = open
    .slice(0, -1)
    .map((client, index) => ({ ...(legs[index]?.target ?? target), key: client.proven().key }))
  const dialled: Dialled = { ...target, address, via, ...last.proven() }
  let ended: Ending | null = null
  let listener: ((ending: Ending) => void) | null = null

  for (const [index, hop] of open.slice(0, -1).entries()) {
    hop.onClosed((ending) => {
      last.lose({
        reason: 'link-lost',
        detail: `jump ${legs[index]?.target.host ?? ''}: ${ending.detail ?? ending.reason}`,
      })
    })
  }
  last.onClosed((ending) => {
    ended = ending
    void closeAll(open.slice(0, -1)) // never rejects; a hop without its passenger has no purpose
    listener?.(ending)
  })
  return {
    dialled,
    exec: (command) => last.channels.exec(command),
    terminal: (size) => last.channels.terminal(size),
    again,
    onClosed(given) {
      listener = given
      if (ended) queueMicrotask(given.bind(null, ended))
    },
    close: () => closeAll(open),
  }
}

/** Farthest first, so that each says goodbye while its road still stands. */
async function closeAll(open: readonly GuardedClient[]): Promise<void> {
  for (const client of [...open].reverse()) await client.close()
}
