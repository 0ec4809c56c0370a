// From a reply's bytes to pieces a probe can read: sections, marked contents, lines. Bytes travel as latin-1 strings (one char, one byte) between
// here and the facts, so nothing is lost and string search stays fast; they become HostText only as fields of a fact. Nothing here trusts a length.

import { type HostText, hostText, shown } from '../host-text.ts'
import { isTourniquetError } from '../errors.ts'
import type { Arg, HostReply, HostRequest, LaneName } from '../host/session.ts'
import type { FactKind, Fact, ProbeOutcome, RawReading, Unknown } from './facts.ts'
import type { ProbeContext, ProbeId } from './probe.ts'

/** Bytes as a string with one char per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return text
}

/** The bytes of such a string. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** Host text of such a string. */
export function textOf(text: string): HostText {
  return hostText(bytesOf(text))
}

/** A reply cut at its `@MARK name` lines. `complete` is false when the `end` section never came: the reply was cut. */
export interface Sections {
  readonly mark: string
  readonly complete: boolean
  /** null when the section is not there */
  get(name: string): string | null
  /** the first section whose name begins so */
  find(prefix: string): string | null
  /** all sections whose names begin so, in order */
  entries(prefix: string): readonly (readonly [string, string])[]
  /** true when the section is there and another one follows it, so that it is whole */
  whole(name: string): boolean
}

/** Null when the reply does not begin as our scripts begin, or a section occurs twice: then nothing in it can be trusted. */
export function parseSections(stdout: Uint8Array): Sections | null {
  const text = latin1(stdout)
  const first = /^@([0-9a-f-]{36}) begin\n/.exec(text)
  const mark = first?.[1]
  if (mark === undefined) return null
  const pieces = text.split(`@${mark} `)
  const sections = new Map<string, string>()
  for (const piece of pieces.slice(1)) {
    const newline = piece.indexOf('\n')
    if (newline === -1) break
    const name = piece.slice(0, newline)
    if (sections.has(name)) return null
    // `say` puts a newline of its own before each mark
    sections.set(name, piece.slice(newline + 1).replace(/\n$/, ''))
  }
  const names = [...sections.keys()]
  return {
    mark,
    complete: sections.has('end'),
    get: (name) => sections.get(name) ?? null,
    find: (prefix) => [...sections].find(([name]) => name.startsWith(prefix))?.[1] ?? null,
    entries: (prefix) => [...sections].filter(([name]) => name.startsWith(prefix)),
    whole: (name) => sections.has(name) && names.at(-1) !== name,
  }
}

/** Contents that were each closed by `M=MARK` and a terminator; null unless there are exactly `count` of them. */
export function markedContents(section: string, mark: string, count: number, terminator = '\0'): string[] | null {
  const pieces = section.split(`M=${mark}${terminator}`)
  return pieces.length === count + 1 && pieces[count] === '' ? pieces.slice(0, count) : null
}

/** Links as `stat -c 'M=MARK %N'` prints them: path → target. Links that could not be read are missing. */
export function markedLinks(section: string, mark: string): ReadonlyMap<string, string> {
  const links = new Map<string, string>()
  for (const piece of section.split(`M=${mark} `)) {
    const match = /^'([^']*)' -> '([^]*)'\n?$/.exec(piece)
    if (match?.[1] !== undefined && match[2] !== undefined) links.set(match[1], match[2])
  }
  return links
}

/** Lines without their newline; no empty last one. */
export function linesOf(text: string): string[] {
  if (text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** What a probe gathers while it reads. One owner, used once. */
export interface Findings {
  readonly facts: Fact[]
  readonly unknowns: Unknown[]
  readonly raw: RawReading[]
  unknown(what: string, reason: Unknown['reason'], detail: string, spoils: readonly FactKind[]): void
  outcome(): ProbeOutcome
}

export function gather(probe: ProbeId): Findings {
  const facts: Fact[] = []
  const unknowns: Unknown[] = []
  const raw: RawReading[] = []
  return {
    facts,
    unknowns,
    raw,
    unknown: (what, reason, detail, spoils) => unknowns.push({ probe, what, reason, detail, spoils }),
    outcome: () => ({ probe, facts, unknowns, raw }),
  }
}

/**
 * Runs one request of a probe and keeps its raw reply under `name`. A request that the host could not answer gives null and an Unknown that spoils
 * `spoils`; a cut reply is returned and noted the same way. Rejects only with `link-lost` and `cancelled` (and what is not an error of the host).
 */
export async function ask(
  context: ProbeContext,
  into: Findings,
  name: string,
  request: HostRequest,
  spoils: readonly FactKind[],
  lane: LaneName = 'control',
): Promise<HostReply | null> {
  const options = context.signal ? { lane, signal: context.signal } : { lane }
  let reply: HostReply
  try {
    reply = await context.session.run(request, options)
  } catch (error) {
    if (isTourniquetError(error, 'request-timeout')) into.unknown(name, 'timed-out', 'no answer in time', spoils)
    else if (isTourniquetError(error, 'frame-garbled'))
      into.unknown(name, 'unparseable', 'the frame was garbled', spoils)
    else if (isTourniquetError(error, 'request-too-large'))
      into.unknown(name, 'failed', 'too much to ask at once', spoils)
    else throw error
    return null
  }
  into.raw.push({
    name,
    request: describe(request),
    bytes: reply.stdout,
    truncated: reply.truncated.stdout || reply.timedOut,
    hostTime: reply.clocks.hostStart,
  })
  if (reply.timedOut) into.unknown(name, 'timed-out', 'cut by the time limit', spoils)
  else if (reply.truncated.stdout) into.unknown(name, 'truncated', 'cut by the size limit', spoils)
  return reply
}

/** Why an answered request says nothing: its exit status and the first line it complained with, shown. */
export function complaint(reply: HostReply): string {
  const line = linesOf(latin1(reply.stderr.subarray(0, 300)))[0] ?? ''
  return `exit ${reply.exit ?? 'none'}${line === '' ? '' : `: ${shown(textOf(line))}`}`
}

function describe(request: HostRequest): string {
  const words = request.argv.map((word: Arg) => (typeof word === 'string' ? word : shown(hostText(word))))
  return JSON.stringify({
    ...request,
    argv: words,
    ...(request.stdin ? { stdin: `${request.stdin.length} bytes` } : {}),
  })
}
