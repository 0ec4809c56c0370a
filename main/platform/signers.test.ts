import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSshsig, fingerprint, parseSshsig, publicKeyText, signSshsig, type Signer } from '../core/bundle/sshsig.ts'
import { isTourniquetError } from '../core/errors.ts'
import { codeOf } from '../core/refusal-fixture.ts'
import { nodeHashing } from './hashing.ts'
import { agentSigner, keyFileSigner } from './signers.ts'
import { checkWire } from './ssh-crypto.ts'

const message = new TextEncoder().encode('what is signed\n')
const kinds = [
  ['ed25519', []],
  ['ecdsa', ['-b', '256']],
  ['ecdsa', ['-b', '384']],
  ['ecdsa', ['-b', '521']],
  ['rsa', ['-b', '2048']],
  ['rsa', ['-b', '2048', '-m', 'PEM']],
] as const
let base: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'sign-'))
})
afterAll(() => {
  rmSync(base, { recursive: true, force: true })
})

function makeKey(name: string, options: readonly string[], passphrase = ''): string {
  const path = join(base, name)
  execFileSync('ssh-keygen', ['-q', '-N', passphrase, '-C', `${name}@test`, '-f', path, ...options])
  return path
}
/** Status of `ssh-keygen -Y verify` for the signature and namespace. */
function stockVerify(signer: Signer, armored: string, namespace: string): number | null {
  writeFileSync(join(base, 'sig'), armored)
  writeFileSync(join(base, 'allowed'), `me ${publicKeyText(signer.publicKey)}\n`)
  const argv = ['-Y', 'verify', '-f', join(base, 'allowed'), '-I', 'me', '-n', namespace, '-s', join(base, 'sig')]
  return spawnSync('ssh-keygen', argv, { input: message }).status
}

describe('a signature with a key file', () => {
  for (const [index, [type, options]] of kinds.entries()) {
    it(`${type} ${options.join(' ')} is accepted by ssh-keygen in its namespace and in no other, and by us alike`, async () => {
      const path = makeKey(`k${String(index)}`, ['-t', type, ...options])
      const signer = await keyFileSigner(path)
      expect(publicKeyText(signer.publicKey)).toBe(readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' '))
      const armored = await signSshsig(nodeHashing, signer, 'one', message)
      expect(stockVerify(signer, armored, 'one')).toBe(0)
      expect(stockVerify(signer, armored, 'two')).not.toBe(0)
      const parsed = parseSshsig(armored, 'sig')
      expect(checkSshsig(nodeHashing, checkWire, parsed, 'one', message)).toBe(true)
      expect(checkSshsig(nodeHashing, checkWire, parsed, 'two', message)).toBe(false)
      expect(checkSshsig(nodeHashing, checkWire, parsed, 'one', message.subarray(1))).toBe(false)
      const print = execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).split(' ')[1]
      expect(fingerprint(nodeHashing, signer.publicKey)).toBe(print)
    })

    it(`made by ssh-keygen with ${type} ${options.join(' ')} is accepted by us, and not after any changed character`, async () => {
      const path = makeKey(`s${String(index)}`, ['-t', type, ...options])
      const armored = execFileSync('ssh-keygen', ['-Y', 'sign', '-n', 'one', '-f', path], {
        input: message,
        encoding: 'utf8',
        stdio: 'pipe',
      })
      expect(checkSshsig(nodeHashing, checkWire, parseSshsig(armored, 'sig'), 'one', message)).toBe(true)
      const check = (text: string): Promise<boolean> =>
        Promise.resolve().then(() => checkSshsig(nodeHashing, checkWire, parseSshsig(text, 'sig'), 'one', message))
      for (let at = 0; at < armored.length; at += 3) {
        const other = String.fromCharCode(armored.charCodeAt(at) ^ 1)
        const outcome = await check(armored.slice(0, at) + other + armored.slice(at + 1)).catch((error: unknown) => {
          if (isTourniquetError(error, 'bundle-invalid')) return false
          throw error
        })
        expect(outcome, `character ${String(at)}`).toBe(false)
      }
    })
  }

  it('asks for the passphrase by its own code, and takes the right one', async () => {
    const path = makeKey('locked', ['-t', 'ed25519'], 'open sesame')
    expect(await codeOf(keyFileSigner(path))).toBe('auth-key-passphrase')
    expect(await codeOf(keyFileSigner(path, 'wrong'))).toBe('auth-key-passphrase')
    const signer = await keyFileSigner(path, 'open sesame')
    expect(stockVerify(signer, await signSshsig(nodeHashing, signer, 'one', message), 'one')).toBe(0)
  })

  it('refuses what is no private key', async () => {
    const path = makeKey('public', ['-t', 'ed25519'])
    writeFileSync(join(base, 'text'), 'hello')
    expect(await codeOf(keyFileSigner(`${path}.pub`))).toBe('sign-key-unusable')
    expect(await codeOf(keyFileSigner(join(base, 'text')))).toBe('sign-key-unusable')
    expect(await codeOf(keyFileSigner(join(base, 'absent')))).toBe('file-unreadable')
  })
})

describe('a signature by ssh-agent', () => {
  it('is accepted by ssh-keygen; with several keys the agent has to be told which', async () => {
    const socket = join(base, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      const environment = { ...process.env, SSH_AUTH_SOCK: socket }
      while (spawnSync('ssh-add', ['-l'], { env: environment }).status === 2)
        await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await codeOf(agentSigner({ socket }))).toBe('sign-key-unusable')
      const paths = [
        makeKey('a1', ['-t', 'rsa', '-b', '2048']),
        makeKey('a2', ['-t', 'ed25519']),
        makeKey('a3', ['-t', 'ecdsa']),
      ]
      for (const [index, path] of paths.entries()) {
        execFileSync('ssh-add', ['-q', path], { env: environment })
        const print = execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).split(' ')[1] ?? ''
        expect(await codeOf(agentSigner({ socket }))).toBe(index === 0 ? 'accepted' : 'sign-key-unusable')
        const signer = await agentSigner({ socket, fingerprint: print })
        expect(signer.kind).toBe('person')
        expect(stockVerify(signer, await signSshsig(nodeHashing, signer, 'one', message), 'one')).toBe(0)
      }
    } finally {
      agent.kill()
    }
    expect(await codeOf(agentSigner({ socket: join(base, 'no-agent') }))).toBe('auth-agent-unavailable')
  })
})
