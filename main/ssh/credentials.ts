// What we may prove ourselves with: key files, the agent, a password. Read and opened before dialling, so that a bad key fails here with its
// own code and never as "refused by the host". Nothing here is logged, and the agent is asked to sign, never forwarded.

import { createPrivateKey } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { BaseAgent, ParsedKey } from 'ssh2'
import { isTourniquetError, TourniquetError } from '../core/errors.ts'
import { clean } from './clean.ts'
import { describeHostKey } from './known-hosts.ts'
import { mostTries } from './limits.ts'

/** Secrets come as values; where they came from (an environment variable, a prompt, a keychain) is the caller's business. */
export interface Credentials {
  /** Named on the command line: must be usable. */
  readonly keyFile?: string
  readonly keyPassphrase?: string
  /** From ssh_config: tried when present. Without these and `keyFile`, the default identities are tried. */
  readonly identityFiles?: readonly string[]
  /** `off` for none; default: the socket named by SSH_AUTH_SOCK. A path given here must answer. */
  readonly agent?: string
  readonly password?: string
}

/** One way to log in, in the order they are tried. */
export type Attempt =
  | { readonly kind: 'key'; readonly key: ParsedKey; readonly shown: string }
  | { readonly kind: 'agent'; readonly agent: BaseAgent; readonly keys: readonly ParsedKey[]; readonly shown: string }
  | { readonly kind: 'password'; readonly password: string; readonly shown: string }

export interface Loaded {
  readonly attempts: readonly Attempt[]
  /** Key files that were named, are locked, and that nobody opened yet. */
  readonly locked: readonly string[]
  /** What could not be used and why; shown when the login fails. */
  readonly notes: readonly string[]
}

/** sshd's MaxAuthTries is 6 by default; an agent with twenty keys would otherwise use up every try before the password. */
const mostAgentKeys = 4

/** A local agent answers at once; one that waits for a confirmation does so when signing, not when listing. */
const agentListMs = 5_000

/** A private key file is a few KiB; this keeps `-i /dev/zero` and its like from filling memory. */
const largestKeyFile = 65_536

/** Asks for the passphrase of a file. `again`: the one before was wrong. Null: nobody knows. */
export type AskPassphrase = (file: string, again: boolean) => Promise<readonly string[] | null>

/**
 * Order: explicit key, agent, other identities, password. Where a person can be asked, a locked explicit key is opened now.
 * Throws `auth-key-unreadable`, `auth-key-passphrase`, `auth-agent-unavailable`.
 */
export async function loadCredentials(given: Credentials, ask: AskPassphrase | null = null): Promise<Loaded> {
  const notes: string[] = []
  const agent = await loadAgent(given, notes)
  const explicit =
    given.keyFile === undefined ? null : await loadExplicit(given.keyFile, given.keyPassphrase, agent, ask)
  const locked: string[] = []
  const attempts: Attempt[] = []
  if (explicit?.kind === 'key') attempts.push(explicit)
  if (agent) attempts.push(explicit?.kind === 'held' ? narrowed(agent, explicit.blob) : agent)
  for (const file of otherIdentities(given)) {
    try {
      attempts.push(await loadKey(file, given.keyPassphrase))
    } catch (error) {
      notes.push(noteOf(file, error))
      // Default identities lie around in every home; only a file that somebody named is worth a question.
      if (given.identityFiles?.includes(file) === true && isLocked(error)) locked.push(file)
    }
  }
  if (given.password !== undefined) attempts.push({ kind: 'password', password: given.password, shown: 'password' })
  return { attempts, locked, notes: notes.filter((note) => note !== '') }
}

function otherIdentities(given: Credentials): readonly string[] {
  if (given.identityFiles !== undefined && given.identityFiles.length > 0) return given.identityFiles
  if (given.keyFile !== undefined) return []
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name))
}

