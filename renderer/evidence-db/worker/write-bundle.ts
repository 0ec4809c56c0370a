// The bundle, written from the locker by the very code that writes it for the command line (main/core/bundle): byte-identical is then no coincidence, and what is
// mended there is mended here. Only the ports differ: chunks out of IndexedDB, digests by WebCrypto, a file of the browser's own as the sink.

import { writeBundle as writeBag, type Written as Bag } from '../../../main/core/bundle/export.ts'
import type { CaseArchive, Digests } from '../../../main/core/case/store.ts'
import { TourniquetError } from '../../../main/core/errors.ts'
import { base64, fromBase64, hex } from '../../../main/core/json.ts'
import { say } from '../../../main/i18n/words.ts'
import type { JournalEvent } from '../case.ts'
import type { Progress, SignWith, Written } from '../locker.ts'
import { known, type Copy } from './copy.ts'
import { crc32, scriptHashing, wholeLimit } from './digests.ts'
import type { Feed } from './feed.ts'
import { openBundleFile } from './bundle-file.ts'
import { openChunk, rowOf } from './read.ts'
import type { Bytes } from './seal.ts'

/** Milliseconds between two looks at whether everything has come. */
const lookEvery = 100

export interface WriteInput {
  readonly exportId: string | null
  readonly includeSecrets: boolean
  readonly signer: SignWith
}

interface Call {
  readonly signal: AbortSignal
  readonly tell: (progress: Progress) => void
}

/** Rejects with `locker-full`, `locker-damaged`, `case-missing` (bytes that main does not have), `cancelled`, `sign-key-unusable`; then there is no file. */
export async function writeBundle(copy: Copy, feed: Feed, input: WriteInput, call: Call): Promise<Written> {
  const { exportId, heads, signer } = await feed.ask('bundle.prepare', {
    exportId: input.exportId,
    signer: input.signer,
  })
  const held = new Set(input.includeSecrets ? [] : copy.index.redactions().map(({ entry }) => entry.sha256))
  await everythingIsHere(copy, heads, held, call.signal)
  const archive = await archiveOf(copy, heads)
  const total = [...copy.index.digests()].reduce((sum, [sha256, size]) => sum + (held.has(sha256) ? 0 : size), 0)
  const file = await openBundleFile(`${copy.caseId}_${exportId}`)
  let written: Bag
  try {
    let done = 0
    written = await writeBag(
      archive,
      {
        exportId,
        redact: input.includeSecrets ? 'none' : 'default',
        words: say,
        signer: {
          publicKey: fromBase64(signer.publicKey),
          label: signer.label,
          kind: signer.kind,
          sign: async (data) => fromBase64((await feed.ask('bundle.sign', { exportId, data: base64(data) })).signature),
        },
      },
      { hashing: scriptHashing, crc32 },
      {
        write: (bytes, position) => {
          if (call.signal.aborted) return Promise.reject(new TourniquetError('cancelled'))
          file.write(bytes, position)
          done += bytes.length
          call.tell({ done, total: Math.max(total, done) })
          return Promise.resolve()
        },
      },
    )
    file.finish()
    const { tagManifestSha256 } = written
    await feed.ask('bundle.sealed', { exportId, tagManifestSha256 })
  } catch (cause) {
    await file.discard()
    throw known(cause)
  }
  const { bytes, files, redacted, fingerprint, tagManifestSha256 } = written
  return { exportId, bytes, files, redacted, fingerprint, tagManifestSha256, file: await file.file() }
}

/** Waits until the copy holds the heads and every exhibit that goes into the bundle. */
async function everythingIsHere(
  copy: Copy,
  heads: readonly { readonly chain: string; readonly events: number }[],
  held: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  for (const { chain, events } of heads) copy.moved(chain, events)
  for (;;) {
    if (signal.aborted) throw new TourniquetError('cancelled')
    const { journal } = copy.parts()
    const { phase, error } = copy.state()
    if (phase === 'stuck' && error !== null) throw new TourniquetError(error.code, error.params)
    if (heads.every(({ chain, events }) => (journal.head(chain)?.seq ?? -1) + 1 >= events)) {
      const lacking = [...copy.index.digests()]
        .map(([sha256]) => sha256)
        .filter((one) => !copy.has(one) && !held.has(one))
      const hopeless = lacking.map((sha256) => copy.hopeless(sha256)).find((why) => why !== null)
      if (hopeless) throw hopeless
      if (lacking.length === 0) return
    }
    await new Promise((resolve) => setTimeout(resolve, lookEvery))
  }
}

/** The case at the heads, every event checked once more, exhibits chunk by chunk. */
async function archiveOf(
  copy: Copy,
  heads: readonly { readonly chain: string; readonly events: number }[],
): Promise<CaseArchive> {
  const { journal, sealer, db } = copy.parts()
  const events = new Map<string, readonly JournalEvent[]>()
  for (const head of heads) events.set(head.chain, await journal.proven(head.chain, head.events))
  const long = new Map<string, { readonly done: Promise<string>; readonly settle: (digest: string) => void }>()
  return {
    chains: () => heads.map(({ chain }) => chain),
    events: (chain) => events.get(chain) ?? [],
    digests: (sha256): Digests => {
      let settle: (digest: string) => void = () => undefined
      const done = new Promise<string>((resolve) => (settle = resolve))
      long.set(sha256, { done, settle })
      return { sha256, sha512: () => done }
    },
    async *exhibitChunks(sha256) {
      const row = await rowOf({ db, sealer }, sha256)
      const asked = long.get(sha256)
      const whole = asked !== undefined && row.size <= wholeLimit ? new Uint8Array(row.size) : null
      const running = asked !== undefined && whole === null ? scriptHashing.sha512() : null
      let next: Promise<Bytes> | null = row.chunks.length > 0 ? openChunk({ db, sealer }, row, 0) : null
      let at = 0
      for (let index = 1; next !== null; index++) {
        const plain: Bytes = await next
        next = index < row.chunks.length ? openChunk({ db, sealer }, row, index) : null
        next?.catch(() => undefined) // awaited in the next turn, or nobody wants it any more
        whole?.set(plain, at)
        running?.update(plain)
        at += plain.length
        if (next === null && whole !== null)
          void crypto.subtle.digest('SHA-512', whole).then((digest) => asked?.settle(hex(new Uint8Array(digest))))
        yield plain
      }
      if (row.chunks.length === 0)
        asked?.settle(hex(new Uint8Array(await crypto.subtle.digest('SHA-512', new Uint8Array()))))
      if (running !== null) asked?.settle(running.hex())
      long.delete(sha256)
    },
  }
}
