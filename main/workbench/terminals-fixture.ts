// Terminals of an open case on a real sshd, with the pages that look at them over a real wire; and what the case holds of each.

import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished } from 'vitest'
import type { Sshd } from '../../e2e/fixtures/ssh/sshd.ts'
import { contract, type Terminal } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { HostSession } from '../core/host/session.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import { connect as connectPage, type Client } from '../core/rpc/connect.ts'
import type { ByteSource, Frozen } from '../core/rpc/define.ts'
import { portEnds } from '../core/rpc/port-fixture.ts'
import { serve } from '../core/rpc/serve.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { systemRandom } from '../platform/random.ts'
import { connect } from '../ssh/dial-fixture.ts'
import { Terminals, type TerminalsWorld } from './terminals.ts'

const methods = contract.methods
const terminalContract = {
  methods: {
    'terminal.open': methods['terminal.open'],
    'terminal.attach': methods['terminal.attach'],
    'terminal.write': methods['terminal.write'],
    'terminal.resize': methods['terminal.resize'],
    'terminal.close': methods['terminal.close'],
  },
  events: { terminal: contract.events.terminal },
} as const
type Page = Client<typeof terminalContract>

/** What stands for the words that say how much was left out. */
export const skipped = '({n} left out)'
/** The terminal a test opens, on the one link there is. */
export const screen = { link: 'link-1', columns: 80, rows: 24, skipped }
const hostId = 'host-a1'

/** The terminals of a case on this server, until the test is over. */
export async function terminalsOn(sshd: Sshd, store: CaseFolder, limits?: TerminalsWorld['limits']) {
  const connection = await connect(sshd)
  const session = { terminal: (size) => connection.terminal(size) } as Pick<HostSession, 'terminal'> as HostSession
  const host: EngineHost = { id: hostId, address: 'root@127.0.0.1', session }
  let connected = true
  const told: Frozen<Terminal>[] = []
  const emits = new Set<(view: Frozen<Terminal>) => void>()
  const terminals = new Terminals({
    ...(limits === undefined ? {} : { limits }),
    store,
    examiner: 'Ada',
    entered: (link) => {
      if (link !== screen.link || !connected) throw new TourniquetError('host-not-connected', { host: link })
      return host
    },
    emit: (name, data) => {
      if (name !== 'terminal') return
      told.push(data as Frozen<Terminal>)
      for (const emit of emits) emit(data as Frozen<Terminal>)
    },
    clock: systemClock,
    random: systemRandom,
  })
  onTestFinished(() => terminals.closeAll())

  /** A page on a wire of its own; `leave` is how it goes away without a word. */
  function openPage(): { readonly page: Page; readonly leave: () => void } {
    const channel = new MessageChannel()
    const ends = portEnds(channel)
    const served = serve(
      ends.main,
      terminalContract,
      {
        'terminal.open': (input, call) => terminals.open(input, call),
        'terminal.attach': (input, call) => terminals.attach(input, call),
        'terminal.write': (input) => {
          terminals.write(input)
          return Promise.resolve({})
        },
        'terminal.resize': (input) => {
          terminals.resize(input)
          return Promise.resolve({})
        },
        'terminal.close': async ({ terminal }) => {
          await terminals.close(terminal)
          return {}
        },
      },
      () => undefined,
    )
    const emit = (view: Frozen<Terminal>): void => {
      served.emit('terminal', view)
    }
    emits.add(emit)
    const leave = (): void => {
      emits.delete(emit)
      channel.port2.close()
    }
    onTestFinished(leave)
    return { page: connectPage(ends.page, terminalContract, () => undefined), leave }
  }

  return {
    connection,
    terminals,
    /** what all pages were told, in order */
    told,
    openPage,
    /** the link is gone for good */
    disconnect: () => {
      connected = false
    },
  }
}

export interface Shown {
  readonly text: () => string
  readonly bytes: () => number
  readonly all: () => Buffer
  readonly ended: Promise<void>
}

/** Reads like a screen; `pause` milliseconds after each piece, as one that cannot keep up. */
export function show(bytes: ByteSource, pause = 0, keep = true): Shown {
  const pieces: Uint8Array[] = []
  let text = ''
  let count = 0
  const ended = (async () => {
    for await (const piece of bytes) {
      if (keep) pieces.push(piece)
      count += piece.length
      text = (text + Buffer.from(piece).toString('latin1')).slice(-65_536)
      if (pause > 0) await new Promise((done) => setTimeout(done, pause))
    }
  })()
  ended.catch(() => undefined)
  return { text: () => text, bytes: () => count, all: () => Buffer.concat(pieces), ended }
}

export const shows = (shown: Shown, what: string | RegExp) =>
  expect.poll(shown.text, { timeout: 15_000, interval: 10 }).toMatch(what)

export const type = (page: Page, terminal: string, text: string) =>
  page.call('terminal.write', { terminal, text, by: 'typed' })

const closedOf = (store: CaseFolder) =>
  store.events(hostId).flatMap((event) => (event.type === 'terminal-closed' ? [event.data] : []))

/** Waits until the case says how the terminal ended. */
export const isOver = (store: CaseFolder, terminal: string) =>
  expect.poll(() => closedOf(store).some((closed) => closed.terminal === terminal), { timeout: 10_000 }).toBe(true)

/** How each terminal ended, and with which exit status. */
export const outcomesOf = (store: CaseFolder) => closedOf(store).map(({ outcome, exit }) => [outcome, exit])

/** All that the case holds of a terminal that has ended. */
export async function recordedOf(
  store: CaseFolder,
  terminal: string,
): Promise<{ readonly output: Buffer; readonly casts: readonly string[] }> {
  const closed = closedOf(store).find((one) => one.terminal === terminal)
  if (!closed) throw new Error('not closed')
  const outputs: Uint8Array[] = []
  const casts: string[] = []
  for (const { output, asciicast } of closed.segments) {
    outputs.push(await store.exhibit(output))
    casts.push(Buffer.from(await store.exhibit(asciicast)).toString())
  }
  const output = Buffer.concat(outputs)
  expect(output.length).toBe(closed.bytes)
  return { output, casts }
}