type AgentAttempt = Extract<Attempt, { kind: 'agent' }>
type KeyAttempt = Extract<Attempt, { kind: 'key' }>

/** A locked key file is no failure when the agent holds the same key: that is how most people work. */
async function loadExplicit(
  file: string,
  passphrase: string | undefined,
  agent: AgentAttempt | null,
  ask: AskPassphrase | null,
): Promise<KeyAttempt | { readonly kind: 'held'; readonly blob: Buffer }> {
  try {
    return await loadKey(file, passphrase)
  } catch (error) {
    const locked = error instanceof TourniquetError && error.code === 'auth-key-passphrase' && passphrase === undefined
    const blob = locked && agent ? await publicHalf(file) : null
    if (blob && agent?.keys.some((key) => key.getPublicSSH().equals(blob))) return { kind: 'held', blob }
    const opened =
      ask && isLocked(error) ? await openLocked(file, (again) => ask(file, again), passphrase !== undefined) : null
    if (opened) return opened
    throw error
  }
}

function isLocked(error: unknown): boolean {
  return isTourniquetError(error, 'auth-key-passphrase')
}

/** Opens a locked key with what a person says; null when nobody knows, or three times the wrong thing was said. Throws `auth-key-unreadable`. */
export async function openLocked(
  file: string,
  ask: (again: boolean) => Promise<readonly string[] | null>,
  again = false,
): Promise<KeyAttempt | null> {
  for (let tries = 0; tries < mostTries; tries++) {
    const [passphrase] = (await ask(again || tries > 0)) ?? []
    if (passphrase === undefined) return null
    try {
      return await loadKey(file, passphrase)
    } catch (error) {
      if (!isLocked(error)) throw error
    }
  }
  return null
}

/** Opens a private key: OpenSSH, PEM, PKCS#8 and PuTTY forms. Throws `auth-key-unreadable` or `auth-key-passphrase`. */
async function loadKey(file: string, passphrase?: string): Promise<KeyAttempt> {
  const text = await readKeyFile(file)
  const parsed = ssh2.utils.parseKey(pkcs1(text, passphrase, file), passphrase)
  const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined
  if (key === undefined || key instanceof Error) throw keyError(file, key?.message ?? 'empty', passphrase)
  if (!key.isPrivateKey()) throw new TourniquetError('auth-key-unreadable', { file, detail: 'this is the public half' })
  return { kind: 'key', key, shown: `publickey ${fingerprint(key)} ${file}` }
}

async function readKeyFile(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(largestKeyFile), 0, largestKeyFile, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw new TourniquetError('auth-key-unreadable', { file, detail: describe(cause) }, cause)
  }
}

