// The terminals of an open case: the responder's own shells on hosts that are connected. Every byte of theirs is in the case; they outlive a page and end with
// their link, which brings none of them back when it is connected again.

import type { Contract, Terminal } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import { hex } from '../core/json.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import type { Clock, Random } from '../core/ports.ts'
import type { Frozen, Input } from '../core/rpc/define.ts'
import type { Call, Streaming } from '../core/rpc/serve.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { Recording } from '../platform/terminal-recording.ts'
import type { Emit } from './emit.ts'
import { OpenTerminal, type TerminalParts } from './terminal.ts'

/** Terminals kept for their scrollback after their end, 1 MiB each. */
const keptEnded = 16

export interface TerminalsWorld {
  readonly store: CaseFolder
  /** who opens them */
  readonly examiner: string
  /** The host a link stands on. Throws `host-not-connected`. */
  readonly entered: (link: string) => EngineHost
  readonly emit: Emit
  readonly clock: Clock
  readonly random: Random
  /** tests make them small */
  readonly limits?: TerminalParts['limits']
}

export class Terminals {
  readonly #world: TerminalsWorld
  readonly #terminals = new Map<string, OpenTerminal>()
  readonly #opening = new Set<Promise<unknown>>()
  #closed = false

  constructor(world: TerminalsWorld) {
    this.#world = world
  }

  list(): readonly Frozen<Terminal>[] {
    return [...this.#terminals.values()].map((terminal) => terminal.view())
  }

  /** Rejects with `host-not-connected`, `terminal-refused`, `link-lost`, `host-timeout`, `disk-full`, `disk-error`. */
  async open(input: Input<Contract, 'terminal.open'>, { signal }: Call): Promise<Streaming<Frozen<Terminal>>> {
    if (this.#closed) throw new TourniquetError('case-not-open')
    const opening = this.#open(input)
    this.#opening.add(opening)
    try {
      const terminal = await opening
      return { output: terminal.view(), send: (sink) => terminal.watch(sink, { signal, skipped: input.skipped }) }
    } finally {
      this.#opening.delete(opening)
    }
  }

  /** Rejects with `terminal-gone`. */
  attach(
    { terminal: id, skipped }: Input<Contract, 'terminal.attach'>,
    { signal }: Call,
  ): Promise<Streaming<Frozen<Terminal>>> {
    const terminal = this.#get(id)
    return Promise.resolve({ output: terminal.view(), send: (sink) => terminal.watch(sink, { signal, skipped }) })
  }

  /** Throws `terminal-gone`, `busy`. */
  write({ terminal, by, text }: Input<Contract, 'terminal.write'>): void {
    this.#get(terminal).write(by, text)
  }

  /** Throws `terminal-gone`. */
  resize({ terminal, columns, rows }: Input<Contract, 'terminal.resize'>): void {
    this.#get(terminal).resize({ columns, rows })
  }

  /** Hangs up when it is open, and forgets it once its recording is in the case. Resolves then. Throws `terminal-gone`. */
  async close(id: string): Promise<void> {
    const terminal = this.#get(id)
    terminal.hangUp()
    await terminal.over
    this.#terminals.delete(id)
  }

  /** Hangs up everywhere and waits until every recording is in the case; none is opened any more. */
  async closeAll(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#opening)
    for (const terminal of this.#terminals.values()) terminal.hangUp()
    await Promise.all([...this.#terminals.values()].map(({ over }) => over))
  }

  async #open({ link, columns, rows }: Input<Contract, 'terminal.open'>): Promise<OpenTerminal> {
    const { store, examiner, entered, emit, clock, random, limits } = this.#world
    const host = entered(link)
    const size = { columns, rows }
    const terminal = `terminal-${hex(random.bytes(6))}`
    const channel = await host.session.terminal(size)
    const about = { terminal, host: host.id, address: host.address }
    const recording = await Recording.begin(store, { ...about, by: examiner, ...size }, { clock, random }).catch(
      (cause: unknown) => {
        channel.close()
        throw cause
      },
    )
    const changed = (view: Frozen<Terminal>): void => {
      emit('terminal', view)
    }
    const opened = new OpenTerminal({
      about: { ...about, link },
      channel,
      recording,
      clock,
      changed,
      ...(limits === undefined ? {} : { limits }),
    })
    this.#terminals.set(terminal, opened)
    this.#forgetOld()
    emit('terminal', opened.view())
    return opened
  }

  #get(id: string): OpenTerminal {
    const terminal = this.#terminals.get(id)
    if (!terminal) throw new TourniquetError('terminal-gone', { terminal: id })
    return terminal
  }

  #forgetOld(): void {
    const ended = this.list().filter(({ state }) => state === 'ended')
    for (const { terminal } of ended.slice(0, Math.max(0, ended.length - keptEnded))) this.#terminals.delete(terminal)
  }
}
