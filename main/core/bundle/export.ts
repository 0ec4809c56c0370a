// Writing a bundle: bag, manifests, signature, ZIP, in one pass. Exhibits flow through one at a time; nothing of them stays in memory.

import type { AnyEvent } from '../case/events.ts'
import type { CaseArchive } from '../case/store.ts'
import { TourniquetError } from '../errors.ts'
import type { Hashing } from '../ports.ts'
import { manifestText, oneLine, planBag, type BagOptions } from './bag.ts'
import { isBagName, isExportId, tagFiles } from './names.ts'
import { recordOf } from './record.ts'
import { snapshotOf } from './snapshot.ts'
import { bundleNamespace, fingerprint, publicKeyText, signSshsig, type Signer } from './sshsig.ts'
import { dosTime } from './zip-format.ts'
import { zipWriter, type Crc32, type Sink } from './zip-writer.ts'

export interface WriteBundle extends Pick<BagOptions, 'exportId' | 'redact' | 'words'> {
  readonly signer: Signer
}

export interface Written {
  readonly exportId: string
  readonly head: string
  readonly tagManifestSha256: string
  /** of the signer */
  readonly fingerprint: string
  /** bytes of the ZIP, number of files in it, number of exhibits held back */
  readonly bytes: number
  readonly files: number
  readonly redacted: number
}

/** The name by which allowed_signers and verify.sh know the signer; whose key it is stands beside it. */
export const signerPrincipal = 'tourniquet-signer'

const encoder = new TextEncoder()

/**
 * Writes the bundle of a case as it stands now. Rejects with `usage` (export id), `exhibit-damaged`, `case-missing`, `sign-key-unusable`, and what
 * the sink rejects with; what it wrote until then is not a bundle.
 */
export async function writeBundle(
  archive: CaseArchive,
  options: WriteBundle,
  world: { readonly hashing: Hashing; readonly crc32: Crc32 },
  sink: Sink,
): Promise<Written> {
  const { exportId, signer, redact, words } = options
  if (!isExportId(exportId)) throw new TourniquetError('usage', { what: 'export id', value: exportId })
  const { hashing } = world
  const print = fingerprint(hashing, signer.publicKey)
  const snapshot = snapshotOf(archive)
  const record = recordOf(snapshot)
  const about = { label: oneLine(signer.label), kind: signer.kind, fingerprint: print }
  const plan = await planBag(archive, snapshot, record, { exportId, redact, words, signer: about, hashing })
  const zip = zipWriter(sink, world.crc32, dosTime(record.until))

  const sha256 = new Map<string, string>()
  const sha512 = new Map<string, string>()
  const tags = new Map<string, string>()
  let files = 0
  const add = async (
    name: string,
    size: number,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    each: (piece: Uint8Array) => void,
  ): Promise<void> => {
    if (!isBagName(name)) throw new TourniquetError('internal', { what: `name ${name}` })
    await zip.add(`${plan.folder}/${name}`, size, pieces, each)
    files += 1
  }
  const addTag = async (name: string, bytes: Uint8Array): Promise<void> => {
    tags.set(name, hashing.sha256().update(bytes).hex())
    await add(name, bytes.length, [bytes], () => undefined)
  }
  const known = async (name: string): Promise<void> => {
    const bytes = plan.tags.get(name)
    if (bytes === undefined) throw new TourniquetError('internal', { what: `no ${name}` })
    await addTag(name, bytes)
  }

  // in the order of names, which is also the order in which they can be known
  await known(tagFiles.verifyText)
  await known(tagFiles.bagInfo)
  await known(tagFiles.bagit)
  for (const file of plan.payload) {
    const vouched = file.digests?.() ?? null
    if (vouched !== null) {
      await add(file.name, file.size, file.pieces(), () => undefined)
      sha256.set(file.name, vouched.sha256)
      sha512.set(file.name, await vouched.sha512())
      continue
    }
    const [short, long] = [hashing.sha256(), hashing.sha512()]
    await add(file.name, file.size, file.pieces(), (piece) => {
      short.update(piece)
      long.update(piece)
    })
    sha256.set(file.name, short.hex())
    sha512.set(file.name, long.hex())
  }
  await addTag(tagFiles.manifest256, encoder.encode(manifestText(sha256)))
  await addTag(tagFiles.manifest512, encoder.encode(manifestText(sha512)))
  tags.set(
    tagFiles.verifyScript,
    hashing
      .sha256()
      .update(plan.tags.get(tagFiles.verifyScript) ?? new Uint8Array())
      .hex(),
  )
  const tagManifest = encoder.encode(manifestText(tags))
  const outside = [
    [tagFiles.allowedSigners, encoder.encode(allowedSigners(signer.publicKey, about))],
    [tagFiles.signature, encoder.encode(await signSshsig(hashing, signer, bundleNamespace, tagManifest))],
    [tagFiles.tagManifest, tagManifest],
  ] as const
  for (const [name, bytes] of outside) await add(name, bytes.length, [bytes], () => undefined)
  await known(tagFiles.verifyScript)
  const bytes = await zip.finish()
  return {
    exportId,
    head: record.head,
    tagManifestSha256: hashing.sha256().update(tagManifest).hex(),
    fingerprint: print,
    bytes,
    files,
    redacted: plan.redactions.length,
  }
}

/** The id of the next export of a case, from the events of its own chain: `export-N`, N counting from 1. */
export function nextExportId(events: readonly AnyEvent[]): string {
  return `export-${String(events.filter(({ type }) => type === 'exported').length + 1)}`
}

/** One line for `ssh-keygen -Y verify -f`. */
export function allowedSigners(publicKey: Uint8Array, about: Pick<Signer, 'label' | 'kind'>): string {
  const who = about.kind === 'person' ? about.label : 'case key, not a person'
  return `${signerPrincipal} namespaces="${bundleNamespace}" ${publicKeyText(publicKey)} ${who}\n`
}
