// Links against real servers: what a page is asked while a host is reached, what is remembered, and what becomes of a host whose key has changed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rootPassword, sshdMissing, startSshd, type Sshd, type SshdProfile } from '../../e2e/fixtures/ssh/sshd.ts'
import { caseChain } from '../core/case/journal.ts'
import type { EventData } from '../core/case/events.ts'
import type { CaseStore } from '../core/case/store.ts'
import type { Link, Question } from '../core/contract.ts'
import { shown } from '../core/host-text.ts'
import { emptyDisk, openMemoryStore } from '../core/playbook/testing/memory-store.ts'
import type { Frozen, Input } from '../core/rpc/define.ts'
import type { Contract } from '../core/contract.ts'
import { systemClock } from '../platform/clock.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { systemRandom } from '../platform/random.ts'
import { Links } from './links.ts'
import { forgetPin, listPins } from './pins.ts'
import { Questions } from './questions.ts'
import type { SecretStore } from './shell.ts'

type HostAdded = EventData<'host-added'>
const missing = sshdMissing()
const home = mkdtempSync(join(tmpdir(), 'tq-links-'))
const before = process.env['XDG_CONFIG_HOME']

/** A keychain without a system under it: what a shell hands in. */
function keychain(): SecretStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    protection: 'protected',
    get: (name) => Promise.resolve(kept.get(name) ?? null),
    set: (name, value) => {
      kept.set(name, value)
      return Promise.resolve()
    },
    clear: () => {
      kept.clear()
      return Promise.resolve()
    },
  }
}

interface Bench {
  readonly store: CaseStore
  readonly links: Links
  readonly questions: Questions
  readonly told: Frozen<Link>[]
  next<K extends Question['kind']>(kind: K): Promise<Extract<Frozen<Question>, { kind: K }>>
  settled(link: string): Promise<Frozen<Link>>
}

function bench(secrets: SecretStore | null = null): Bench {
  const told: Frozen<Link>[] = []
  const asked: Frozen<Question>[] = []
  const emit = (name: string, data: unknown): void => {
    if (name === 'link') told.push(data as Frozen<Link>)
    if (name === 'question') asked.push(data as Frozen<Question>)
  }
  const store = openMemoryStore(emptyDisk(), { hashing: nodeHashing, clock: systemClock, appendsLeft: Infinity })
  const questions = new Questions(emit, systemRandom)
  const links = new Links(store, emit, questions, systemClock, secrets)
  const soon = async <T>(find: () => T | undefined): Promise<T> => {
    for (let tries = 0; tries < 600; tries++) {
      const found = find()
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`waited in vain: ${JSON.stringify({ told: told.at(-1), asked: asked.at(-1) })}`)
  }
  const benches: Bench = {
    store,
    links,
    questions,
    told,
    next: (kind) =>
      soon(() => {
        const found = asked.find((one): one is Extract<Frozen<Question>, { kind: typeof kind }> => one.kind === kind)
        if (found) asked.splice(asked.indexOf(found), 1)
        return found
      }),
    settled: (link) =>
      soon(() => {
        const last = told.findLast((one) => one.link === link)
        return last && ['ready', 'failed', 'lost', 'left'].includes(last.state) ? last : undefined
      }),
  }
  open.push(benches)
  return benches
}
const open: Bench[] = []

type Connect = Input<Contract, 'hosts.connect'>
const to = (port: number, more: Partial<Connect> = {}, identity: string | null = null): Connect => ({
  destination: { address: `root@127.0.0.1:${String(port)}`, jumps: null, identity, sshConfig: false },
  secrets: {},
  sudo: false,
  legacyAlgorithms: false,
  remember: false,
  ...more,
})

