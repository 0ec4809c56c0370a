// ssh2's client made safe against the host at its other end. It promises: no connection without a verdict on the host key, memory bounded whatever
// the host sends, the first error ends everything, every stage has a time limit and can be cancelled. It never forwards an agent, X11 or a port
// towards us, and nothing handed to ssh2 throws.

import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import type { Algorithms, Client } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import type { Dialled, Ending, HostKey } from '../core/ports.ts'
import type { LoginQuestion, Person } from './asking.ts'
import { Channels } from './channels.ts'
import { clean } from './clean.ts'
import type { Loaded } from './credentials.ts'
import { FloodGuard } from './flood-guard.ts'
import { closedByHost, dialFailure, lostBeforeLogin, type Seen, type Stage } from './failure.ts'
import type { HostCheck } from './host-keys.ts'
import { describeHostKey } from './known-hosts.ts'
import type { Limits } from './limits.ts'
import { login, type Login } from './login.ts'
import type { Target } from './target.ts'

export interface GuardedOptions {
  readonly target: Target
  readonly hostCheck: HostCheck
  readonly loaded: Loaded
  readonly algorithms: Algorithms
  readonly limits: Limits
  readonly keepalive: { readonly every: number; readonly misses: number } | 'off'
  readonly ask?: (question: LoginQuestion, signal: AbortSignal) => Promise<readonly string[] | null>
  /** Called on every piece the host sends once it is logged in to. */
  readonly onHeard?: () => void
  readonly signal?: AbortSignal
}

type Proven = Pick<Dialled, 'key' | 'keyTrust' | 'algorithms' | 'serverVersion' | 'authMethod'>

export class GuardedClient {
  readonly channels: Channels
  private readonly client: Client = new ssh2.Client()
  private readonly transport: Duplex
  private readonly options: GuardedOptions
  private readonly gone: Promise<void>
  private readonly login: Login
  private readonly guard: FloodGuard
  private readonly over = new AbortController()
  private stage: Stage = 'handshake'
  private stageTimer: NodeJS.Timeout | null = null
  private ending: Ending | null = null
  private closedListener: ((ending: Ending) => void) | null = null
  private key: { readonly key: HostKey; readonly trust: Dialled['keyTrust'] } | null = null
  private negotiated: Dialled['algorithms'] = { kex: '', hostKey: '', cipher: '', mac: '' }
  private settle: { readonly done: () => void; readonly failed: (error: TourniquetError) => void } | null = null
  private readonly onAbort = () => {
    this.fail(new TourniquetError('cancelled'))
  }

  private constructor(transport: Duplex, options: GuardedOptions) {
    this.transport = transport
    this.guard = new FloodGuard(this.client, transport)
    this.options = options
    this.channels = new Channels(this.client, transport, options.target, options.limits)
    // Asked for now: a stream through a jump host does not tell afterwards whether it is closed.
    this.gone = new Promise((done) =>
      transport.once('close', () => {
        done()
      }),
    )
    const { ask } = options
    const fail = (error: TourniquetError) => {
      this.fail(error)
    }
    this.login = login(options.target.user, options.loaded, fail, ask ? this.person(ask) : null)
  }

  /** Handshake, host key, login over a connected transport, which belongs to the client from now on: on failure nothing of it remains. */
  static async open(transport: Duplex, options: GuardedOptions): Promise<GuardedClient> {
    const guarded = new GuardedClient(transport, options)
    await new Promise<void>((done, failed) => {
      guarded.settle = { done, failed }
      guarded.start()
    })
    return guarded
  }

  /** A human reads and types: our clock stands still meanwhile, and a question nobody needs any more is taken back. */
  private person(ask: NonNullable<GuardedOptions['ask']>): Person {
    const { signal } = this.over
    return {
      signal,
      ask: async (question) => {
        this.limit(this.stage, null)
        const answers = await ask(question, signal)
        if (!this.ending && this.stage === 'auth') this.limit('auth', this.options.limits.auth)
        return answers
      },
    }
  }

  /** What was proven while logging in. */
  proven(): Proven {
    if (!this.key) throw new TourniquetError('internal', { what: 'no host key before the handshake' })
    return {
      key: this.key.key,
      keyTrust: this.key.trust,
      algorithms: this.negotiated,
      serverVersion: this.guard.serverVersion(),
      authMethod: this.login.method(),
    }
  }

  /** Called once, at once when it is over already. */
  onClosed(listener: (ending: Ending) => void): void {
    this.closedListener = listener
    const { ending } = this
    if (ending)
      queueMicrotask(() => {
        this.tellClosed(ending)
      })
  }

  /** Ends the connection from outside: a hop before it was lost, or the dial was given up. */
  lose(ending: Ending): void {
    this.end(ending)
    this.cut()
  }

  /** Says goodbye, then waits for the socket's end; cuts it after the limit. Resolves when nothing is left. */
  async close(): Promise<void> {
    const { gone } = this
    this.end({ reason: 'closed-by-us' })
    this.client.end()
    await within(gone, this.options.limits.close)
    this.cut()
    // A stream through a jump host closes only when that host agrees: not waited for.
    await within(gone, 200)
  }

