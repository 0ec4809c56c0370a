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
import { asError, wireError } from '../core/rpc/messages.ts'
import { shownTarget } from '../ssh/target.ts'
import { wayTo, type Way } from './dialling.ts'
import type { Emit } from './emit.ts'
import { keyChange, knownKey, recordKeyChange, strangerKey } from './key-trouble.ts'
import { Logins, type Secrets } from './logins.ts'
import { forgetPins, rememberPin } from './pins.ts'
import type { Questions } from './questions.ts'
import type { SecretStore } from './shell.ts'

/** Milliseconds between two reports of a host that answers all the time. */
const heardEvery = 2000

interface Record {
  readonly id: string
  readonly destination: Frozen<Destination>
  readonly way: Way
  readonly sudo: boolean
  readonly legacyAlgorithms: boolean
  readonly logins: Logins
  /** keep what got us in for the next time */
  readonly remember: boolean
  /** by `user@host:port` of each hop: the key a person confirmed, or that the case already knows this address by */
  readonly pins: Map<string, string>
  state: Link['state']
  error: TourniquetError | null
  lastHeard: string | null
  /** monotonic; when the page was last told of it */
  toldHeard: number
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
  readonly #secrets: SecretStore | null
  #count = 0

  constructor(store: CaseStore, emit: Emit, questions: Questions, clock: Clock, secrets: SecretStore | null) {
    this.#store = store
    this.#emit = emit
    this.#questions = questions
    this.#clock = clock
    this.#secrets = secrets
  }

  list(): readonly Frozen<Link>[] {
    return [...this.#records.values()].map(view)
  }

  /** Starts dialling and answers at once. Throws `usage` or `file-unreadable` for a destination that cannot be worked out. */
  connect(input: Input<Contract, 'hosts.connect'>): Frozen<Link> {
    const way = wayTo(input.destination)
    const id = `link-${String((this.#count += 1))}`
    const known = knownKey(this.#store, way)
    const logins = new Logins(id, this.#questions, this.#secrets, (asking) => {
      if (record.state === 'connecting' || record.state === 'asking')
        this.#set(record, asking ? 'asking' : 'connecting')
    })
    logins.give(way.target, input.secrets)
    const record: Record = {
      id,
      destination: input.destination,
      way,
      sudo: input.sudo,
      legacyAlgorithms: input.legacyAlgorithms,
      logins,
      remember: input.remember,
      pins: new Map(known === null ? [] : [[way.shown, known]]),
      state: 'connecting',
      error: null,
      lastHeard: null,
      toldHeard: 0,
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
    if (secrets !== null) record.logins.give(record.way.target, secrets)
    record.attempt = new AbortController()
    record.error = null
    this.#set(record, 'connecting')
    void this.#dial(record)
    return view(record)
  }

  /**
   * Takes the key for which the link was refused as the host's own, on the word of a person, and dials again for exactly that key. Our known_hosts forgets
   * the key it replaces. Rejects with `host-key-unknown` when the link was not refused for it.
   */
  async acceptKey(
    id: string,
    { sha256, by, reason }: { readonly sha256: string; readonly by: string; readonly reason: string },
  ): Promise<Frozen<Link>> {
    const record = this.#record(id)
    const changed = record.state === 'failed' && record.error !== null ? keyChange(record.way, record.error) : null
    if (changed === null || changed.old === null || changed.key.sha256 !== sha256)
      throw new TourniquetError('host-key-unknown', { host: record.way.shown, sha256 })
    const { address, old } = changed
    await this.#store.append(caseChain, 'host-key-accepted', { address, old, now: sha256, by, reason })
    await forgetPins(address)
    record.pins.set(address, sha256)
    return this.reconnect(id, null)
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

  /** Hosts whose link stands and that no job holds. */
  idle(): readonly EngineHost[] {
    return [...this.#records.values()].flatMap(({ host, state, job }) =>
      host !== null && state === 'ready' && job === null ? [host] : [],
    )
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
      const host = await this.#enterAsking(record)
      if (signal.aborted || this.#twin(record, host)) {
        await leave(this.#store, host, true, signal.aborted ? 'disconnected' : 'connected already')
        throw new TourniquetError(signal.aborted ? 'cancelled' : 'busy', { what: record.way.shown })
      }
      if (record.remember) await record.logins.keep()
      await recordArrival(this.#store, host) // what the login chain printed is evidence, whether or not a job follows
      record.host = host
      record.lastHeard = this.#clock.now()
      this.#set(record, 'ready')
      this.#watch(record, host)
    } catch (cause) {
      if (record.state === 'left' || record.attempt.signal !== signal) return
      record.error = await recordKeyChange(this.#store, record.way, asError(cause))
      this.#set(record, 'failed')
    }
  }

  /** Dials and enters; asks for the password of sudo and comes again when that is what is missing. */
  async #enterAsking(record: Record): Promise<EngineHost> {
    const { signal } = record.attempt
    const { target, shown } = record.way
    for (;;) {
      const connection = await this.#dialAsking(record)
      const { type, sha256, md5 } = connection.dialled.key
      record.key = { type, sha256, md5, trust: connection.dialled.keyTrust }
      record.pins.set(shown, sha256) // whatever vouched for it, another key on this link is another host
      const sudoPassword = record.logins.get('sudo-password', target)
      try {
        return await enter(this.#store, shown, connection, { sudo: record.sudo, sudoPassword, signal })
      } catch (cause) {
        await connection.close()
        // With words of its own sudo says that this account may not; without, that the password was wrong.
        const wrong = isTourniquetError(cause, 'sudo-refused') && cause.params['detail'] === undefined
        if (!wrong && !isTourniquetError(cause, 'sudo-password-missing')) throw cause
        if (!(await record.logins.askSudo(target, wrong, signal))) throw cause
      }
    }
  }

  /** Dials; when a key on the way is known to nobody, asks, and dials again for exactly the key that was confirmed. */
  async #dialAsking(record: Record): Promise<Connection> {
    const { attempt, way, logins, pins, legacyAlgorithms } = record
    const remember: string[] = []
    for (;;) {
      try {
        await logins.load(way.hops)
        const heard = (): void => {
          if (record.attempt === attempt) this.#heard(record)
        }
        const connection = await way.dial({ logins, pins, legacyAlgorithms, heard, signal: attempt.signal })
        const { dialled } = connection
        for (const hop of [...dialled.via, dialled])
          if (remember.includes(shownTarget(hop))) rememberPin(hop.host, hop.port, hop.key)
        return connection
      } catch (cause) {
        const stranger = strangerKey(way, cause)
        if (stranger === null) throw cause
        this.#set(record, 'asking')
        const { address, key } = stranger
        const answer = await this.#questions.ask<'host-key'>(
          { kind: 'host-key', link: record.id, address, key },
          attempt.signal,
        )
        if (answer === null || answer.trust === 'no') throw cause
        this.#set(record, 'connecting')
        pins.set(address, key.sha256)
        if (answer.trust === 'remember') remember.push(address)
      }
    }
  }

  #heard(record: Record): void {
    if (record.state !== 'ready') return
    record.lastHeard = this.#clock.now()
    if (this.#clock.monotonic() - record.toldHeard < heardEvery) return
    record.toldHeard = this.#clock.monotonic()
    this.#emit('link', view(record))
  }

  #watch(record: Record, host: EngineHost): void {
    const standing = (): boolean => record.host === host && record.state === 'ready'
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
