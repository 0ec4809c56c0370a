// One channel over ssh2, as the core's Channel and TerminalChannel ports. Both streams are drained once someone listens, unless a terminal's reader holds them
// back; nothing given to ssh2 can throw, writes wait for the transport, and exactly one ending is told, after the last byte.

import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { TourniquetError } from '../core/errors.ts'
import type { Ending, ScreenSize, TerminalChannel } from '../core/ports.ts'
import { clean } from './clean.ts'
import { writeStep, type Limits } from './limits.ts'

type Listeners = Parameters<TerminalChannel['listen']>[0]

export class GuardedChannel implements TerminalChannel {
  private readonly stream: ClientChannel
  private readonly transport: Duplex
  private readonly released: () => void
  private readonly limits: Pick<Limits, 'close' | 'exit'>
  private readonly taken: (bytes: number) => void
  private listeners: Listeners | null = null
  private ending: Ending | null = null
  private exited = false
  private exit: { readonly exit?: number; readonly signal?: string } = {}
  private graceTimer: NodeJS.Timeout | null = null
  private releaseTimer: NodeJS.Timeout | null = null
  private inputEnded = false
  private paused = false
  private told = false
  private lastWrite: Promise<void> = Promise.resolve()
  /** Settles every write that still waits when the channel ends. */
  private readonly waiting = new Set<(error: TourniquetError) => void>()

  /** `released` is called once, when the host can no longer be counting this session against us; `taken` for all that is told. */
  constructor(
    stream: ClientChannel,
    transport: Duplex,
    limits: Pick<Limits, 'close' | 'exit'>,
    released: () => void,
    taken: (bytes: number) => void = () => undefined,
  ) {
    this.stream = stream
    this.transport = transport
    this.limits = limits
    this.released = once(released)
    this.taken = taken
    stream.on('error', (error: Error) => {
      this.finish({ reason: 'link-lost', detail: clean(error.message) })
    })
    stream.stderr.on('error', () => undefined) // the same failure reaches the channel itself
    stream.on('exit', (code: unknown, signal: unknown) => {
      this.exit =
        typeof code === 'number' ? { exit: code } : typeof signal === 'string' ? { signal: clean(signal) } : {}
      this.exited = true
      if (!this.paused) this.armGrace()
    })
    stream.on('close', () => {
      this.release()
      this.finish({ reason: 'closed-by-host' })
    })
  }

  write(bytes: Uint8Array): Promise<void> {
    // One write after the other: a long one goes out in steps, and nothing may slip between two of them.
    if (this.inputEnded && !this.ending)
      return Promise.reject(new TourniquetError('internal', { what: 'write after the end of input' }))
    const turn = this.lastWrite.then(() => this.writeNow(bytes))
    this.lastWrite = turn.catch(() => undefined)
    return turn
  }

