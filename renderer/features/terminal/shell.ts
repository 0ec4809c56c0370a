// One open shell: xterm, its stream, its place on the screen. It outlives the component that shows it, so that tabs and screens can change without losing a
// line; the registry owns it until its tab is closed.

import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes'
import { Terminal as Xterm } from '@xterm/xterm'
import { createStore } from 'zustand/vanilla'
import type { Terminal } from '../../../main/core/contract.ts'
import { isTourniquetError, TourniquetError } from '../../../main/core/errors.ts'
import type { ByteSource, Frozen } from '../../../main/core/rpc/define.ts'
import { wordsOf } from '../../i18n/say.ts'
import { call, wire } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'
import { harden, isReply } from './harden.ts'
import { copyText, safeTitle } from './paste.ts'
import { pump } from './pump.ts'

/** Lines kept for scrolling back; the recording has everything. */
const scrollback = 10_000
/** Replies a host may have in a second; more is a host that plays with us. */
const mostReplies = 50
/** Characters of one message to main. */
const mostTyped = 32_768

export interface ShellState {
  /** the host's own title, made safe */
  readonly title: string
  readonly over: boolean
  readonly failure: Failure | null
  /** a bell rang since it was last looked at */
  readonly bell: boolean
}

export class Shell {
  readonly terminal: Frozen<Terminal>
  readonly xterm: Xterm
  readonly search = new SearchAddon()
  readonly state = createStore<ShellState>(() => ({ title: '', over: false, failure: null, bell: false }))
  readonly element = document.createElement('div')
  readonly #fit = new FitAddon()
  readonly #bytes: ByteSource
  #byHand = false
  #replies = { second: 0, count: 0 }
  #typed = Promise.resolve()
  #mounted = false

  constructor(terminal: Frozen<Terminal>, bytes: ByteSource) {
    this.terminal = terminal
    this.xterm = new Xterm({
      allowProposedApi: true, // grapheme widths
      scrollback,
      fontFamily: "'JetBrains Mono Variable', 'Noto Sans Mono CJK SC', ui-monospace, monospace",
      fontSize: 12.5,
      lineHeight: 1.2,
      cursorBlink: false,
      linkHandler: { activate: () => undefined, allowNonHttpProtocols: false },
      theme: palette(),
    })
    this.xterm.loadAddon(this.#fit)
    this.xterm.loadAddon(this.search)
    this.xterm.loadAddon(new UnicodeGraphemesAddon())
    harden(this.xterm)
    this.element.style.cssText = 'width:100%;height:100%'
    this.#listen()
    this.#bytes = bytes
    pump(bytes, this.xterm).then(
      () => {
        this.state.setState({ over: true })
      },
      (cause: unknown) => {
        this.state.setState({ over: true, failure: isTourniquetError(cause, 'cancelled') ? null : failureOf(cause) })
      },
    )
  }

  /** Shows it inside `place`. */
  mount(place: HTMLElement): void {
    place.append(this.element)
    if (!this.#mounted) this.xterm.open(this.element)
    this.#mounted = true
    this.fit()
  }

  fit(): void {
    if (this.element.isConnected && this.element.clientHeight > 0) this.#fit.fit()
  }

  paint(): void {
    this.xterm.options.theme = palette()
  }

  focus(): void {
    this.state.setState({ bell: false })
    this.xterm.focus()
  }

  /** Text that was confirmed or needed no confirmation. */
  paste(text: string): void {
    this.#hand(() => {
      this.xterm.paste(text)
    }, 'pasted')
  }

  selection(): string {
    return copyText(this.xterm.getSelection())
  }

  close(): void {
    this.#bytes.stop()
    void call('terminal.close', { terminal: this.terminal.terminal }).catch(() => undefined) // it ended before
    this.xterm.dispose()
    this.element.remove()
  }

  #by: 'typed' | 'pasted' = 'typed'

