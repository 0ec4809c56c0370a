// The hosts of this session: dialled, entered, lost, dialled again. A link that drops says why and when it was last heard; nothing is re-run by itself.

import { enter, leave } from '../compose.ts'
import type { Contract, Destination, Link } from '../core/contract.ts'
import { caseChain } from '../core/case/journal.ts'
import type { CaseStore } from '../core/case/store.ts'
import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import { openRun } from '../core/playbook/resume.ts'
import { recordArrival } from '../core/playbook/run.ts'
import type { Clock, Connection } from '../core/ports.ts'
import type { Frozen, Input } from '../core/rpc/define.ts'
import { wireError } from '../core/rpc/messages.ts'
import { rememberKey, wayTo, type Secrets, type Way } from './dialling.ts'
import type { Emit } from './emit.ts'
import type { Questions } from './questions.ts'

/** Milliseconds between two reports of a host that answers all the time. */
const heardEvery = 2000

interface Record {
  readonly id: string
  readonly destination: Frozen<Destination>
  readonly way: Way
  readonly sudo: boolean
  readonly legacyAlgorithms: boolean
  secrets: Secrets
  /** the key a person confirmed, or that the case already knows this address by */
  pin: string | null
  state: Link['state']
  error: TourniquetError | null
  lastHeard: string | null
  key: Frozen<Link>['key']
  host: EngineHost | null
  job: string | null
  attempt: AbortController
}

export class Links {
  readonly #store: CaseStore
  readonly #emit: Emit
  readonly #questions: Questions
  readonly #clock: Clock
  readonly #records = new Map<string, Record>()
  #count = 0

  constructor(store: CaseStore, emit: Emit, questions: Questions, clock: Clock) {
    this.#store = store
    this.#emit = emit
    this.#questions = questions
    this.#clock = clock
  }