/** ssh2 knows the older forms only; crypto turns RSA and EC keys in PKCS#8 into them. */
function pkcs1(text: string, passphrase: string | undefined, file: string): string {
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) return text
  try {
    const key = createPrivateKey({ key: text, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
    return text
  } catch (cause) {
    if (text.includes('BEGIN ENCRYPTED')) throw keyError(file, 'bad passphrase', passphrase)
    throw new TourniquetError('auth-key-unreadable', { file, detail: describe(cause) }, cause)
  }
}

function keyError(file: string, message: string, passphrase: string | undefined): TourniquetError {
  if (/no passphrase given/i.test(message)) return new TourniquetError('auth-key-passphrase', { file, state: 'needed' })
  if (/bad passphrase/i.test(message)) {
    return new TourniquetError('auth-key-passphrase', { file, state: passphrase === undefined ? 'needed' : 'wrong' })
  }
  return new TourniquetError('auth-key-unreadable', { file, detail: clean(message) })
}

/** The public key inside an OpenSSH private key file, readable without the passphrase, or the `.pub` beside it. */
async function publicHalf(file: string): Promise<Buffer | null> {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(await readKeyFile(file))?.[1]
  if (body !== undefined) return innerPublicKey(Buffer.from(body, 'base64'))
  try {
    const blob = /^\S+ (\S+)/.exec(await readFile(`${file}.pub`, 'utf8'))?.[1]
    return blob === undefined ? null : Buffer.from(blob, 'base64')
  } catch {
    return null // no public half beside it: the caller reports the locked key
  }
}

/** openssh-key-v1: magic, cipher, kdf, kdf options (each a string), a count, then the public key as a string. */
function innerPublicKey(bytes: Buffer): Buffer | null {
  let at = 'openssh-key-v1\0'.length
  const field = () => {
    if (at + 4 > bytes.length) return null
    const length = bytes.readUInt32BE(at)
    const value = at + 4 + length <= bytes.length ? bytes.subarray(at + 4, at + 4 + length) : null
    at += 4 + length
    return value
  }
  if (field() === null || field() === null || field() === null) return null
  at += 4
  return field()
}

async function loadAgent(given: Credentials, notes: string[]): Promise<AgentAttempt | null> {
  if (given.agent === 'off') return null
  const socket = given.agent ?? process.env['SSH_AUTH_SOCK'] ?? ''
  if (socket === '') return null
  try {
    const agent = ssh2.createAgent(socket)
    const keys = await identities(agent)
    if (keys.length > mostAgentKeys) notes.push(`agent: the first ${mostAgentKeys} of ${keys.length} keys are tried`)
    if (keys.length === 0) notes.push('agent: holds no key')
    return keys.length === 0 ? null : { kind: 'agent', agent, keys, shown: 'agent' }
  } catch (cause) {
    const failure = new TourniquetError('auth-agent-unavailable', { socket, detail: describe(cause) }, cause)
    if (given.agent !== undefined) throw failure
    notes.push(`agent ${socket}: ${describe(cause)}`)
    return null
  }
}

function identities(agent: BaseAgent): Promise<readonly ParsedKey[]> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => {
      failed(new Error(`no answer in ${agentListMs / 1000} s`))
    }, agentListMs)
    agent.getIdentities((error, keys) => {
      clearTimeout(timer)
      if (error) failed(error)
      else done((keys ?? []).filter((key): key is ParsedKey => typeof key === 'object' && 'getPublicSSH' in key))
    })
  })
}

function narrowed(attempt: AgentAttempt, blob: Buffer): AgentAttempt {
  return { ...attempt, keys: attempt.keys.filter((key) => key.getPublicSSH().equals(blob)) }
}

/** An agent limited to keys we have already seen; it remembers which one signed, for the record. */
export class RecordingAgent extends ssh2.BaseAgent<ParsedKey> {
  lastSigner: string | null = null
  private readonly inner: BaseAgent
  private readonly keys: readonly ParsedKey[]

  constructor(attempt: AgentAttempt) {
    super()
    this.inner = attempt.agent
    this.keys = attempt.keys.slice(0, mostAgentKeys)
  }

  override getIdentities(answer: Parameters<BaseAgent<ParsedKey>['getIdentities']>[0]): void {
    answer(undefined, [...this.keys])
  }

  override sign(key: ParsedKey, bytes: Buffer, ...rest: readonly unknown[]): void {
    this.lastSigner = fingerprint(key)
    this.inner.sign(key, bytes, ...(rest as [never, never]))
  }
}

function fingerprint(key: ParsedKey): string {
  return describeHostKey(key.getPublicSSH())?.sha256 ?? key.type
}

function noteOf(file: string, error: unknown): string {
  if (!(error instanceof TourniquetError)) return `${file}: ${describe(error)}`
  if (error.code === 'auth-key-passphrase') return `${file}: passphrase ${error.params['state'] ?? 'needed'}`
  return String(error.params['detail'] ?? '').includes('ENOENT')
    ? ''
    : `${file}: ${error.params['detail'] ?? error.code}`
}

function describe(cause: unknown): string {
  return clean(cause instanceof Error ? cause.message : String(cause))
}
