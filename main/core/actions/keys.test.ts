// Keys taken out and put in, through the real requests under the real toolbox on files of the test: who may stay, what is proven, and what is taken back.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshHome, usable } from '../../platform/act-script-fixture.ts'
import { nodeHashing } from '../../platform/hashing.ts'
import { sessionHere, toolbox } from '../../platform/here-fixture.ts'
import { TourniquetError } from '../errors.ts'
import type { AccessWorld, CaseKey } from '../host/access.ts'
import { statFiles } from '../host/file-meta.ts'
import type { HostSession } from '../host/session.ts'
import { ownText, shown } from '../host-text.ts'
import type { Finding } from '../judge/finding.ts'
import type { AccountFact, AuthorizedKeyFact, Fact } from '../probes/facts.ts'
import { parseKeyLine } from '../probes/authorized-key.ts'
import { editKeys } from './edit-keys.ts'
import { installKey } from './install-key.ts'
import { keyOptionsProblem } from './key-options.ts'
import type { ActContext, ActOutcome, ChangeRecord, PlannedItem, PlanInput, Verb } from './verb.ts'

let folder: string
let keyFile: string
beforeEach(() => {
  folder = freshHome().home
  mkdirSync(join(folder, 'lib'))
  mkdirSync(join(folder, 'home/.ssh'), { recursive: true, mode: 0o700 })
  keyFile = join(folder, 'home/.ssh/authorized_keys')
})

/** Runs requests here, with a /var/lib of the test's own for the quarantine. */
function session(authMethod = 'password'): HostSession {
  const scene = `/bin/mount --bind ${join(folder, 'lib')} /var/lib`
  return sessionHere(scene, { bootId: 'b', workDir: toolbox, dialled: { user: 'root', authMethod } })
}

function aLine(comment: string): string {
  const raw = Buffer.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), raw])
  return `ssh-ed25519 ${blob.toString('base64')} ${comment}`
}
const printOf = (line: string): string => parseKeyLine(line, nodeHashing)?.fingerprint ?? ''

/** A world whose second logins answer as the test says; it counts them. */
function world(
  answers: readonly boolean[] = [],
): AccessWorld & { readonly asked: (string | undefined)[]; readonly key: CaseKey } {
  const asked: (string | undefined)[] = []
  const publicLine = aLine('tourniquet case')
  const key: CaseKey = { keyFile: '/keys/login-case', publicLine, fingerprint: printOf(publicLine) }
  return {
    asked,
    key,
    caseKey: () => Promise.resolve(key),
    proveLogin: (_session, options) => {
      asked.push(options?.keyFile)
      return answers[asked.length - 1] === false
        ? Promise.reject(new TourniquetError('login-not-proven', { inner: 'auth-refused', detail: 'publickey' }))
        : Promise.resolve({ euid: 0, method: 'publickey' })
    },
  }
}

/** What the probe and the judge would say of the file: lines in `hostile` are proposed. */
async function seen(hostile: readonly string[]): Promise<{ readonly facts: Fact[]; readonly findings: Finding[] }> {
  const [reading] = await statFiles(session(), [ownText(keyFile)])
  if (reading?.state !== 'present') throw new Error('no file of keys')
  const file = reading.meta
  const facts = readFileSync(keyFile, 'latin1')
    .split('\n')
    .flatMap((raw, at): AuthorizedKeyFact[] => {
      const key = parseKeyLine(raw, nodeHashing)
      if (!key) return []
      const { fingerprint } = key
      const told = { keyType: ownText(key.type), options: null, comment: ownText(key.comment), raw: ownText(raw) }
      const whose = { account: ownText('root'), uid: 0, others: [], systemAccount: false, effective: 'yes' } as const
      return [{ kind: 'authorized-key', file, line: at + 1, fingerprint, ...told, ...whose }]
    })
  const findings = facts.map((fact): Finding => {
    const { path, identity } = fact.file
    const yes = hostile.includes(shown(fact.raw))
    const target = { kind: 'line', path, identity, line: fact.line, text: fact.raw } as const
    const id = String(fact.line).padStart(16, '0')
    const rest = { title: 'key.unknown', params: {}, reasons: [], tags: [], related: [] }
    return { id, kind: 'key', target, score: yes ? 88 : 0, proposed: yes ? 'yes' : 'no', ...rest }
  })
  return { facts, findings }
}

