// A bundle of the case with a story, signed by a key that ssh-keygen made and unpacked by unzip, for the tests of one file.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sink } from '../core/bundle/zip-writer.ts'
import { exportBundle } from './bundle-file.ts'
import { fixtureCase } from './case-fixture.ts'
import { openCaseFolder, type CaseFolder } from './case-folder.ts'
import { keyFileSigner } from './signers.ts'

export interface SignedBundle {
  /** where all of it lies: `case`, its `keys`, the signing key `id` and `id.pub` */
  readonly base: string
  /** the case, to read */
  readonly store: CaseFolder
  /** the file and its bytes */
  readonly zip: string
  readonly bytes: Buffer
  /** the fingerprint of the signing key */
  readonly print: string
  /** the folder in it, unpacked */
  readonly folder: string
  remove(): void
}

export async function signedBundle(): Promise<SignedBundle> {
  const base = mkdtempSync(join(tmpdir(), 'bundle-'))
  await (await fixtureCase(join(base, 'case'), join(base, 'keys'))).close()
  const store = await openCaseFolder(join(base, 'case'), { mode: 'read', keys: join(base, 'keys') })
  const zip = join(base, 'bundle.zip')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@example.org', '-f', join(base, 'id')])
  const { fingerprint } = await exportBundle(store, { out: zip, signer: await keyFileSigner(join(base, 'id')) })
  execFileSync('unzip', ['-q', zip, '-d', join(base, 'out')])
  return {
    base,
    store,
    zip,
    bytes: readFileSync(zip),
    print: fingerprint,
    folder: join(base, 'out', readdirSync(join(base, 'out'))[0] ?? ''),
    remove: () => {
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** A file as a writer of ZIPs fills it, at any position; `whole` when it has said how long it is. */
export function fileInMemory(): { readonly sink: Sink; whole(size: number): Buffer } {
  const pieces: { readonly at: number; readonly bytes: Buffer }[] = []
  return {
    sink: {
      write: (bytes, at) => Promise.resolve(void pieces.push({ at, bytes: Buffer.from(bytes) })),
    },
    whole: (size) => {
      const file = Buffer.alloc(size)
      for (const { at, bytes } of pieces) bytes.copy(file, at)
      return file
    },
  }
}
