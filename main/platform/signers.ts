// Who signs a bundle: a person's OpenSSH key file, a person's key in ssh-agent, or the key that was made with the case. Private keys are used
// here and go nowhere else; the agent's never leave the agent.

import { concatBytes } from '../core/bytes.ts'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { fingerprint, type Signer } from '../core/bundle/sshsig.ts'
import { wireNumber, wireReader, wireString } from '../core/bundle/ssh-wire.ts'
import { TourniquetError } from '../core/errors.ts'
import type { CaseKeys } from './case-keys.ts'
import { nodeHashing } from './hashing.ts'
import { publicWire, signWire } from './ssh-crypto.ts'

/** The case's own key: proves that a bundle is whole, says nothing of who made it. */
export function caseSigner(keys: CaseKeys): Signer {
  const key = createPrivateKey({ key: Buffer.from(keys.signing), format: 'der', type: 'pkcs8' })
  return keySigner(key, 'case key, not a person', 'case')
}

/**
 * A person's private key from an OpenSSH, PEM or PuTTY file. Rejects with `file-unreadable`, `auth-key-passphrase` (needed or wrong) or
 * `sign-key-unusable`.
 */
export async function keyFileSigner(path: string, passphrase?: string): Promise<Signer> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new TourniquetError('file-unreadable', { path }, error)
  }
  const parsed = ssh2.utils.parseKey(bytes, passphrase)
  if (parsed instanceof Error) {
    const locked = /passphrase|encrypted|integrity|decrypt/i.test(parsed.message)
    throw new TourniquetError(
      locked ? 'auth-key-passphrase' : 'sign-key-unusable',
      { path, why: parsed.message },
      parsed,
    )
  }
  if (!parsed.isPrivateKey()) throw new TourniquetError('sign-key-unusable', { path, why: 'not a private key' })
  try {
    return keySigner(createPrivateKey(parsed.getPrivatePEM()), parsed.comment === '' ? path : parsed.comment, 'person')
  } catch (cause) {
    if (cause instanceof TourniquetError) throw cause
    throw new TourniquetError('sign-key-unusable', { path, why: `key kind ${parsed.type}` }, cause)
  }
}

/**
 * A person's key in ssh-agent. Without `fingerprint` (`SHA256:…`) the agent must hold exactly one key that can sign bundles: a choice is not ours.
 * Rejects with `auth-agent-unavailable` or `sign-key-unusable`.
 */
export async function agentSigner(options: {
  readonly socket?: string | undefined
  readonly fingerprint?: string
}): Promise<Signer> {
  const socket = options.socket ?? process.env['SSH_AUTH_SOCK']
  if (socket === undefined || socket === '')
    throw new TourniquetError('auth-agent-unavailable', { why: 'SSH_AUTH_SOCK is not set' })
  const held = (await agentKeys(socket)).filter(({ type }) => usableTypes.test(type))
  const wanted = held.filter(({ print }) => options.fingerprint === undefined || print === options.fingerprint)
  const [key] = wanted
  if (key === undefined || wanted.length > 1) {
    const prints = held.map(({ print }) => print).join(' ')
    throw new TourniquetError('sign-key-unusable', {
      why: wanted.length > 1 ? 'the agent holds several keys' : 'the agent holds no such key',
      held: prints,
    })
  }
  return {
    publicKey: key.blob,
    label: key.comment === '' ? key.print : key.comment,
    kind: 'person',
    sign: async (data) => {
      const flags = key.type === 'ssh-rsa' ? agent.rsaSha512 : 0
      const ask = [Uint8Array.of(agent.signRequest), wireString(key.blob), wireString(data), wireNumber(flags)]
      const reply = wireReader(await askAgent(socket, concatBytes(ask)), 'ssh-agent')
      if (reply.take(1)[0] !== agent.signResponse)
        throw new TourniquetError('sign-key-unusable', { why: 'the agent refused to sign' })
      return reply.string()
    },
  }
}

/** security keys (sk-…) sign another form, which `verify` here does not know yet */
const usableTypes = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/

/** Message numbers of draft-ietf-sshm-ssh-agent. */
const agent = { identitiesRequest: 11, identitiesAnswer: 12, signRequest: 13, signResponse: 14, rsaSha512: 4 } as const
/** A person may have to touch or confirm something; nobody waits longer than this. */
const agentPatience = 60_000
/** An answer longer than this is not an agent's. */
const agentLimit = 1024 * 1024

function keySigner(key: KeyObject, label: string, kind: Signer['kind']): Signer {
  return { publicKey: publicWire(key), label, kind, sign: (data) => Promise.resolve(signWire(key, data)) }
}

interface AgentKey {
  readonly blob: Uint8Array
  readonly comment: string
  readonly type: string
  readonly print: string
}

async function agentKeys(socket: string): Promise<readonly AgentKey[]> {
  const reply = wireReader(await askAgent(socket, Uint8Array.of(agent.identitiesRequest)), 'ssh-agent')
  if (reply.take(1)[0] !== agent.identitiesAnswer)
    throw new TourniquetError('auth-agent-unavailable', { why: 'no list of keys' })
  return Array.from({ length: reply.number() }, () => {
    const blob = reply.string()
    const comment = new TextDecoder().decode(reply.string())
    return { blob, comment, type: wireReader(blob, 'ssh-agent').word(), print: fingerprint(nodeHashing, blob) }
  })
}

/** One request, one answer, one connection. */
function askAgent(path: string, request: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      socket.destroy()
      reject(new TourniquetError('auth-agent-unavailable', { socket: path, why }))
    }
    const socket: Socket = connect(path)
    let received = Buffer.alloc(0)
    socket.setTimeout(agentPatience, () => {
      fail('no answer')
    })
    socket.on('error', (error) => {
      fail(error.message)
    })
    socket.on('close', () => {
      fail('closed without an answer')
    })
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      const length = received.length >= 4 ? received.readUInt32BE() : 0
      if (length > agentLimit) fail('answer too long')
      else if (length > 0 && received.length >= 4 + length) {
        resolve(received.subarray(4, 4 + length))
        socket.destroy()
      }
    })
    socket.write(wireString(request))
  })
}
