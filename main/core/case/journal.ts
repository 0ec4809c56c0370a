// The journal: hash chains of events, one line each. Appending and checking are pure; where the lines live is an adapter's business.
// A line that was being written when the machine died is told apart from damage: it is the last one and has no newline. Everything else that
// does not fit is refused with file and line, never repaired.

import { z } from 'zod'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import { canonicalDigest, canonicalJson } from './canonical.ts'
import { eventSchemas, type AnyEvent, type EventData, type EventType, type JournalEvent } from './events.ts'

/** Name of the chain that holds the case's own events and anchors the hosts' heads. */
export const caseChain = 'case'

/** The last event of a chain. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

/** What was read of one chain. `torn` holds the bytes after the last newline: a crash in mid-write, never acknowledged to anyone. */
export interface ChainReading {
  readonly events: readonly AnyEvent[]
  readonly torn: Uint8Array | null
  /** bytes of the whole lines */
  readonly length: number
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const envelope = z.strictObject({
  format: z.literal('tourniquet.journal/1'),
  chain: z.string(),
  seq: z.number().int().nonnegative(),
  prev: sha256.nullable(),
  at: z.iso.datetime(),
  mono: z.number().int().nonnegative(),
  type: z.string(),
  data: z.unknown(),
  hash: sha256,
})

const newline = 0x0a

/** True for `case` and for anything that may be a host id; such a name is safe as a file name. */
export function isChainName(chain: string): boolean {
  return chain === caseChain || /^[a-z0-9][a-z0-9-]{3,63}$/.test(chain)
}

/** Throws `internal` when this cannot be an event: the caller's mistake, told before it shares a write with anyone else's event. */
export function assertEvent(chain: string, type: EventType, data: unknown): void {
  if (!isChainName(chain)) throw new TourniquetError('internal', { what: 'not a chain name' })
  const checked = eventSchemas[type].safeParse(data)
  if (!checked.success) {
    throw new TourniquetError('internal', { what: `event ${type}: ${z.prettifyError(checked.error)}` })
  }
  canonicalJson(data)
}

/**
 * Makes the event that follows `head` (null: the first of its chain), with its line ready to write (ends in a newline).
 * Throws `internal` when the data does not fit its schema.
 */
export function nextEvent<T extends EventType>(
  hashing: Hashing,
  chain: string,
  head: ChainHead | null,
  entry: { readonly type: T; readonly data: EventData<T>; readonly at: string; readonly mono: number },
): { readonly event: JournalEvent<T>; readonly line: string } {
  assertEvent(chain, entry.type, entry.data)
  const body = {
    format: 'tourniquet.journal/1',
    chain,
    seq: head === null ? 0 : head.seq + 1,
    prev: head === null ? null : head.hash,
    at: entry.at,
    mono: entry.mono,
    type: entry.type,
    data: entry.data,
  }
  const text = canonicalJson({ ...body, hash: canonicalDigest(hashing, body) })
  return { event: JSON.parse(text) as JournalEvent<T>, line: `${text}\n` }
}

/**
 * Reads and checks one chain. `file` is only for the message.
 * Throws `journal-broken` with file, line (1-based) and why; `case-version` for an event kind that this version does not know.
 */
export function readChain(hashing: Hashing, chain: string, bytes: Uint8Array, file: string): ChainReading {
  const length = bytes.lastIndexOf(newline) + 1
  const events: AnyEvent[] = []
  let head: ChainHead | null = null
  let start = 0
  while (start < length) {
    const end = bytes.indexOf(newline, start)
    const event = readLine(hashing, chain, head, bytes.subarray(start, end), { file, line: events.length + 1 })
    events.push(event)
    head = event
    start = end + 1
  }
  return { events, torn: length === bytes.length ? null : bytes.slice(length), length }
}

/**
 * Checks that every head anchored on the case chain stands in its host chain. `files` names the file of a chain for the message.
 * Throws `journal-broken`: the chain was cut short or rewritten after it was anchored.
 */
export function checkAnchors(
  chains: ReadonlyMap<string, readonly AnyEvent[]>,
  fileOf: (chain: string) => string,
): void {
  for (const event of chains.get(caseChain) ?? []) {
    if (event.type !== 'chain-anchored') continue
    const anchored = chains.get(event.data.chain)?.[event.data.seq]
    if (anchored?.hash !== event.data.hash) {
      throw broken({ file: fileOf(event.data.chain), line: event.data.seq + 1 }, 'not what the case chain anchored')
    }
  }
}

/**
 * Checks that a value read from elsewhere is the event that follows `head` (null: the first of its chain), link by link as `readChain` does. `file` is only
 * for the message. Throws `journal-broken`, `case-version`.
 */
export function checkEvent(
  hashing: Hashing,
  chain: string,
  head: ChainHead | null,
  event: AnyEvent,
  file: string,
): AnyEvent {
  const where = { file, line: head === null ? 1 : head.seq + 2 }
  return readLine(hashing, chain, head, new TextEncoder().encode(canonicalOrBroken(event, where)), where)
}

interface Where {
  readonly file: string
  readonly line: number
}

function readLine(hashing: Hashing, chain: string, head: ChainHead | null, bytes: Uint8Array, where: Where): AnyEvent {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch (cause) {
    throw broken(where, 'not JSON', cause)
  }
  const read = envelope.safeParse(value)
  if (!read.success) throw broken(where, formatOf(value) ?? 'not a journal event')
  const { hash, ...body } = read.data
  if (canonicalOrBroken(read.data, where) !== text) throw broken(where, 'not canonical')
  if (body.chain !== chain) throw broken(where, 'belongs to another chain')
  if (body.seq !== (head === null ? 0 : head.seq + 1)) throw broken(where, 'sequence has a hole')
  if (body.prev !== (head === null ? null : head.hash)) throw broken(where, 'does not follow the line before')
  if (canonicalDigest(hashing, body) !== hash) throw broken(where, 'hash differs')
  if (!Object.hasOwn(eventSchemas, body.type)) {
    throw new TourniquetError('case-version', { file: where.file, line: where.line, version: body.type })
  }
  const data = eventSchemas[body.type as EventType].safeParse(body.data)
  if (!data.success) throw broken(where, `not a ${body.type} event`)
  return read.data as AnyEvent
}

function canonicalOrBroken(value: unknown, where: Where): string {
  try {
    return canonicalJson(value)
  } catch (cause) {
    throw broken(where, 'not canonical', cause)
  }
}

function formatOf(value: unknown): string | null {
  const format: unknown = typeof value === 'object' && value !== null && 'format' in value ? value.format : null
  return typeof format === 'string' && format !== 'tourniquet.journal/1' ? 'another format' : null
}

function broken(where: Where, why: string, cause?: unknown): TourniquetError {
  return new TourniquetError('journal-broken', { file: where.file, line: where.line, why }, cause)
}