function inputOf(part: Partial<PlanInput>): PlanInput {
  return {
    findings: [],
    facts: [],
    options: {},
    capture: ['file'],
    changes: [],
    caseId: 'case',
    session: session(),
    clock: undefined as never,
    ...part,
  }
}
const contextOf = (act = 'act-000000000000'): ActContext => ({
  caseId: 'case',
  run: 'run',
  act,
  session: session(),
  clock: undefined as never,
})

async function act(verb: Verb, item: PlannedItem, context = contextOf()): Promise<ActOutcome> {
  return verb.readAct(await context.session.run(verb.act(item, context)), item, context)
}
async function undo(verb: Verb, change: ChangeRecord): Promise<string> {
  const context = contextOf('undo-00000000000')
  const request = verb.undo(change, context)
  return request === null ? 'none' : verb.readUndo(await context.session.run(request), change, context).outcome
}

describe.skipIf(!usable)('taking keys out (root, x86_64 and the toolbox are needed)', () => {
  const own = aLine('me@laptop')
  const friend = aLine('friend@desk')
  const hostile = aLine('mdrfckr')
  beforeEach(() => {
    writeFileSync(keyFile, `# ours\n${own}\n${hostile}\n${friend}\n`, { mode: 0o600 })
    execFileSync('chown', ['33:33', keyFile])
  })

  it('takes what is proposed and lists the rest as not selected; owner, mode and other lines stay', async () => {
    execFileSync('chattr', ['+ia', keyFile])
    const access = world()
    const verb = editKeys(nodeHashing, access)
    const { items, declined } = await verb.plan(inputOf(await seen([hostile])))
    expect(declined.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['not-selected', `${printOf(own)} root me@laptop`],
      ['not-selected', `${printOf(friend)} root friend@desk`],
    ])
    expect(access.asked).toHaveLength(1) // a second login works before anything is changed
    const { change } = await act(verb, items[0]!)
    expect(readFileSync(keyFile, 'utf8')).toBe(`# ours\n${own}\n${friend}\n`)
    expect([statSync(keyFile).mode & 0o7777, statSync(keyFile).uid]).toEqual([0o600, 33])
    expect(change).toMatchObject({ verb: 'edit-keys', hostile: true, summary: { code: 'change.edit-keys' } })
    expect(await verb.verify(items[0]!, change!, contextOf())).toMatchObject({ result: 'yes' })
    expect(await verb.verify(items[0]!, change!, contextOf())).toMatchObject({ result: 'yes' })
    expect(access.asked).toHaveLength(2) // proven once, however often it is looked at again
    expect(await undo(verb, change!)).toBe('done')
    expect(readFileSync(keyFile, 'utf8')).toBe(`# ours\n${own}\n${hostile}\n${friend}\n`)
    expect(execFileSync('lsattr', [keyFile]).toString().split(' ')[0]).toMatch(/i.*a/)
  })

  it('asks for the change to be taken back when the second login fails, and not when the lines are back', async () => {
    const verb = editKeys(nodeHashing, world([true, false, false]))
    const { items } = await verb.plan(inputOf(await seen([hostile])))
    const { change } = await act(verb, items[0]!)
    expect(await verb.verify(items[0]!, change!, contextOf())).toEqual({
      result: 'no',
      detail: 'login-not-proven: auth-refused, publickey',
      revert: true,
    })
    expect(await undo(verb, change!)).toBe('done')
    expect(await verb.verify(items[0]!, change!, contextOf())).not.toHaveProperty('revert')
    expect(readFileSync(keyFile, 'utf8')).toContain(hostile)
  })

  it('begins nothing where a second login cannot be proven', async () => {
    const { items, declined } = await editKeys(nodeHashing, world([false])).plan(inputOf(await seen([hostile])))
    expect(items).toEqual([])
    expect(declined.at(-1)).toMatchObject({ reason: 'guard', detail: 'login-not-proven: auth-refused, publickey' })
  })

  it('with all-but-kept takes every key that is not named, and refuses a list that names nobody here', async () => {
    const verb = editKeys(nodeHashing, world())
    const plan = async (keep: readonly string[], authMethod = 'password') =>
      verb.plan(
        inputOf({ ...(await seen([hostile])), options: { keys: 'all-but-kept', keep }, session: session(authMethod) }),
      )
    await expect(plan([])).rejects.toMatchObject({ code: 'param-invalid' })
    await expect(plan(['SHA256:short'])).rejects.toMatchObject({ code: 'param-invalid' })
    const stranger = await plan([printOf(aLine('nobody'))])
    expect(stranger.items).toEqual([])
    expect(new Set(stranger.declined.map(({ reason }) => reason))).toEqual(new Set(['guard']))
    const { items, declined } = await plan([`${printOf(own)}=`])
    expect(declined).toMatchObject([{ reason: 'not-selected', detail: 'named among the keys to keep' }])
    await act(verb, items[0]!)
    expect(readFileSync(keyFile, 'utf8')).toBe(`# ours\n${own}\n`)
  })

  it('never takes the key our own session came in with, unless a new one was installed before', async () => {
    const access = world()
    const verb = editKeys(nodeHashing, access)
    const facts = await seen([hostile])
    const options = { keys: 'all-but-kept', keep: [printOf(friend)] }
    const mine = session(`publickey ${printOf(own)} /home/me/.ssh/id_ed25519`)
    const kept = await verb.plan(inputOf({ ...facts, options, session: mine }))
    expect(kept.declined.filter(({ reason }) => reason === 'guard')).toMatchObject([
      { detail: 'our own session came in with it, and no other way in is proven' },
    ])
    const installed = { verb: 'install-key' } as ChangeRecord
    const open = await verb.plan(inputOf({ ...facts, options, session: mine, changes: [installed] }))
    expect(open.declined.map(({ reason }) => reason)).toEqual(['not-selected'])
    expect(access.asked.at(-1)).toBe(access.key.keyFile) // and the proof goes by the new key
    const { change } = await act(verb, open.items[0]!)
    await verb.verify(open.items[0]!, change!, contextOf())
    expect(access.asked.at(-1)).toBe(access.key.keyFile)
  })

  it('leaves a file alone that changed since it was planned from', async () => {
    const verb = editKeys(nodeHashing, world())
    const { items } = await verb.plan(inputOf(await seen([hostile])))
    writeFileSync(join(folder, 'other'), `${hostile}\n${aLine('newer')}\n`)
    renameSync(join(folder, 'other'), keyFile)
    expect((await act(verb, items[0]!)).outcome).toBe('conflict')
    expect(readFileSync(keyFile, 'utf8')).toContain('newer')
  })
})

