// Digests from Node's crypto, behind the core's port.

import { createHash } from 'node:crypto'
import type { Digest, Hashing } from '../core/ports.ts'

export const nodeHashing: Hashing = { sha256: () => digest('sha256'), sha512: () => digest('sha512') }

function digest(name: 'sha256' | 'sha512'): Digest {
  const hash = createHash(name)
  const self: Digest = {
    update: (bytes) => {
      hash.update(bytes)
      return self
    },
    hex: () => hash.digest('hex'),
  }
  return self
}