describe.skipIf(missing !== null)(`links to a real sshd${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  const servers: Sshd[] = []
  const server = async (profile: SshdProfile = 'default'): Promise<Sshd> => {
    const sshd = await startSshd(profile)
    servers.push(sshd)
    return sshd
  }
  const key = (sshd: Sshd): string => join(sshd.folder, 'user_ed25519')
  /** Trusts the key that is asked about. */
  const trust = async (one: Bench, how: 'once' | 'remember' = 'once'): Promise<Frozen<Question>> => {
    const question = await one.next('host-key')
    one.questions.answer({
      kind: 'host-key',
      question: question.question,
      sha256: question.key.sha256,
      trust: how,
    })
    return question
  }

  beforeAll(() => {
    process.env['XDG_CONFIG_HOME'] = home
  })
  afterEach(async () => {
    for (const one of open.splice(0)) await one.links.leaveAll('test over')
    for (const sshd of servers.splice(0)) await sshd.stop()
  })
  afterAll(() => {
    if (before === undefined) delete process.env['XDG_CONFIG_HOME']
    else process.env['XDG_CONFIG_HOME'] = before
    rmSync(home, { recursive: true })
  })

  it('asks with the words of the host, again after a wrong answer, and remembers what was right only when told to', async () => {
    const sshd = await server('prompts')
    const secrets = keychain()
    const one = bench(secrets)
    const { link } = one.links.connect(to(sshd.port, { remember: true }))
    await trust(one)
    const first = await one.next('login')
    expect(first).toMatchObject({ link, what: 'prompts', again: false, address: `root@127.0.0.1:${String(sshd.port)}` })
    expect(shown(first.prompts[0]?.text as never)).toMatch(/assword/)
    expect(one.links.list()[0]?.state).toBe('asking')
    expect(() => {
      one.questions.answer({ kind: 'login', question: first.question, answers: ['a', 'b'] })
    }).toThrow(expect.objectContaining({ code: 'question-gone' }) as Error)
    one.questions.answer({ kind: 'login', question: first.question, answers: ['wrong'] })
    const second = await one.next('login')
    expect(second.again).toBe(true)
    one.questions.answer({ kind: 'login', question: second.question, answers: [rootPassword] })
    expect(await one.settled(link)).toMatchObject({ state: 'ready', error: null })
    expect([...secrets.kept]).toEqual([[`password root@127.0.0.1:${String(sshd.port)}`, rootPassword]])
    // nothing of it is in the case
    expect(JSON.stringify(one.store.chains().map((chain) => one.store.events(chain)))).not.toContain(rootPassword)

    const again = bench(secrets)
    const later = again.links.connect(to(sshd.port)).link
    await trust(again)
    expect(await again.settled(later)).toMatchObject({ state: 'ready' })
    expect(again.questions.list()).toEqual([])
  }, 90_000)

  it('forgets a remembered secret that is refused, and fails as ever when nobody knows', async () => {
    const sshd = await server('prompts')
    const secrets = keychain()
    secrets.kept.set(`password root@127.0.0.1:${String(sshd.port)}`, 'old')
    const one = bench(secrets)
    const { link } = one.links.connect(to(sshd.port))
    await trust(one)
    const question = await one.next('login')
    expect(question.again).toBe(true)
    expect([...secrets.kept.values()]).toEqual([''])
    one.questions.answer({ kind: 'login', question: question.question, answers: null })
    expect(await one.settled(link)).toMatchObject({ state: 'failed', error: { code: 'auth-refused' } })
  }, 90_000)

  it('asks about the key of a jump host by its own name, and keeps it where told to', async () => {
    const [hop, target] = [await server(), await server()]
    const one = bench()
    const destination = {
      ...to(target.port, {}, key(hop)).destination,
      jumps: `root@127.0.0.1:${String(hop.port)}`,
    }
    const { link } = one.links.connect({ ...to(target.port), destination })
    const first = await trust(one, 'remember')
    expect(first).toMatchObject({
      address: `root@127.0.0.1:${String(hop.port)}`,
      key: { sha256: hop.fingerprint('ed25519') },
    })
    const second = await one.next('host-key')
    expect(second).toMatchObject({ link, address: `root@127.0.0.1:${String(target.port)}` })
    one.questions.answer({ kind: 'host-key', question: second.question, sha256: second.key.sha256, trust: 'no' })
    expect(await one.settled(link)).toMatchObject({ state: 'failed', error: { code: 'host-key-unknown' } })
    expect(listPins(one.store)).toEqual([])
  }, 60_000)

  it('trusts, lists and forgets keys in a file of its own', async () => {
    const sshd = await server()
    const one = bench()
    const { link } = one.links.connect(to(sshd.port, {}, key(sshd)))
    await trust(one, 'remember')
    expect(await one.settled(link)).toMatchObject({ state: 'ready' })
    const address = `127.0.0.1:${String(sshd.port)}`
    const sha256 = sshd.fingerprint('ed25519')
    expect(listPins(one.store)).toEqual([
      { address, type: 'ssh-ed25519', sha256, from: 'known-hosts' },
      { address: `root@${address}`, type: 'ssh-ed25519', sha256, from: 'case' },
    ])
    await forgetPin(address, sha256)
    expect(listPins(null)).toEqual([])
    await expect(forgetPin(address, sha256)).rejects.toMatchObject({ code: 'host-key-unknown' })
  }, 60_000)

  it('never asks about a key that changed: the link fails, and the case has both fingerprints once', async () => {
    const sshd = await server()
    const one = bench()
    const old = `SHA256:${'A'.repeat(43)}`
    await one.store.append(caseChain, 'host-added', {
      host: 'host-before',
      address: `admin@127.0.0.1:${String(sshd.port)}`,
      hostKey: old,
      machineId: null,
    })
    const { link } = one.links.connect(to(sshd.port, {}, key(sshd)))
    const now = sshd.fingerprint('ed25519')
    expect(await one.settled(link)).toMatchObject({
      state: 'failed',
      error: { code: 'host-key-changed', params: { sha256: now, old } },
    })
    one.links.reconnect(link, null)
    await one.settled(link)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(one.questions.list()).toEqual([])
    const changed = one.store.events(caseChain).filter(({ type }) => type === 'host-key-changed')
    expect(changed.map(({ data }) => data)).toEqual([{ address: `root@127.0.0.1:${String(sshd.port)}`, old, now }])
  }, 60_000)

  it('lets a host in by its new key when a person takes it, with the reason in the case; it stays the host it was', async () => {
    const sshd = await server()
    const one = bench()
    const old = `SHA256:${'A'.repeat(43)}`
    const now = sshd.fingerprint('ed25519')
    const address = `root@127.0.0.1:${String(sshd.port)}`
    const { link } = one.links.connect(to(sshd.port, {}, key(sshd)))
    await trust(one)
    const first = await one.settled(link)
    const machine = one.store.events(caseChain).find(({ type }) => type === 'host-added')?.data
    const two = bench()
    await two.store.append(caseChain, 'host-added', { ...(machine as HostAdded), address, hostKey: old })
    const again = two.links.connect(to(sshd.port, {}, key(sshd))).link
    await two.settled(again)
    const why = { by: 'Lin', reason: 'compared with the customer at the console' }
    await expect(two.links.acceptKey(again, { sha256: old, ...why })).rejects.toMatchObject({
      code: 'host-key-unknown',
    })
    await two.links.acceptKey(again, { sha256: now, ...why })
    await expect.poll(() => two.told.at(-1)?.state, { timeout: 20_000 }).toBe('ready')
    expect(two.told.at(-1)?.host).toBe(first.host)
    expect(two.questions.list()).toEqual([])
    const accepted = two.store.events(caseChain).filter(({ type }) => type === 'host-key-accepted')
    expect(accepted.map(({ data }) => data)).toEqual([{ address, old, now, ...why }])
    const other = two.links.connect(to(sshd.port, {}, key(sshd))).link // known by it from now on
    await expect
      .poll(() => two.told.findLast((said) => said.link === other)?.error?.code, { timeout: 20_000 })
      .toBe('busy')
  }, 60_000)

  it('hears of a host that nobody speaks to, at least every five seconds', async () => {
    const sshd = await server()
    const one = bench()
    const { link } = one.links.connect(to(sshd.port, {}, key(sshd)))
    await trust(one)
    await one.settled(link)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const quiet = one.told.length
    await new Promise((resolve) => setTimeout(resolve, 11_000))
    expect(new Set(one.told.slice(quiet).map(({ lastHeard }) => lastHeard)).size).toBeGreaterThanOrEqual(2)
  }, 60_000)
})