describe.skipIf(!usable)('installing the key of the case (root, x86_64 and the toolbox are needed)', () => {
  const account = (): AccountFact =>
    ({
      kind: 'account',
      name: ownText('root'),
      uid: 33,
      gid: 33,
      home: ownText(join(folder, 'home')),
    }) as AccountFact

  it('does nothing unless asked', async () => {
    const draft = await installKey(nodeHashing, world()).plan(
      inputOf({ facts: [account()], options: { install: 'no' } }),
    )
    expect(draft).toEqual({ items: [], declined: [] })
  })

  it('adds the line behind those that stand, proves a login with it, and takes it back whole', async () => {
    writeFileSync(keyFile, aLine('no newline at the end'), { mode: 0o644 })
    const before = readFileSync(keyFile)
    const access = world()
    const verb = installKey(nodeHashing, access)
    const facts = [...(await seen([])).facts, account()]
    const { items } = await verb.plan(inputOf({ facts, options: { install: 'yes' } }))
    const { change } = await act(verb, items[0]!)
    expect(readFileSync(keyFile, 'utf8')).toBe(`${before.toString()}\n${access.key.publicLine}\n`)
    expect(await verb.verify(items[0]!, change!, contextOf())).toMatchObject({ result: 'yes' })
    expect(access.asked).toEqual([access.key.keyFile])
    expect(JSON.stringify([items, change])).not.toContain('PRIVATE')
    expect(await undo(verb, change!)).toBe('done')
    expect(readFileSync(keyFile)).toEqual(before)
  })

  it('makes the first file of an account, folder and all, and removes both again', async () => {
    rmSync(join(folder, 'home/.ssh'), { recursive: true })
    execFileSync('chown', ['33:33', join(folder, 'home')])
    const access = world()
    const verb = installKey(nodeHashing, access)
    const { items } = await verb.plan(inputOf({ facts: [account()], options: { install: 'yes' } }))
    const { change } = await act(verb, items[0]!)
    expect(readFileSync(keyFile, 'utf8')).toBe(`${access.key.publicLine}\n`)
    const kept = [keyFile, join(folder, 'home/.ssh')].map((path) => [statSync(path).mode & 0o7777, statSync(path).uid])
    expect(kept).toEqual([
      [0o600, 33],
      [0o700, 33],
    ])
    expect(await undo(verb, change!)).toBe('done')
    expect(existsSync(join(folder, 'home/.ssh'))).toBe(false)
  })

  it('follows no link and writes over nothing that came meanwhile', async () => {
    rmSync(join(folder, 'home/.ssh'), { recursive: true })
    const verb = installKey(nodeHashing, world())
    const { items } = await verb.plan(inputOf({ facts: [account()], options: { install: 'yes' } }))
    mkdirSync(join(folder, 'victim'))
    symlinkSync(join(folder, 'victim'), join(folder, 'home/.ssh'))
    expect((await act(verb, items[0]!)).outcome).toBe('conflict')
    expect(existsSync(join(folder, 'victim/authorized_keys'))).toBe(false)
    rmSync(join(folder, 'home/.ssh'))
    mkdirSync(join(folder, 'home/.ssh'))
    writeFileSync(keyFile, 'came meanwhile\n')
    expect((await act(verb, items[0]!)).outcome).toBe('conflict')
    expect(readFileSync(keyFile, 'utf8')).toBe('came meanwhile\n')
  })

  it('leaves what was added to its file since', async () => {
    rmSync(join(folder, 'home/.ssh'), { recursive: true })
    const verb = installKey(nodeHashing, world())
    const { items } = await verb.plan(inputOf({ facts: [account()], options: { install: 'yes' } }))
    const { change } = await act(verb, items[0]!)
    writeFileSync(keyFile, `${readFileSync(keyFile, 'utf8')}${aLine('later')}\n`)
    expect(await undo(verb, change!)).toBe('conflict')
    expect(readFileSync(keyFile, 'utf8')).toContain('later')
  })
})

describe('the options', () => {
  it('name keys to keep, or only what is proposed goes', () => {
    expect(keyOptionsProblem({})).toBeNull()
    expect(keyOptionsProblem({ keys: 'all-but-kept', keep: [`SHA256:${'A'.repeat(43)}`] })).toBeNull()
    for (const wrong of [
      { keys: 'all' },
      { keys: 'all-but-kept' },
      { keys: 'all-but-kept', keep: [] },
      { keep: ['x'] },
    ])
      expect(keyOptionsProblem(wrong)).not.toBeNull()
  })
})
