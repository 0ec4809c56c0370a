// A page with nothing on it but the locker: it signs in, connects as the workbench does, and does what a test asks.

import { contract } from '../../../../main/core/contract.ts'
import { connect } from '../../../../main/core/rpc/connect.ts'
import { base64 } from '../../../../main/core/json.ts'
import { isTourniquetError } from '../../../../main/core/errors.ts'
import { proof, reach } from '../../../../renderer/link/wire.ts'
import type { ExhibitRow } from '../../../../renderer/evidence-db/locker.ts'
import { openLocker, type FeedClient } from '../../../../renderer/evidence-db/open-locker.ts'
import type { Calls, Failure, Query, Row } from '../calls.ts'
import { raw } from './raw.ts'

const listeners = new Set<(client: FeedClient) => void>()
let client: FeedClient | null = null
let saved: File | null = null
const busy = { total: 0, longest: 0 }

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    busy.total += duration
    busy.longest = Math.max(busy.longest, duration)
  }
}).observe({ entryTypes: ['longtask'] })

const locker = openLocker({
  onConnect: (listener) => {
    listeners.add(listener)
    if (client) listener(client)
    return () => listeners.delete(listener)
  },
  proof,
})

void keepConnected()

async function keepConnected(): Promise<void> {
  for (;;) {
    const reached = await reach(() => undefined)
    if ('wire' in reached)
      await new Promise<void>((gone) => {
        client = connect(reached.wire, contract, () => {
          client = null
          gone()
        })
        for (const listener of listeners) listener(client)
      })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function full(query: Query) {
  return { text: '', chains: [], what: [], tags: [], order: 'at' as const, descending: false, ...query }
}

function plain(row: ExhibitRow): Row {
  return { ...row, path: row.path as unknown as string | null }
}

function cancelAfter(ms: number | null): { signal?: AbortSignal } {
  return ms === null ? {} : { signal: AbortSignal.timeout(ms) }
}

const calls: Calls = {
  ...raw,
  state: () => locker.state(),
  query: async (query, from, count) => {
    const began = performance.now()
    const list = await locker.exhibits(full(query))
    const ms = performance.now() - began
    const rows = (await list.rows(from, count)).map(plain)
    list.close()
    return { total: list.total, bytes: list.bytes, rows, ms }
  },
  facets: async () => {
    const { what, tags, chains } = await locker.facets()
    return { what: [...what], tags: [...tags], chains: [...chains] }
  },
  exhibit: async (sha256) => {
    const row = await locker.exhibit(sha256)
    return row === null ? null : plain(row)
  },
  bytes: async (sha256, from, length) => base64(await locker.bytes(sha256, from, length)),
  events: async (chain, from) => (await locker.events(chain, from)).map(({ seq, type, hash }) => ({ seq, type, hash })),
  hosts: async () => [...(await locker.hosts())],
  runs: async () => [...(await locker.runs())],
  others: async () => [...(await locker.others())],
  forgetCase: (caseId) => locker.forgetCase(caseId),
  redactions: async () => (await locker.redactions()).map(({ sha256, reason }) => ({ sha256, reason })),
  recheck: async (digests, after) => [...(await locker.recheck(digests, cancelAfter(after)))],
  rebuild: () => locker.rebuild(),
  persist: () => locker.persist(),
  writeBundle: async (exportId, includeSecrets, after) => {
    const began = performance.now()
    let told = 0
    const written = await locker.writeBundle({
      exportId,
      includeSecrets,
      signer: { by: 'case' },
      told: ({ done }) => {
        told = done
      },
      ...cancelAfter(after),
    })
    saved = written.file
    const { bytes, tagManifestSha256 } = written
    const ms = performance.now() - began
    return { exportId: written.exportId, bytes, tagManifestSha256, ms, file: saved.size, told }
  },
  main: (method, input) => {
    if (client === null) throw new Error('not connected')
    return client.call(method as never, input as never)
  },
  drain: async () => {
    const from = client
    if (from === null) throw new Error('not connected')
    const list = await locker.exhibits(full({}))
    const wanted = [...(await list.rows(0, 500))]
    list.close()
    const began = performance.now()
    const lane = async (): Promise<void> => {
      for (let row = wanted.pop(); row !== undefined; row = wanted.pop()) {
        const { bytes } = await from.stream('exhibit.read', { sha256: row.sha256 })
        while ((await bytes.read()) !== null);
      }
    }
    await Promise.all([lane(), lane(), lane(), lane()])
    return performance.now() - began
  },
  save: () => {
    if (saved === null) throw new Error('nothing written')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(saved)
    link.download = 'bundle.zip'
    document.body.append(link)
    link.click()
  },
  busy: () => {
    const since = { ...busy }
    busy.total = 0
    busy.longest = 0
    return since
  },
}

declare global {
  /** Runs one call; a failure comes back as data, with its code. */
  var harness: (name: keyof Calls, args: readonly unknown[]) => Promise<{ value: unknown } | { failure: Failure }>
}

globalThis.harness = async (name, args) => {
  try {
    return { value: await (calls[name] as (...all: readonly unknown[]) => unknown)(...args) }
  } catch (cause) {
    const message = cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}` : String(cause)
    return { failure: { code: isTourniquetError(cause) ? cause.code : 'other', message } }
  }
}