  #hand(work: () => void, by: 'typed' | 'pasted' = 'typed'): void {
    this.#byHand = true
    this.#by = by
    try {
      work()
    } finally {
      this.#byHand = false
      this.#by = 'typed'
    }
  }

  #listen(): void {
    // keys and mouse reach xterm inside these events; what it answers to the host comes outside of them
    const begin = (): void => {
      this.#byHand = true
      // not a microtask: those run between two listeners of one event, before xterm's own
      setTimeout(() => (this.#byHand = false))
    }
    for (const type of ['keydown', 'keypress', 'input', 'mousedown', 'mouseup', 'wheel', 'compositionend'])
      this.element.addEventListener(type, begin, { capture: true })
    this.xterm.onData((text) => {
      if (isReply(text, this.#byHand)) this.#answer(text)
      else this.#type(text)
    })
    this.xterm.onBinary((text) => {
      this.#type(text)
    })
    this.xterm.onResize(({ cols, rows }) => {
      if (this.state.getState().over) return
      void call('terminal.resize', { terminal: this.terminal.terminal, columns: cols, rows }).catch(() => undefined) // it ended: its stream says so
    })
    this.xterm.onTitleChange((title) => {
      this.state.setState({ title: safeTitle(title) })
    })
    this.xterm.onBell(() => {
      this.state.setState({ bell: true })
    })
  }

  #answer(text: string): void {
    const second = Math.floor(performance.now() / 1000)
    this.#replies = this.#replies.second === second ? { second, count: this.#replies.count + 1 } : { second, count: 1 }
    if (this.#replies.count <= mostReplies) this.#send(text, 'answered')
  }

  #type(text: string): void {
    this.#send(text, this.#by)
  }

  /** In order, one message at a time; an interrupt overtakes nothing because nothing waits but what was typed before it. */
  #send(text: string, by: 'typed' | 'pasted' | 'answered'): void {
    if (this.state.getState().over) return
    for (let at = 0; at < text.length; at += mostTyped) {
      const part = text.slice(at, at + mostTyped)
      this.#typed = this.#typed
        .then(async () => {
          await call('terminal.write', { terminal: this.terminal.terminal, text: part, by })
        })
        .catch(() => undefined) // it ended: its stream says so
    }
  }
}

const shells = new Map<string, Shell>()
/** Ids of the shells there are, oldest first. */
export const shellTabs = createStore<readonly string[]>(() => [])

export function shellOf(id: string): Shell | null {
  return shells.get(id) ?? null
}

/** Opens a shell on a link. Rejects with `host-not-connected`, `terminal-refused`. */
export async function openShell(link: string): Promise<Shell> {
  const { output, bytes } = await wire().stream('terminal.open', { link, columns: 120, rows: 30, ...words() })
  return keep(new Shell(output, bytes))
}

/** Shows a shell that is open already, after this page was loaded again. */
export async function attachShell(id: string): Promise<Shell> {
  const { output, bytes } = await wire().stream('terminal.attach', { terminal: id, ...words() })
  return keep(new Shell(output, bytes))
}

export function closeShell(id: string): void {
  shells.get(id)?.close()
  shells.delete(id)
  shellTabs.setState((tabs) => tabs.filter((one) => one !== id), true)
}

/** What stands for the part of a flood that is only recorded; `{n}` is how much. */
function words(): { readonly skipped: string } {
  return { skipped: wordsOf('terminal')('skipped') }
}

function keep(shell: Shell): Shell {
  const id = shell.terminal.terminal
  if (shells.has(id)) {
    shell.close()
    throw new TourniquetError('busy', { what: id })
  }
  shells.set(id, shell)
  shellTabs.setState((tabs) => [...tabs, id], true)
  return shell
}

/** The sixteen colours of programs on our ground, dark and light. */
function palette(): NonNullable<Xterm['options']['theme']> {
  const of = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(`--tq-${name}`).trim()
  const light = document.documentElement.dataset['mantineColorScheme'] === 'light'
  return {
    background: of('sunk'),
    foreground: of('text'),
    cursor: of('blue'),
    cursorAccent: of('sunk'),
    selectionBackground: light ? '#b3d3f4' : '#1d4469',
    black: light ? '#1b2229' : '#2b333b',
    red: of('red'),
    green: of('green'),
    yellow: of('amber'),
    blue: of('blue'),
    magenta: light ? '#8a3fa0' : '#c58af9',
    cyan: light ? '#0f6674' : '#5cc8d7',
    white: light ? '#4d5965' : '#b9c3cc',
    brightBlack: of('faint'),
    brightRed: of('red'),
    brightGreen: of('green'),
    brightYellow: of('amber'),
    brightBlue: of('blue'),
    brightMagenta: light ? '#8a3fa0' : '#d6a8ff',
    brightCyan: light ? '#0f6674' : '#7fdbe8',
    brightWhite: light ? '#1b2229' : '#ffffff',
  }
}
