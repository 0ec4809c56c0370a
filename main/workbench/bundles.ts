// Bundles of the open case: written here as a job, or by the page from its own locker, which borrows the signature and nothing else. Both ways stand at the
// same heads and come out the same to the byte, but for kinds of signature that are never the same twice (ECDSA).

import { mkdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { casesFolder } from '../compose.ts'
import { nextExportId } from '../core/bundle/export.ts'
import { isExportId } from '../core/bundle/names.ts'
import { assertSignedData, bundleNamespace, fingerprint, type Signer } from '../core/bundle/sshsig.ts'
import { caseChain } from '../core/case/journal.ts'
import type { Contract } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import { base64, fromBase64 } from '../core/json.ts'
import type { Input, Output } from '../core/rpc/define.ts'
import { say } from '../i18n/words.ts'
import { exportBundle, writeReport } from '../platform/bundle-file.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { temporarySuffix } from '../platform/files.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { agentSigner, caseSigner, keyFileSigner } from '../platform/signers.ts'
import type { Jobs } from './jobs.ts'

/** Milliseconds between two looks at how far an export has got. */
const exportEvery = 500

type In<M extends keyof Contract['methods']> = Input<Contract, M>

interface Prepared {
  readonly exportId: string
  readonly signer: Signer
}

export class Bundles {
  readonly #store: CaseFolder
  readonly #jobs: Jobs
  #prepared: Prepared | null = null
  #reporting: Promise<unknown> = Promise.resolve()

  constructor(store: CaseFolder, jobs: Jobs) {
    this.#store = store
    this.#jobs = jobs
  }

  /** Writes the bundle as the case stands now. Progress is in bytes of the file against the bytes of all exhibits. */
  async export(input: In<'export.start'>): Promise<{ readonly job: string }> {
    if (input.out !== null && !isAbsolute(input.out))
      throw new TourniquetError('usage', { what: 'out', text: input.out, expected: 'an absolute path' })
    const signer = await this.#signerOf(input.signer)
    const out = input.out ?? (await this.#outFile('.zip'))
    this.#prepared = null // its id may be the one that is used up now
    return this.#jobs.start({ job: this.#jobs.newId(), kind: 'export', hosts: [] }, false, async (work) => {
      const total = this.#exhibitBytes()
      const watch = setInterval(() => {
        void stat(`${out}.${String(process.pid)}${temporarySuffix}`).then(
          ({ size }) => {
            work.tell({ type: 'writing', done: Math.min(size, total), total })
          },
          () => undefined, // not begun, or just finished
        )
      }, exportEvery)
      try {
        const written = await exportBundle(this.#store, {
          out,
          words: say,
          redact: input.includeSecrets ? 'none' : 'default',
          signer,
          ...(input.exportId === null ? {} : { exportId: input.exportId }),
        })
        const { path, bytes, exportId, tagManifestSha256, fingerprint: print, redacted } = written
        return { kind: 'export', path, bytes, exportId, tagManifestSha256, fingerprint: print, redacted }
      } finally {
        clearInterval(watch)
      }
    })
  }

  /** Anchors the case and fixes what the page's bundle is of. One that was prepared before is forgotten. Rejects with `busy` while an export writes. */
  async prepare(input: In<'bundle.prepare'>): Promise<Output<Contract, 'bundle.prepare'>> {
    this.#prepared = null
    const writes = this.#jobs.list().some(({ kind, state }) => kind === 'export' && state === 'working')
    if (writes) throw new TourniquetError('busy', { what: 'export' })
    const signer = await this.#signerOf(input.signer)
    await this.#store.anchor()
    const exportId = input.exportId ?? nextExportId(this.#store.events(caseChain))
    if (!isExportId(exportId)) throw new TourniquetError('usage', { what: 'export id', text: exportId })
    this.#prepared = { exportId, signer }
    const { publicKey, label, kind } = signer
    return {
      exportId,
      signer: { publicKey: base64(publicKey), label, kind },
      heads: this.#store.chains().map((chain) => ({ chain, events: this.#store.events(chain).length })),
    }
  }

  /** Rejects with `bundle-invalid` for anything but a bundle's signature, `usage` for another export than the one prepared, and what the signer rejects with. */
  async sign({ exportId, data }: In<'bundle.sign'>): Promise<Output<Contract, 'bundle.sign'>> {
    const { signer } = this.#preparedAs(exportId)
    const bytes = decoded(data)
    assertSignedData(bytes, bundleNamespace)
    return { signature: base64(await signer.sign(bytes)) }
  }

  async sealed({ exportId, tagManifestSha256 }: In<'bundle.sealed'>): Promise<void> {
    const { signer } = this.#preparedAs(exportId)
    this.#prepared = null
    const print = fingerprint(nodeHashing, signer.publicKey)
    await this.#store.append(caseChain, 'exported', { exportId, tagManifestSha256, signer: print })
  }

  /** Writes the report beside the exports and gives its path. */
  report(): Promise<string> {
    // one at a time: two of the same second would have one name, and take it from under each other
    const written = this.#reporting.then(async () => {
      const out = await this.#outFile('.html')
      await writeReport(this.#store, { out, words: say })
      return out
    })
    this.#reporting = written.catch(() => undefined) // told to the one who asked
    return written
  }

  #preparedAs(exportId: string): Prepared {
    if (this.#prepared?.exportId === exportId) return this.#prepared
    throw new TourniquetError('usage', {
      what: 'export',
      text: exportId,
      expected: 'the export that was prepared last',
    })
  }

  async #signerOf(signer: In<'bundle.prepare'>['signer']): Promise<Signer> {
    switch (signer.by) {
      case 'case':
        return caseSigner(this.#store.keys)
      case 'agent':
        return agentSigner({})
      case 'file':
        return keyFileSigner(signer.path, signer.passphrase)
    }
  }

  #exhibitBytes(): number {
    const sizes = new Map(
      this.#store
        .chains()
        .flatMap((chain) => this.#store.events(chain))
        .flatMap((event) => (event.type === 'exhibit-stored' ? [[event.data.sha256, event.data.size] as const] : [])),
    )
    return [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  async #outFile(ending: '.zip' | '.html'): Promise<string> {
    const folder = join(dirname(casesFolder()), 'exports')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const second = systemClock.now().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
    return join(folder, `${this.#store.info.caseId}-${second}${ending}`)
  }
}

function decoded(text: string): Uint8Array {
  try {
    return fromBase64(text)
  } catch (cause) {
    throw new TourniquetError('bundle-invalid', { file: 'data to sign', why: 'not base64' }, cause)
  }
}