  private start(): void {
    const { target, hostCheck, algorithms, keepalive, signal, limits } = this.options
    if (signal?.aborted === true) {
      this.onAbort()
      return
    }
    signal?.addEventListener('abort', this.onAbort)
    this.client
      .on('error', (error: Error & { level?: string }) => {
        // The agent is on our side: one that will not sign is passed over, the host has nothing to do with it.
        if (error.level !== 'agent') this.onError(error)
      })
      .on('handshake', (negotiated) => {
        this.onHandshake(negotiated)
      })
      .on('ready', () => {
        this.onReady()
      })
      .on('change password', () => {
        this.fail(this.login.refused('the host demands a new password'))
      })
      // At the end of input ssh2 tears its protocol down and throws on any later write: over for us, before the socket closes.
      .on('end', () => {
        this.onClose()
      })
      .on('close', () => {
        this.onClose()
      })
    this.limit('handshake', limits.handshake)
    try {
      this.client.connect({
        sock: this.transport,
        username: target.user,
        algorithms,
        authHandler: this.login.handler,
        hostVerifier: (blob: Buffer, verdict: (accepted: boolean) => void) => {
          verdict(this.judge(blob, hostCheck))
        },
        agentForward: false,
        tryKeyboard: false,
        readyTimeout: 0, // our stages have their own
        keepaliveInterval: keepalive === 'off' ? 0 : keepalive.every,
        keepaliveCountMax: keepalive === 'off' ? 0 : keepalive.misses,
      })
      this.guard.watch(
        () => this.stage === 'open',
        (what) => {
          this.flooded(what)
        },
      )
      const { onHeard } = this.options
      if (onHeard)
        this.transport.on('data', () => {
          if (this.stage === 'open') onHeard()
        })
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  private flooded(what: string): void {
    if (this.ending) return
    if (this.stage === 'open') this.lose({ reason: 'flooded', detail: what })
    else this.fail(new TourniquetError('host-flooded', { ...this.where(), what }))
  }

  /** Called again on every key exchange: only the key judged at first may come back. */
  private judge(blob: Buffer, check: HostCheck): boolean {
    try {
      const key = describeHostKey(blob)
      if (!key) throw new TourniquetError('host-not-ssh', { ...this.where(), said: 'a malformed host key' })
      if (this.key) {
        if (this.key.key.blob === key.blob) return true
        throw new TourniquetError('host-key-changed', { ...this.where(), ...key, old: this.key.key.sha256 })
      }
      this.key = { key, trust: check.judge(key) }
      return true
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)))
      return false
    }
  }

  private onHandshake(negotiated: { kex: string; serverHostKey: string; cs: { cipher: string; mac: string } }): void {
    if (this.stage !== 'handshake' || this.ending || !this.key) return // a later key exchange
    const { kex, serverHostKey, cs } = negotiated
    this.negotiated = { kex, hostKey: serverHostKey, cipher: cs.cipher, mac: cs.mac === '' ? 'implicit' : cs.mac }
    try {
      // The signature is verified by now; written down before any credential is sent.
      if (this.key.trust === 'first-seen') this.options.hostCheck.remember(this.key.key)
      this.limit('auth', this.options.limits.auth)
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  private onReady(): void {
    if (this.ending) return
    this.limit('open', null)
    this.options.signal?.removeEventListener('abort', this.onAbort)
    this.settle?.done()
  }

  private onError(error: Error): void {
    if (this.ending) return
    if (this.stage !== 'open') this.fail(dialFailure(error, this.seen(), (detail) => this.login.refused(detail)))
    else this.lose({ reason: closedByHost(error) ? 'closed-by-host' : 'link-lost', detail: clean(error.message) })
  }

  private onClose(): void {
    if (this.ending) return
    if (this.stage === 'open') this.lose({ reason: 'closed-by-host' })
    // sshd may just hang up on a login it dislikes (MaxAuthTries with some releases, DenyUsers): the proofs tried are worth telling.
    else if (this.stage === 'auth') this.fail(this.login.refused('the host closed the connection'))
    else this.fail(lostBeforeLogin(this.seen(), 'closed by host'))
  }

  /** The end of an attempt that never became a connection. */
  private fail(error: TourniquetError): void {
    if (this.ending) return
    this.lose({ reason: 'closed-by-us', detail: error.code })
    this.settle?.failed(error)
  }

  private end(ending: Ending): void {
    if (this.ending) return
    this.ending = ending
    this.over.abort()
    this.limit(this.stage, null)
    this.options.signal?.removeEventListener('abort', this.onAbort)
    this.channels.end(ending)
    this.tellClosed(ending)
  }

  private cut(): void {
    this.client.removeAllListeners().on('error', () => undefined)
    this.transport.removeAllListeners('data')
    this.client.destroy()
    this.transport.destroy()
    this.transport.resume() // a stream through a jump host goes on until that host closes it: drained to nowhere
  }

  private tellClosed(ending: Ending): void {
    const listener = this.closedListener
    this.closedListener = null
    try {
      listener?.(ending)
    } catch (error) {
      setImmediate(() => {
        throw error
      }) // our own bug, out of ssh2's call stack
    }
  }

  private limit(stage: Stage, ms: number | null): void {
    this.stage = stage
    if (this.stageTimer) clearTimeout(this.stageTimer)
    this.stageTimer = null
    if (ms === null) return
    this.stageTimer = setTimeout(() => {
      this.fail(new TourniquetError('host-timeout', { ...this.where(), stage, seconds: ms / 1000 }))
    }, ms)
  }

  private seen(): Seen {
    const { host, port } = this.options.target
    return { host, port, stage: this.stage, opening: this.guard.opening, identified: this.guard.serverVersion() !== '' }
  }

  private where(): { host: string; port: number } {
    return { host: this.options.target.host, port: this.options.target.port }
  }
}

async function within(event: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((done) => {
    timer = setTimeout(done, ms)
  })
  await Promise.race([event, limit])
  clearTimeout(timer)
}