  list(): readonly Frozen<Link>[] {
    return [...this.#records.values()].map(view)
  }

  /** Starts dialling and answers at once. Throws `usage` or `file-unreadable` for a destination that cannot be worked out. */
  connect(input: Input<Contract, 'hosts.connect'>): Frozen<Link> {
    const way = wayTo(input.destination)
    const record: Record = {
      id: `link-${String((this.#count += 1))}`,
      destination: input.destination,
      way,
      sudo: input.sudo,
      legacyAlgorithms: input.legacyAlgorithms,
      secrets: input.secrets,
      pin: this.#knownBy(way.shown),
      state: 'connecting',
      error: null,
      lastHeard: null,
      key: null,
      host: null,
      job: null,
      attempt: new AbortController(),
    }
    this.#records.set(record.id, record)
    void this.#dial(record)
    return view(record)
  }

  /** Throws `busy` while the link stands or is being made. */
  reconnect(id: string, secrets: Secrets | null): Frozen<Link> {
    const record = this.#record(id)
    if (record.state !== 'lost' && record.state !== 'failed' && record.state !== 'left')
      throw new TourniquetError('busy', { what: record.way.shown })
    if (secrets !== null) record.secrets = secrets
    record.attempt = new AbortController()
    record.error = null
    this.#set(record, 'connecting')
    void this.#dial(record)
    return view(record)
  }

  /** Leaves the host. Our folder stays while a run on it is open: its kept results make a resume safe. Throws `busy` while a job holds it. */
  async disconnect(id: string, reason = 'disconnected'): Promise<void> {
    const record = this.#record(id)
    if (record.job !== null) throw new TourniquetError('busy', { what: record.way.shown })
    record.attempt.abort()
    const { host, state } = record
    this.#set(record, 'left')
    if (host && state === 'ready') {
      const keep = openRun(this.#store)?.hosts.includes(host.id) === true
      await leave(this.#store, host, keep, reason)
    }
  }

  async leaveAll(reason: string): Promise<void> {
    await Promise.all([...this.#records.keys()].map((id) => this.disconnect(id, reason)))
  }

  /** The host a link stands on. Throws `host-not-connected`. */
  entered(id: string): EngineHost {
    const { host, state } = this.#record(id)
    if (host === null || state !== 'ready') throw new TourniquetError('host-not-connected', { host: id })
    return host
  }

  /** The hosts, entered and held for a job. Throws `host-not-connected` or `busy`; then none is held. */
  hold(hosts: readonly string[], job: string): { readonly hosts: readonly EngineHost[]; release(): void } {
    const records = [...new Set(hosts)].map((id) => {
      const record = [...this.#records.values()].find((one) => one.host?.id === id && one.state === 'ready')
      if (!record) throw new TourniquetError('host-not-connected', { host: id })
      if (record.job !== null) throw new TourniquetError('busy', { what: record.way.shown })
      return record
    })
    for (const record of records) {
      record.job = job
      this.#emit('link', view(record))
    }
    return {
      hosts: records.flatMap(({ host }) => (host ? [host] : [])),
      release: () => {
        for (const record of records) {
          record.job = null
          this.#emit('link', view(record))
        }
      },
    }
  }

  async #dial(record: Record): Promise<void> {
    const { signal } = record.attempt
    try {
      const { connection, remember } = await this.#dialAsking(record)
      const { type, sha256, md5 } = connection.dialled.key
      record.key = { type, sha256, md5, trust: connection.dialled.keyTrust }
      record.pin = sha256 // whatever vouched for it, another key on this link is another host
      const host = await enter(this.#store, record.way.shown, connection, {
        sudo: record.sudo,
        sudoPassword: record.secrets.sudoPassword,
        signal,
      }).catch(async (cause: unknown) => {
        await connection.close()
        throw cause
      })
      if (remember) rememberKey(record.way, connection)
      if (signal.aborted || this.#twin(record, host)) {
        await leave(this.#store, host, true, signal.aborted ? 'disconnected' : 'connected already')
        throw new TourniquetError(signal.aborted ? 'cancelled' : 'busy', { what: record.way.shown })
      }
      await recordArrival(this.#store, host) // what the login chain printed is evidence, whether or not a job follows
      record.host = host
      record.lastHeard = this.#clock.now()
      this.#set(record, 'ready')
      this.#watch(record, host)
    } catch (cause) {
      if (record.state === 'left') return
      record.error = asError(cause)
      this.#set(record, 'failed')
    }
  }

  /** Dials; when the key is known to nobody, asks, and dials again for exactly the key that was confirmed. */
  async #dialAsking(record: Record): Promise<{ readonly connection: Connection; readonly remember: boolean }> {
    const { signal } = record.attempt
    const dial = (pin: string | null): Promise<Connection> =>
      record.way.dial({ secrets: record.secrets, pin, legacyAlgorithms: record.legacyAlgorithms, signal })
    try {
      return { connection: await dial(record.pin), remember: false }
    } catch (cause) {
      if (!isTourniquetError(cause, 'host-key-unknown')) throw cause
      const { type, sha256, md5 } = cause.params
      if (typeof sha256 !== 'string') throw cause
      this.#set(record, 'asking')
      const answer = await this.#questions.ask<'host-key'>(
        {
          kind: 'host-key',
          link: record.id,
          address: record.way.shown,
          key: { type: String(type), sha256, md5: String(md5) },
        },
        signal,
      )
      if (answer === null || answer.trust === 'no') throw cause
      this.#set(record, 'connecting')
      return { connection: await dial(sha256), remember: answer.trust === 'remember' }
    }
  }

  #watch(record: Record, host: EngineHost): void {
    const standing = (): boolean => record.host === host && record.state === 'ready'
    let told = this.#clock.monotonic()
    host.session.onTraffic(({ reply }) => {
      if (reply === null || !standing()) return
      record.lastHeard = this.#clock.now()
      if (this.#clock.monotonic() - told < heardEvery) return
      told = this.#clock.monotonic()
      this.#emit('link', view(record))
    })
    host.session.onClosed((ending) => {
      if (!standing()) return
      const detail = ending.detail ?? ending.reason
      record.error = new TourniquetError(ending.reason === 'flooded' ? 'host-flooded' : 'link-lost', {
        host: record.way.shown,
        detail,
      })
      this.#set(record, 'lost')
    })
  }

  #set(record: Record, state: Link['state']): void {
    record.state = state
    this.#emit('link', view(record))
  }

  #twin(record: Record, host: EngineHost): boolean {
    return [...this.#records.values()].some(
      (one) => one !== record && one.state === 'ready' && one.host?.id === host.id,
    )
  }

  #record(id: string): Record {
    const record = this.#records.get(id)
    if (!record) throw new TourniquetError('host-not-connected', { host: id })
    return record
  }

  #knownBy(address: string): string | null {
    const added = this.#store
      .events(caseChain)
      .flatMap((event) => (event.type === 'host-added' && event.data.address === address ? [event.data.hostKey] : []))
    return added.at(-1) ?? null
  }
}

function view(record: Record): Frozen<Link> {
  const arrival = record.host?.session.arrival
  return {
    link: record.id,
    destination: record.destination,
    address: record.way.shown,
    host: record.host?.id ?? null,
    state: record.state,
    error: record.error && wireError(record.error),
    lastHeard: record.lastHeard,
    key: record.key,
    arrival: arrival
      ? {
          hostname: arrival.hostname,
          kernel: arrival.kernel,
          arch: arrival.arch,
          euid: arrival.euid,
          sudo: arrival.sudo,
        }
      : null,
    job: record.job,
  }
}

function asError(cause: unknown): TourniquetError {
  if (isTourniquetError(cause)) return cause
  const { code, params } = wireError(cause)
  return new TourniquetError(code, params, cause)
}