  private async writeNow(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += writeStep) {
      await this.settled((done) =>
        this.stream.write(bytes.subarray(at, at + writeStep), () => {
          done()
        }),
      )
      // ssh2 writes to the socket whatever its backlog is, so the backlog is waited for here.
      if (this.transport.writableNeedDrain) await this.settled((done) => this.transport.once('drain', done))
    }
    if (bytes.length === 0) this.assertOpen()
  }

  end(): void {
    if (this.inputEnded || this.ending) return
    this.inputEnded = true
    void this.lastWrite.then(() => {
      this.stream.end()
    })
  }

  listen(listeners: Listeners): void {
    if (this.listeners) throw new TourniquetError('internal', { what: 'a channel has one set of listeners' })
    this.listeners = listeners
    this.stream.on('data', (bytes: Buffer) => {
      this.deliver(listeners.stdout, bytes)
    })
    this.stream.stderr.on('data', (bytes: Buffer) => {
      this.deliver(listeners.stderr, bytes)
    })
    if (this.ending) this.tellEnding(listeners, this.ending)
  }

  pause(): void {
    if (this.paused || this.ending) return
    this.paused = true
    this.stream.pause()
    this.stream.stderr.pause()
    if (this.graceTimer) clearTimeout(this.graceTimer) // it is we who keep the host waiting
    this.graceTimer = null
  }

  resume(): void {
    if (!this.paused || this.ending) return
    this.paused = false
    if (this.exited) this.armGrace()
    this.stream.resume()
    this.stream.stderr.resume()
  }

  resize({ columns, rows }: ScreenSize): void {
    if (this.ending) return
    try {
      this.stream.setWindow(rows, columns, 0, 0)
    } catch (error) {
      this.finish({ reason: 'link-lost', detail: clean(String(error)) }) // ssh2 throws when the transport went a moment ago
    }
  }

  close(): void {
    this.shut({ reason: 'closed-by-us' })
  }

  /** Ends the channel for a reason that lies outside it (the link, a flood, a limit). Later endings are ignored. */
  finish(ending: Ending): void {
    if (this.ending) return
    this.ending = { ...ending, ...this.exit }
    if (this.graceTimer) clearTimeout(this.graceTimer)
    for (const reject of this.waiting) reject(lost(ending))
    this.waiting.clear()
    if (ending.reason === 'link-lost' || ending.reason === 'flooded') this.release()
    if (this.listeners) this.tellEnding(this.listeners, this.ending)
  }

  /** Closes our half. The place is free when the host has closed its own, or has had the time to. */
  private shut(ending: Ending): void {
    if (this.ending) return
    this.releaseTimer = setTimeout(this.released, this.limits.close).unref()
    this.finish(ending)
    this.stream.close()
  }

  private release(): void {
    if (this.releaseTimer) clearTimeout(this.releaseTimer)
    this.released()
  }

  private tellEnding(listeners: Listeners, ending: Ending): void {
    // What arrived before the end is told before the end; reading hands it to the data listeners.
    if (ending.reason === 'closed-by-host' || ending.reason === 'link-lost') {
      while (this.stream.read() !== null);
      while (this.stream.stderr.read() !== null);
    }
    this.told = true
    // From here on the host talks to nobody: drained, so that a paused stream cannot stall the connection.
    this.stream.resume()
    this.stream.stderr.resume()
    queueMicrotask(() => {
      try {
        listeners.closed(ending)
      } catch (error) {
        reportLater(error)
      }
    })
  }

  private deliver(listener: (bytes: Uint8Array) => void, bytes: Buffer): void {
    if (this.told) return
    if (this.graceTimer) this.armGrace()
    try {
      if (!this.ending) this.taken(bytes.length)
      listener(bytes)
    } catch (error) {
      // Thrown into ssh2 it would break the cipher state of the whole connection. Here it ends this channel, and its owner is told.
      this.shut({ reason: 'closed-by-us', detail: `listener failed: ${clean(String(error))}` })
    }
  }

  private armGrace(): void {
    if (this.ending) return
    if (this.graceTimer) clearTimeout(this.graceTimer)
    this.graceTimer = setTimeout(() => {
      this.shut({ reason: 'closed-by-host', detail: 'exit without close' })
    }, this.limits.exit)
  }

  /** Runs one step of a write; rejects with `link-lost` when the channel ends first. */
  private settled(step: (done: () => void) => unknown): Promise<void> {
    this.assertOpen()
    return new Promise((done, failed) => {
      this.waiting.add(failed)
      try {
        step(() => {
          this.waiting.delete(failed)
          done()
        })
      } catch (error) {
        this.finish({ reason: 'link-lost', detail: clean(String(error)) }) // ssh2 throws when the transport went a moment ago
      }
    })
  }

  private assertOpen(): void {
    if (this.ending) throw lost(this.ending)
  }
}

function lost(ending: Ending): TourniquetError {
  return new TourniquetError('link-lost', { reason: ending.reason, detail: ending.detail ?? '' })
}

/** A listener broke its promise not to throw: the error goes to the process, out of ssh2's call stack. */
function reportLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}
