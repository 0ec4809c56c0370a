// The channels of one connection: commands in a counted set of places, the responder's terminals beside them, streams through to other machines. Every request
// for one has a time limit, and what arrives after that is closed, not forgotten. Never an agent, X11 or a port towards us.

import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import type { Channel, Ending, ScreenSize, TerminalChannel } from '../core/ports.ts'
import { clean } from './clean.ts'
import { GuardedChannel } from './guarded-channel.ts'
import { mostChannels, mostTerminals, reopenWaits, terminalWindow, type Limits } from './limits.ts'
import { Slots } from './slots.ts'
import { closeUnstarted, narrowWindow } from './ssh2-inside.ts'
import type { Target } from './target.ts'

/** Channel open failure "connect failed": from sshd for a session it means that MaxSessions is used up for the moment. */
const openConnectFailed = 2
const openProhibited = 1

export class Channels {
  private readonly client: Client
  private readonly transport: Duplex
  private readonly target: Target
  private readonly limits: Limits
  private readonly open = new Set<GuardedChannel>()
  private readonly slots = new Slots(mostChannels)
  private terminals = 0
  private ending: Ending | null = null

  constructor(client: Client, transport: Duplex, target: Target, limits: Limits) {
    this.client = client
    this.transport = transport
    this.target = target
    this.limits = limits
  }

  /** Opens an exec channel. At most four at once; further calls wait. Throws `link-lost`, `host-timeout`, `shell-unusable`. */
  async exec(command: string): Promise<Channel> {
    await this.slots.take()
    const give = () => {
      this.slots.give()
    }
    try {
      return this.guarded(await this.session((done) => this.client.exec(command, done), 'shell-unusable'), give)
    } catch (error) {
      give()
      throw error
    }
  }

  /** Opens the login shell on a pseudo-terminal. Throws `terminal-refused`, `link-lost`, `host-timeout`. */
  async terminal(size: ScreenSize): Promise<TerminalChannel> {
    if (this.terminals >= mostTerminals)
      throw new TourniquetError('terminal-refused', {
        ...this.where(),
        detail: `${String(mostTerminals)} are open already`,
      })
    this.terminals += 1
    const give = () => {
      this.terminals -= 1
    }
    // Pixels are unknown, which is what zero says. No environment goes along: the shell is the account's own.
    const screen = { term: 'xterm-256color', cols: size.columns, rows: size.rows, width: 0, height: 0 }
    try {
      const stream = await this.session((done) => this.client.shell(screen, done), 'terminal-refused')
      return this.guarded(stream, give, narrowWindow(stream, terminalWindow))
    } catch (error) {
      give()
      throw error
    }
  }

  /** A byte stream to another machine, opened by this host. Throws `jump-failed`, `host-unreachable`, `host-timeout`, `link-lost`. */
  async forward(host: string, port: number): Promise<Duplex> {
    try {
      return await this.ask((done) => this.client.forwardOut('127.0.0.1', 0, host, port, done))
    } catch (error) {
      const reason = openFailure(error)
      if (reason === null) throw error
      const params = { host, port, via: this.target.host, detail: clean(error instanceof Error ? error.message : '') }
      throw reason === openProhibited
        ? new TourniquetError(
            'jump-failed',
            { hop: this.target.host, inner: 'forwarding-prohibited', ...params },
            error,
          )
        : new TourniquetError('host-unreachable', params, error)
    }
  }

  /** The connection is over: every channel ends with it, and whoever waits for one is told. */
  end(ending: Ending): void {
    this.ending = ending
    for (const channel of [...this.open]) channel.finish(ending)
    this.slots.close(() => this.lost())
  }

  private guarded(stream: ClientChannel, give: () => void, taken?: (bytes: number) => void): GuardedChannel {
    const released = (): void => {
      this.open.delete(channel)
      give()
    }
    const channel = new GuardedChannel(stream, this.transport, this.limits, released, taken)
    this.open.add(channel)
    return channel
  }

  private async session(
    ask: (done: (error: Error | undefined, stream: ClientChannel) => void) => unknown,
    refused: 'shell-unusable' | 'terminal-refused',
  ): Promise<ClientChannel> {
    for (const wait of [...reopenWaits, null]) {
      try {
        return await this.ask(ask)
      } catch (error) {
        if (error instanceof TourniquetError) throw error
        if (openFailure(error) === null) closeUnstarted(this.client)
        if (openFailure(error) !== openConnectFailed || wait === null) {
          const detail = clean(error instanceof Error ? error.message : '')
          throw new TourniquetError(refused, { ...this.where(), detail }, error)
        }
        await new Promise((done) => setTimeout(done, wait))
      }
    }
    throw new TourniquetError('internal', { what: 'unreachable' })
  }

  /** One request for a channel, with its time limit. */
  private ask(
    request: (done: (error: Error | undefined, stream: ClientChannel) => void) => unknown,
  ): Promise<ClientChannel> {
    return new Promise((done, failed) => {
      if (this.ending) {
        failed(this.lost())
        return
      }
      const ms = this.limits.channel
      let late = false
      const timer = setTimeout(() => {
        late = true
        failed(new TourniquetError('host-timeout', { ...this.where(), stage: 'channel', seconds: ms / 1000 }))
      }, ms)
      try {
        request((error, stream) => {
          clearTimeout(timer)
          if (late) {
            if (!error) stream.resume().close()
          } else if (this.ending) failed(this.lost())
          else if (error) failed(error)
          else done(stream)
        })
      } catch (error) {
        clearTimeout(timer)
        failed(new TourniquetError('link-lost', { ...this.where(), detail: 'not connected' }, error))
      }
    })
  }

  private lost(): TourniquetError {
    const { reason = '', detail = '' } = this.ending ?? {}
    return new TourniquetError('link-lost', { ...this.where(), reason, detail })
  }

  private where(): { host: string; port: number } {
    return { host: this.target.host, port: this.target.port }
  }
}

function openFailure(error: unknown): number | null {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'number' ? error.reason : null
}
