// The recording of one terminal: every byte is in the spool before anyone sees it, and segments of bounded size become exhibits (raw output and asciicast)
// while the next one is being written. What a crash leaves in the spool becomes exhibits when the case is opened again.

import { readdir, rm } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { EventData } from '../core/case/events.ts'
import { caseChain } from '../core/case/journal.ts'
import {
  asciicast,
  outputOf,
  veiled,
  type InputBy,
  type Recorded,
  type RecordingAbout,
} from '../core/case/recording.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Clock, Random, ScreenSize } from '../core/ports.ts'
import type { CaseFolder } from './case-store.ts'
import { diskError, makeFolder, systemCode } from './files.ts'
import { readSpool, Spool, spoolAbout } from './spool.ts'

/** Bytes of output in one segment: small enough to be handed on while the terminal runs, big enough that a long session is a few dozen exhibits. */
export const segmentBytes = 8 * 1024 * 1024

type Closing = Omit<EventData<'terminal-closed'>, 'terminal' | 'bytes' | 'segments'>
type Segment = EventData<'terminal-closed'>['segments'][number]

/** One owner, which ends it. */
export class Recording {
  readonly #store: CaseFolder
  readonly #world: { readonly clock: Clock; readonly random: Random }
  readonly #startedAt: number
  readonly #segments: Segment[] = []
  #about: RecordingAbout
  #spool: Spool
  /** everything that touches the spool, one after the other */
  #turn: Promise<void> = Promise.resolve()
  /** the segment before, on its way into the case */
  #sealing: Promise<void> = Promise.resolve()
  #sealingFailed: unknown = null
  #bytes = 0

  private constructor(
    store: CaseFolder,
    world: { readonly clock: Clock; readonly random: Random },
    about: RecordingAbout,
    spool: Spool,
  ) {
    this.#store = store
    this.#world = world
    this.#about = about
    this.#spool = spool
    this.#startedAt = world.clock.monotonic()
  }

  /** Makes the spool and journals `terminal-opened`. Rejects with `disk-full`, `disk-error`. */
  static async begin(
    store: CaseFolder,
    what: Pick<RecordingAbout, 'terminal' | 'host' | 'address' | 'by'> & ScreenSize,
    world: { readonly clock: Clock; readonly random: Random },
  ): Promise<Recording> {
    await makeFolder(spoolFolder(store))
    const about = { ...what, openedAt: world.clock.now(), segment: 0, since: 0, before: 0 }
    const spool = await Spool.create(spoolPath(store, about), about, store.keys.sealing, world.random)
    const { terminal, host, address, by, columns, rows } = what
    await store.append(host, 'terminal-opened', { terminal, address, by, columns, rows })
    return new Recording(store, world, about, spool)
  }

  /** Bytes of output recorded. */
  get bytes(): number {
    return this.#bytes
  }

  get openedAt(): string {
    return this.#about.openedAt
  }

  /** Resolves when the bytes are recorded: only then may anyone see them. At most 64 KiB at a time. Rejects with `disk-full`, `disk-error`. */
  output(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      await this.#spool.append({ kind: 'output', at: this.#now(), bytes })
      this.#bytes += bytes.length
      if (this.#bytes - this.#about.before >= segmentBytes) await this.#rotate()
    })
  }

  /** Records that there was input, and how much; never what it was. */
  input(by: InputBy, text: string): Promise<void> {
    const at = this.#now()
    return this.#inTurn(() => this.#spool.append({ kind: 'input', at, by, keys: veiled(text) }))
  }

  resize({ columns, rows }: ScreenSize): Promise<void> {
    return this.#inTurn(async () => {
      await this.#spool.append({ kind: 'resize', at: this.#now(), columns, rows })
      this.#about = { ...this.#about, columns, rows }
    })
  }

  /** Seals what is left and journals `terminal-closed`. Rejects when something could not be kept: then it lies in the spool until the case is opened again. */
  end(closing: Closing): Promise<void> {
    return this.#inTurn(async () => {
      await this.#sealing
      // What spoils a spool was told to whoever wrote; it still holds all that was shown, and sealing reads it again.
      await this.#spool.close().catch(() => undefined)
      await this.#seal(this.#spool.path, false)
      if (this.#sealingFailed !== null) throw this.#failure()
      const { host, terminal } = this.#about
      await this.#store.append(host, 'terminal-closed', {
        terminal,
        ...closing,
        bytes: this.#bytes,
        segments: this.#segments,
      })
    })
  }

  async #rotate(): Promise<void> {
    await this.#sealing
    if (this.#sealingFailed !== null) throw this.#failure()
    const { path } = this.#spool
    await this.#spool.close()
    const about = { ...this.#about, segment: this.#about.segment + 1, since: this.#now(), before: this.#bytes }
    this.#spool = await Spool.create(spoolPath(this.#store, about), about, this.#store.keys.sealing, this.#world.random)
    this.#about = about
    this.#sealing = this.#seal(path, false).catch((error: unknown) => {
      this.#sealingFailed = error
    })
  }

  async #seal(path: string, truncated: boolean): Promise<void> {
    const segment = await sealSpool(this.#store, path, truncated)
    if (segment !== null) this.#segments.push(segment)
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined) // told to whoever asked
    return done
  }

  /** whole milliseconds since the opening */
  #now(): number {
    return Math.floor(this.#world.clock.monotonic() - this.#startedAt)
  }

  #failure(): TourniquetError {
    return diskError(this.#sealingFailed, spoolFolder(this.#store))
  }
}

