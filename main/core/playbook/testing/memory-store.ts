// A case store in memory for tests of the engine: real hash chains, no disk. It can be told to die after so many appends, and be opened again.

import { nextEvent, type ChainHead } from '../../case/journal.ts'
import type { AnyEvent, EventData, EventType, JournalEvent } from '../../case/events.ts'
import type { CaseInfo, CaseStore, Durable } from '../../case/store.ts'
import { TourniquetError } from '../../errors.ts'
import type { Clock, Hashing } from '../../ports.ts'

/** What survives a crash: the acknowledged lines and the bytes. */
export interface MemoryDisk {
  readonly chains: Map<string, AnyEvent[]>
  readonly exhibits: Map<string, Uint8Array>
}

export function emptyDisk(): MemoryDisk {
  return { chains: new Map(), exhibits: new Map() }
}

/** Opens a store over a disk. After `appendsLeft` appends it dies: nothing more is written, every call rejects. */
export function openMemoryStore(
  disk: MemoryDisk,
  world: { readonly hashing: Hashing; readonly clock: Clock; readonly appendsLeft?: number },
): CaseStore & { readonly died: () => boolean } {
  let left = world.appendsLeft ?? Infinity
  let dead = false
  const listeners = new Set<(event: AnyEvent) => void>()
  const info: CaseInfo = {
    format: 'tourniquet.case/1',
    caseId: 'case-in-memory',
    number: null,
    customer: null,
    examiner: 'test',
    authority: null,
    timeZone: null,
    createdAt: world.clock.now(),
  }
  const append = async <T extends EventType>(chain: string, type: T, data: EventData<T>): Promise<JournalEvent<T>> => {
    await Promise.resolve()
    if (left <= 0) dead = true
    if (dead) throw new TourniquetError('disk-error', { what: 'the process died here' })
    left -= 1
    const events = disk.chains.get(chain) ?? []
    const last = events.at(-1)
    const head: ChainHead | null = last ? { seq: last.seq, hash: last.hash } : null
    const mono = Math.floor(world.clock.monotonic())
    const { event } = nextEvent(world.hashing, chain, head, {
      type,
      data: structuredClone(data),
      at: world.clock.now(),
      mono,
    })
    disk.chains.set(chain, [...events, event as unknown as AnyEvent])
    for (const listener of listeners) listener(event as unknown as AnyEvent)
    return event
  }
  return {
    info,
    died: () => dead,
    append,
    async keep(chain, bytes, meta) {
      const sha256 = world.hashing.sha256().update(bytes).hex()
      if (meta.hostSha256 !== null && meta.hostSha256 !== sha256) {
        throw new TourniquetError('exhibit-mismatch', { what: meta.what })
      }
      disk.exhibits.set(sha256, bytes)
      const whole = { ...meta, sha256, size: bytes.length }
      await append(chain, 'exhibit-stored', whole)
      return { sha256, meta: whole } as Durable
    },
    exhibit(sha256) {
      const bytes = disk.exhibits.get(sha256)
      return bytes ? Promise.resolve(bytes) : Promise.reject(new TourniquetError('case-missing', { what: sha256 }))
    },
    has: (sha256) => disk.exhibits.has(sha256),
    events: (chain) => disk.chains.get(chain) ?? [],
    chains: () => [...disk.chains.keys()],
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => Promise.resolve(),
  }
}

/** A clock that is always on time: sleeping moves it on at once. Sleeps of ten minutes and more last until they are cancelled. */
export function testClock(): Clock {
  let now = 0
  return {
    now: () => new Date(Date.UTC(2026, 0, 1) + Math.floor(now)).toISOString(),
    monotonic: () => now,
    sleep: (ms, signal) => {
      const cancelled = () => new TourniquetError('cancelled', {})
      if (signal?.aborted) return Promise.reject(cancelled())
      if (ms >= 600_000) {
        return new Promise((_resolve, reject) => {
          signal?.addEventListener(
            'abort',
            () => {
              reject(cancelled())
            },
            { once: true },
          )
        })
      }
      now += ms
      return Promise.resolve()
    },
  }
}
