// The listener at a channel while the login chain has it: keeps what is printed, finds our marker, answers sudo once, then steps aside for the lane.
// It never takes anything before the marker for an answer, and never writes a password that was not asked for by our own prompt.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import { hostText, shown } from '../host-text.ts'
import type { Channel, Ending } from '../ports.ts'
import { indexOf, preambleCap } from './frames.ts'
import type { Lane } from './lane.ts'

/** How to become root. Without a password only `sudo -n` is tried. The password is written once, and only after sudo itself asked with our prompt. */
export interface Sudo {
  readonly password: Uint8Array | null
}

/** Listens to a channel until our marker has come by, answers sudo's prompt once, then passes everything on to the lane. */
export class Gate {
  readonly answered: Promise<{ readonly word: string; readonly rest: Uint8Array }>
  private readonly channel: Channel
  private readonly marker: Uint8Array
  private readonly sudo: Sudo | null
  private readonly prompt: Uint8Array
  private resolve: (answer: { word: string; rest: Uint8Array }) => void = () => undefined
  private reject: (error: TourniquetError) => void = () => undefined
  private out: Uint8Array = new Uint8Array()
  private err: Uint8Array = new Uint8Array()
  private prompts = 0
  private open = true
  private after: Uint8Array = new Uint8Array()
  private lane: Lane | null = null
  private bootMarker = ''
  /** the channel ended after the answer and before a lane took over */
  private ended: Ending | null = null

  constructor(channel: Channel, marker: string, sudo: Sudo | null, prompt: string) {
    this.channel = channel
    this.marker = new TextEncoder().encode(`\n${marker} `)
    this.sudo = sudo
    this.prompt = new TextEncoder().encode(prompt)
    this.answered = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.answered.catch(() => undefined) // a channel may end before anyone asks
    channel.listen({
      stdout: (bytes) => {
        this.stdout(bytes)
      },
      stderr: (bytes) => {
        this.stderr(bytes)
      },
      closed: (ending) => {
        this.closed(ending)
      },
    })
  }

  preamble(): Uint8Array {
    return concatBytes([this.out, this.err])
  }

  fail(error: TourniquetError): void {
    if (!this.open) return
    this.open = false
    this.channel.close()
    this.reject(error)
  }

  handOver(lane: Lane, bootMarker: string): void {
    this.lane = lane
    this.bootMarker = bootMarker
    if (this.after.length > 0) lane.feed(this.after)
    if (this.ended) this.closed(this.ended)
  }

  private stdout(bytes: Uint8Array): void {
    if (this.lane) {
      this.lane.feed(bytes)
      return
    }
    if (!this.open) {
      // A channel may stand by for long before a lane takes it over: nobody has asked it for anything yet.
      if (this.after.length + bytes.length > preambleCap) this.channel.close()
      else this.after = concatBytes([this.after, bytes])
      return
    }
    this.out = concatBytes([this.out, bytes])
    this.capped()
    const at = indexOf(this.out, this.marker)
    const end = at === -1 ? -1 : this.out.indexOf(0x0a, at + this.marker.length)
    if (end === -1) return
    const line = this.out.slice(at + this.marker.length, end)
    this.after = this.out.slice(end + 1)
    this.out = this.out.slice(0, at)
    this.open = false
    const space = line.indexOf(0x20)
    const word = shown(hostText(space === -1 ? line : line.slice(0, space)))
    this.resolve({ word, rest: space === -1 ? new Uint8Array() : line.slice(space + 1) })
  }

  private stderr(bytes: Uint8Array): void {
    if (this.lane) {
      this.lane.feedError(bytes)
      return
    }
    this.err = concatBytes([this.err, bytes])
    this.capped()
    if (this.open && this.sudo) this.answerPrompt(this.sudo)
  }

  /** The prompt is ours and random: nothing but the program we started with it can be asking. A second one means the first answer was wrong. */
  private answerPrompt(sudo: Sudo): void {
    const at = indexOf(this.err, this.prompt)
    if (at === -1) return
    this.err = concatBytes([this.err.slice(0, at), this.err.slice(at + this.prompt.length)])
    this.prompts++
    if (this.prompts > 1 || !sudo.password) {
      this.fail(new TourniquetError(sudo.password ? 'sudo-refused' : 'sudo-password-missing', {}))
      return
    }
    this.channel.write(concatBytes([sudo.password, Uint8Array.of(0x0a)])).catch(() => undefined) // a lost channel tells through closed()
  }

  private capped(): void {
    const bytes = this.out.length + this.err.length
    if (bytes > preambleCap) this.fail(new TourniquetError('host-flooded', { bytes, limit: preambleCap }))
  }

  private closed(ending: Ending): void {
    if (this.lane) {
      this.lane.end(this.lane.death ?? lateFailure(this.lane, this.bootMarker, ending))
      return
    }
    if (this.open) this.fail(earlyFailure(ending, this.err, this.sudo))
    else this.ended ??= ending
  }
}

/** The channel ended before our marker: sudo's no, a shell that refuses commands, or a lost link. */
function earlyFailure(ending: Ending, stderr: Uint8Array, sudo: Sudo | null): TourniquetError {
  if (ending.reason === 'flooded') return new TourniquetError('host-flooded', { limit: preambleCap })
  if (ending.reason === 'timeout') return new TourniquetError('host-timeout', { what: 'channel' })
  if (ending.reason !== 'closed-by-host') return new TourniquetError('link-lost', { reason: ending.reason })
  const detail = tail(stderr)
  if (sudo && /password is required|terminal is required/.test(detail))
    return new TourniquetError('sudo-password-missing', { detail })
  if (sudo && stderr.length > 0) return new TourniquetError('sudo-refused', { detail })
  return new TourniquetError('shell-unusable', { detail, exit: ending.exit ?? -1 })
}

/** The channel ended after our marker: the bootstrap's own words when it has any. Once a frame has been seen it is an ordinary ending. */
function lateFailure(lane: Lane, bootMarker: string, ending: Ending): TourniquetError {
  const said = shown(hostText(lane.preamble))
  const failed = lane.answered ? null : new RegExp(`${bootMarker} failed (.*?)(?:\\\\x0a|$)`).exec(said)
  if (failed) {
    const detail = failed[1] ?? ''
    // The place could execute a script a moment ago: a refusal now is a policy of the host, anything else is damage.
    const refused = /^write|Permission denied|Operation not permitted/.test(detail)
    return new TourniquetError(refused ? 'no-place-for-toolbox' : 'toolbox-damaged', { detail })
  }
  if (!lane.answered && ending.reason === 'closed-by-host')
    return new TourniquetError('toolbox-damaged', { detail: tail(lane.stderr) })
  return lane.endingError(ending)
}

function tail(bytes: Uint8Array): string {
  return shown(hostText(bytes.slice(-400)))
}