/**
 * Makes exhibits of what a crash left in the spool, marked as cut short, and closes the terminals they belong to. Only for whoever has just opened the case for
 * writing. Rejects with `disk-full`, `disk-error`; what was not kept then is still there.
 */
export async function sealOrphans(store: CaseFolder): Promise<void> {
  const left = new Map<string, { readonly about: RecordingAbout; readonly segments: Segment[] }>()
  for (const name of await spoolNames(store)) {
    const path = join(spoolFolder(store), name)
    const about = await spoolAbout(path, store.keys.sealing)
    if (about === null) {
      await keepUnreadable(store, path, name)
      continue
    }
    const of = left.get(about.terminal) ?? { about, segments: earlier(store, about) }
    left.set(about.terminal, of)
    const segment = await sealSpool(store, path, true)
    if (segment !== null) of.segments.push(segment)
  }
  for (const { about, segments } of left.values()) {
    const { terminal, host } = about
    if (store.events(host).some((event) => event.type === 'terminal-closed' && event.data.terminal === terminal))
      continue
    await store.append(host, 'terminal-closed', {
      terminal,
      outcome: 'crashed',
      exit: null,
      signal: null,
      bytes: outputBytes(store, host, segments),
      segments,
      detail:
        'never closed by the workbench: sealed from the spool when the case was opened; at most the last second is missing',
    })
  }
}

/** Null when an earlier attempt had sealed it already; the spool is gone in either case. */
async function sealSpool(store: CaseFolder, path: string, truncated: boolean): Promise<Segment | null> {
  const key = store.keys.sealing
  const about = await spoolAbout(path, key)
  if (about === null) throw new TourniquetError('disk-error', { path, code: 'unreadable' })
  const { host, terminal, segment, address, since, before } = about
  const known = sealed(store, about)
  let made: Segment | null = null
  if (known === null) {
    const recorded = (): AsyncIterable<Recorded> => readSpool(path, key)
    const meta = {
      path: null,
      pathBytes: null,
      meta: { terminal, segment, since, before },
      hostSha256: null,
      hostTime: null,
      truncated,
    }
    const method = `terminal ${terminal} on ${address}, part ${String(segment + 1)}, from byte ${String(before)}`
    const output = await store.keepParts(host, () => outputOf(recorded()), {
      ...meta,
      what: 'terminal/output',
      method: `${method}: output as received`,
    })
    const cast = await store.keepParts(host, () => asciicast(about, recorded()), {
      ...meta,
      what: 'terminal/asciicast',
      method: `${method}: asciicast v2 with times and sizes, input veiled`,
    })
    made = { output: output.sha256, asciicast: cast.sha256 }
  }
  await rm(path)
  return made
}

/** The exhibits of one segment, when both are in the case. */
function sealed(store: CaseFolder, { host, terminal, segment }: RecordingAbout): Segment | null {
  let output: string | null = null
  let cast: string | null = null
  for (const event of store.events(host)) {
    if (event.type !== 'exhibit-stored') continue
    const place = event.data.meta as { readonly terminal?: unknown; readonly segment?: unknown } | null
    if (place?.terminal !== terminal || place.segment !== segment) continue
    if (event.data.what === 'terminal/output') output = event.data.sha256
    if (event.data.what === 'terminal/asciicast') cast = event.data.sha256
  }
  return output === null || cast === null ? null : { output, asciicast: cast }
}

/** Segments that were in the case before the crash. */
function earlier(store: CaseFolder, about: RecordingAbout): Segment[] {
  return Array.from({ length: about.segment }, (_, segment) => sealed(store, { ...about, segment })).filter(
    (segment) => segment !== null,
  )
}

function outputBytes(store: CaseFolder, host: string, segments: readonly Segment[]): number {
  const sizes = new Map(
    store
      .events(host)
      .flatMap((event) => (event.type === 'exhibit-stored' ? [[event.data.sha256, event.data.size] as const] : [])),
  )
  return segments.reduce((sum, { output }) => sum + (sizes.get(output) ?? 0), 0)
}

/** Not even its beginning can be read: the sealed bytes are kept as they are, for whoever may know better. */
async function keepUnreadable(store: CaseFolder, path: string, name: string): Promise<void> {
  const kept = await store.keepParts(caseChain, () => createReadStream(path) as AsyncIterable<Uint8Array>, {
    what: 'terminal/spool',
    path: null,
    pathBytes: null,
    meta: null,
    method: `left in the spool as ${name}`,
    hostSha256: null,
    hostTime: null,
    truncated: true,
  })
  await store.append(caseChain, 'gap', {
    run: null,
    step: null,
    probe: 'terminal',
    what: name,
    reason: 'unreadable',
    detail: `a recording without a readable beginning; its sealed bytes are exhibit ${kept.sha256}`,
  })
  await rm(path)
}

async function spoolNames(store: CaseFolder): Promise<readonly string[]> {
  try {
    return (await readdir(spoolFolder(store))).filter((name) => name.endsWith(ending)).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw diskError(error, spoolFolder(store))
  }
}

const ending = '.spool'

function spoolFolder(store: CaseFolder): string {
  return join(store.path, 'spool')
}

/** By terminal, then in order. */
function spoolPath(store: CaseFolder, { terminal, segment }: RecordingAbout): string {
  return join(spoolFolder(store), `${terminal}.${String(segment).padStart(6, '0')}${ending}`)
}
