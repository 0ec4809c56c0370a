// A case folder behind the very gate, wire and feed that the workbench serves its page with, and nothing else of the workbench. What it says no to can be chosen.

import { contract, type Contract } from '../../../main/core/contract.ts'
import { TourniquetError } from '../../../main/core/errors.ts'
import type { ByteSink } from '../../../main/core/rpc/define.ts'
import { base64, fromBase64 } from '../../../main/core/json.ts'
import { serve, type Handlers, type Served as ServedWire } from '../../../main/core/rpc/serve.ts'
import type { Page } from '../../../main/page/page.ts'
import type { CaseFolder } from '../../../main/platform/case-folder.ts'
import { caseSigner } from '../../../main/platform/signers.ts'
import { serveLoopback, type Served } from '../../../main/server/serve.ts'
import { readExhibit, readJournal, tellJournal } from '../../../main/workbench/evidence.ts'
import { freePort } from '../../fixtures/ssh/free-port.ts'

type Emit = Parameters<typeof tellJournal>[1]

type Fed = {
  readonly methods: Pick<
    Contract['methods'],
    'state' | 'journal.read' | 'exhibit.read' | 'locker.key' | 'bundle.prepare' | 'bundle.sign' | 'bundle.sealed'
  >
  readonly events: Contract['events']
}
const fed: Fed = { methods: contract.methods, events: contract.events }

export interface CaseServer {
  readonly port: number
  /** Exhibits that main says it does not have. */
  readonly withheld: Set<string>
  /** Milliseconds it takes over each piece it sends from now on. */
  pace(ms: number): void
  /** Connections so far. */
  attached(): number
  /** Bytes of exhibits that were sent. */
  sent(): number
  /** Bytes of those that went past the wire, since the last `route`. */
  fetched(): number
  /** Whether exhibits can be fetched past the wire; `breaks`: it sends one piece and fails then, and each time from then on, as a disk does. */
  route(next: 'open' | 'closed' | 'breaks'): void
  link(): string
  /** Another folder takes the place of the one that is served. */
  swap(store: CaseFolder): void
  /** Cuts the wire; the page may come back. */
  cut(): void
  close(): Promise<void>
}

export async function serveCase(page: Page, first: CaseFolder, at?: number): Promise<CaseServer> {
  let store = first
  let wire: ServedWire<Fed> | null = null
  let sent = 0
  let pace = 0
  let attached = 0
  const withheld = new Set<string>()
  const emit: Emit = (name, data) => wire?.emit(name, data)
  let quiet = tellJournal(store, emit)
  const view = () => {
    const { caseId, number, customer, examiner, authority, timeZone, createdAt } = store.info
    const info = { path: store.path, caseId, number, customer, examiner, authority, timeZone, createdAt }
    const chains = store.chains().map((chain) => ({ chain, events: store.events(chain).length }))
    return { ...info, chains, copy: false, openRun: null }
  }
  let fetched = 0
  let route: 'open' | 'closed' | 'breaks' = 'open'
  const read = async (sha256: string) => {
    if (withheld.has(sha256)) throw new TourniquetError('case-missing', { path: sha256 })
    const reading = await readExhibit(store, sha256)
    return {
      ...reading,
      send: (sink: ByteSink) =>
        reading.send({
          write: async (bytes) => {
            if (pace > 0) await new Promise((resolve) => setTimeout(resolve, pace))
            await sink.write(bytes)
            sent += bytes.length
          },
        }),
    }
  }
  const handlers: Handlers<Fed> = {
    state: () =>
      Promise.resolve({
        tool: 'harness',
        shell: 'served',
        remembers: 'no',
        case: view(),
        links: [],
        terminals: [],
        practice: { state: 'unavailable', detail: '', destination: null },
        jobs: [],
        questions: [],
        settings: {
          language: null,
          theme: 'dark',
          density: 'compact',
          examiner: null,
          hostView: false,
          deadManSeconds: 900,
        },
      }),
    'journal.read': ({ chain, from }) => Promise.resolve(readJournal(store, chain, from)),
    'exhibit.read': ({ sha256 }) => read(sha256),
    'locker.key': () =>
      Promise.resolve({ caseId: store.info.caseId, key: base64(store.keys.sealing.map((byte) => byte ^ 0x5a)) }),
    'bundle.prepare': async ({ exportId }) => {
      if (store.writable) await store.anchor()
      const { publicKey, label, kind } = caseSigner(store.keys)
      return {
        exportId: exportId ?? 'export-1',
        signer: { publicKey: base64(publicKey), label, kind },
        heads: store.chains().map((chain) => ({ chain, events: store.events(chain).length })),
      }
    },
    'bundle.sign': async ({ data }) => ({
      signature: base64(await caseSigner(store.keys).sign(fromBase64(data))),
    }),
    'bundle.sealed': async ({ exportId, tagManifestSha256 }) => {
      if (store.writable) await store.append('case', 'exported', { exportId, tagManifestSha256, signer: 'harness' })
      return {}
    },
  }
  const port = at ?? (await freePort())
  const served: Served = await serveLoopback({
    port,
    page,
    workbench: {
      attach: (to, closed) => {
        const mine = serve(to, fed, handlers, () => {
          if (wire === mine) wire = null
          closed()
        })
        wire = mine
        attached += 1
      },
      exhibit: async (sha256) => {
        if (route === 'closed') throw new TourniquetError('case-missing', { path: sha256 })
        const reading = await read(sha256)
        return {
          ...reading,
          send: (sink) =>
            reading.send({
              write: async (bytes) => {
                if (route === 'breaks' && fetched > 0)
                  throw new TourniquetError('disk-error', { path: sha256, detail: 'EIO' })
                await sink.write(bytes)
                fetched += bytes.length
              },
            }),
        }
      },
    },
    onDoorClosed: () => undefined,
  })
  return {
    port,
    withheld,
    pace: (ms) => {
      pace = ms
    },
    attached: () => attached,
    sent: () => sent,
    fetched: () => fetched,
    route: (next) => {
      route = next
      fetched = 0
    },
    link: () => served.newLink(),
    swap: (next) => {
      quiet()
      store = next
      quiet = tellJournal(store, emit)
    },
    cut: () => wire?.close('cut'),
    close: async () => {
      quiet()
      wire?.close('closing')
      await served.close()
    },
  }
}
