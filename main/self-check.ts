// What this program needs of the runtime it was started on, tried for real and told as data. Plain Node and Electron answer the same questions; they answer
// differently where OpenSSL and BoringSSL do.

import {
  createCipheriv,
  createDecipheriv,
  createDiffieHellmanGroup,
  generateKeyPairSync,
  getCiphers,
  getHashes,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { shippedPlaybooks } from './compose.ts'
import { nodeHashing } from './platform/hashing.ts'
import { loadToolbox } from './platform/resources.ts'
import { checkAlgorithms } from './ssh/self-check.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  /** what was seen, or why it failed: text of ours or of the runtime */
  readonly detail: string
}

/** Runs one check; a throw is a failure with its message. The text is what was seen. */
export async function check(name: string, look: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() }
  } catch (cause) {
    return { name, ok: false, detail: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Some seconds of work; opens loopback ports of the moment and closes them. */
export async function runtimeChecks(): Promise<readonly Check[]> {
  return [
    await check('toolbox', async () => Object.keys(await loadToolbox(nodeHashing)).join(' ')),
    await check('playbooks', async () => `${String((await shippedPlaybooks()).all.length)} read`),
    await check('crypto', cryptoOffered),
    await check('exhibit-cipher', sealAndOpen),
    await check('case-signature', signAndVerify),
    ...(await sshChecks()),
  ]
}

/** A list, not a judgement: what is missing here is left out of the SSH offer, and the checks of SSH say whether that went well. */
function cryptoOffered(): string {
  const groups = ['modp1', 'modp2', 'modp5', 'modp14', 'modp15', 'modp16', 'modp17', 'modp18'].filter((name) => {
    try {
      return createDiffieHellmanGroup(name).verifyError === 0
    } catch {
      return false // the answer asked for: this runtime does not know the group
    }
  })
  return `${process.versions.openssl}; groups: ${groups.join(' ') || 'none'}; ciphers: ${getCiphers().join(' ')}; hashes: ${getHashes().join(' ')}`
}

function sealAndOpen(): string {
  const [key, iv, plain] = [randomBytes(32), randomBytes(12), randomBytes(1000)]
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  const opener = createDecipheriv('aes-256-gcm', key, iv).setAuthTag(cipher.getAuthTag())
  if (!Buffer.concat([opener.update(sealed), opener.final()]).equals(plain)) throw new Error('came back otherwise')
  return 'aes-256-gcm'
}

function signAndVerify(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const words = Buffer.from('self-test')
  if (!verify(null, words, publicKey, sign(null, words, privateKey)))
    throw new Error('its own signature does not verify')
  return 'ed25519'
}

/** One algorithm may be missing; one that is offered and fails may not, and each kind needs at least one that works. */
async function sshChecks(): Promise<readonly Check[]> {
  const found = await checkAlgorithms()
  return [...new Set(found.map(({ kind }) => kind))].map((kind) => {
    const mine = found.filter((each) => each.kind === kind)
    const ok = mine.some(({ outcome }) => outcome === 'works') && !mine.some(({ outcome }) => outcome === 'broken')
    const detail = mine.map(
      (each) => `${each.name}: ${each.outcome}${each.outcome === 'broken' ? ` (${each.detail})` : ''}`,
    )
    return { name: `ssh-${kind}`, ok, detail: detail.join('; ') }
  })
}
