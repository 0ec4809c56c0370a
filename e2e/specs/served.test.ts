// Served mode from outside: a program stands in for the page and does the main job on a real host through the wire alone.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { contract, shown, type Contract, type Job, type Link, type Question } from '../../main/core/contract.ts'
import { connect, type Client } from '../../main/core/rpc/connect.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { socketWire } from '../../main/core/rpc/socket-wire.ts'
import { bootHost, type RangeHost } from '../range/host.ts'
import { startServer, type Server } from '../page/server.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { workFolder } from './tourniquet.ts'

const unavailable = rangeUnavailable()
if (unavailable === null) ensureTools()

/** Seconds after which the guard on the host, who outlives our visit, goes as well and takes our folder with him. */
const deadMan = 15

interface Way {
  readonly cookie: string
  readonly nonce: string
}

async function signIn({ port, token }: Server): Promise<Way> {
  const origin = `http://127.0.0.1:${String(port)}`
  const reply = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { Origin: origin },
    body: JSON.stringify({ token }),
  })
  const { nonce } = (await reply.json()) as { nonce: string }
  return { cookie: reply.headers.getSetCookie()[0]?.split(';')[0] ?? '', nonce }
}

async function openPage(
  { port }: Server,
  { cookie, nonce }: Way,
): Promise<{ client: Client<Contract>; gone: Promise<unknown> }> {
  const origin = `http://127.0.0.1:${String(port)}`
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/wire`, { headers: { Origin: origin, Cookie: cookie } })
  await once(socket, 'open')
  socket.send(JSON.stringify({ nonce }))
  let ended: (error: unknown) => void = () => undefined
  const gone = new Promise((resolve) => (ended = resolve))
  return { client: connect(socketWire(socket), contract, ended), gone }
}

describe.skipIf(unavailable !== null)(
  `the workbench, served${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    const home = workFolder()
    let host: RangeHost
    let server: Server
    let way: Way
    let client: Client<Contract>
    const links: Frozen<Link>[] = []
    const jobs: Frozen<Job>[] = []
    const questions: Frozen<Question>[] = []
    let id = ''

    const soon = async <T>(find: () => T | undefined, what: string): Promise<T> => {
      for (let tries = 0; tries < 1200; tries++) {
        const found = find()
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`waited in vain for ${what}: ${JSON.stringify({ links: links.at(-1), jobs: jobs.at(-1) })}`)
    }
    const ended = async (job: string): Promise<Frozen<Job>> => {
      const last = await soon(
        () => jobs.findLast((one) => one.job === job && (one.state === 'done' || one.state === 'failed')),
        'the end of a job',
      )
      expect(last.error).toBeNull()
      return last
    }
    const questionOf = <K extends Question['kind']>(kind: K, seen = 0) =>
      soon(
        () => questions.filter((one): one is Extract<Frozen<Question>, { kind: K }> => one.kind === kind)[seen],
        `a question about ${kind}`,
      )
    const listen = (to: Client<Contract>): void => {
      to.on('link', (link) => links.push(link))
      to.on('job', (job) => jobs.push(job))
      to.on('question', (question) => questions.push(question))
    }
    const cronStates = (): readonly string[] =>
      host
        .processes()
        .filter(({ comm }) => comm === 'cron')
        .map(({ state }) => state)

    beforeAll(async () => {
      ;[host, server] = await Promise.all([bootHost(), startServer(home)])
      way = await signIn(server)
      ;({ client } = await openPage(server, way))
      listen(client)
    })
    afterAll(async () => {
      client.close()
      server.child.kill('SIGTERM')
      expect(await once(server.child, 'exit')).toEqual([0, null])
      host.close()
      rmSync(home, { recursive: true })
    })

    it('refuses hosts while no case is open, then opens one', async () => {
      const destination = { address: 'x', jumps: null, identity: null, sshConfig: false }
      await expect(
        client.call('hosts.connect', {
          destination,
          secrets: {},
          sudo: false,
          legacyAlgorithms: false,
          remember: false,
        }),
      ).rejects.toMatchObject({ code: 'case-not-open' })
      const made = await client.call('case.create', {
        number: 'IR-7',
        customer: 'Hengtai Logistics',
        examiner: 'served test',
        authority: null,
        timeZone: 'Asia/Shanghai',
      })
      expect(made).toMatchObject({ number: 'IR-7', examiner: 'served test', openRun: null })
      expect((await client.call('case.list', {})).cases.map(({ caseId }) => caseId)).toEqual([made.caseId])
    })

    it('asks about a host key that nobody knows, in both forms, and takes no other answer', async () => {
      const pasted = await client.call('hosts.parse', { text: `ssh -i ${host.rootKey} root@${host.address}` })
      const destination = pasted.destinations[0]?.destination
      if (!destination) throw new Error('nothing parsed')
      await client.call('hosts.connect', {
        destination,
        secrets: {},
        sudo: false,
        legacyAlgorithms: false,
        remember: false,
      })
      const question = await questionOf('host-key')
      const known = execFileSync('ssh-keygen', ['-lf', host.knownHosts], { encoding: 'utf8' })
      expect(known).toContain(question.key.sha256)
      expect(question.key.md5).toMatch(/^MD5:([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
      const answer = { kind: 'host-key', question: question.question, trust: 'remember' } as const
      await expect(client.call('answer', { ...answer, sha256: `SHA256:${'A'.repeat(43)}` })).rejects.toMatchObject({
        code: 'question-gone',
      })
      await client.call('answer', { ...answer, sha256: question.key.sha256 })
      await expect(client.call('answer', { ...answer, sha256: question.key.sha256 })).rejects.toMatchObject({
        code: 'question-gone',
      })
      const ready = await soon(() => links.findLast(({ state }) => state === 'ready' || state === 'failed'), 'the host')
      expect(ready).toMatchObject({ state: 'ready', error: null, key: { sha256: question.key.sha256 } })
      expect(shown(ready.arrival?.hostname as never)).not.toBe('')
      id = ready.host ?? ''
      const written = execFileSync('ssh-keygen', ['-lf', join(home, 'config/tourniquet/known_hosts')], {
        encoding: 'utf8',
      })
      expect(written).toContain(question.key.sha256)
      const { pins } = await client.call('pins.list', {})
      expect(pins.map(({ sha256, from }) => [sha256, from])).toEqual([
        [question.key.sha256, 'known-hosts'],
        [question.key.sha256, 'case'],
      ])
    })

    it('triages it, and gives findings, facts and how it went page by page', async () => {
      const { job } = await client.call('triage.start', { hosts: [id], hostView: null })
      expect((await ended(job)).result).toMatchObject({ kind: 'triage', hosts: [{ host: id, error: null }] })
      const look = await client.call('look.findings', { host: id, from: 0 })
      expect(look.verdict).not.toBe('infected')
      const facts = await client.call('look.facts', { host: id, kind: 'process', from: 0 })
      expect(facts.total).toBeGreaterThan(5)
      expect(facts.facts).toHaveLength(Math.min(facts.total ?? 0, 100))
      const { told } = await client.call('job.told', { job, from: 0 })
      expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at))
      expect(told.some(({ progress }) => progress.type === 'looked')).toBe(true)
    })

    let run = ''
    it('runs a playbook: the plan waits for its approval even while the page is away', async () => {
      const { job } = await client.call('run.start', {
        hosts: [id],
        playbook: { id: 'stop-crontab', version: null },
        params: {},
        approval: 'ask',
        hostView: false,
        deadManSeconds: deadMan,
      })
      const question = await questionOf('approval')
      expect(cronStates()).toEqual(['S'])
      await expect(client.call('triage.start', { hosts: [id], hostView: null })).rejects.toMatchObject({ code: 'busy' })

      client.close()
      const again = await openPage(server, way)
      client = again.client
      listen(client)
      const state = await client.call('state', {})
      expect(state.questions).toEqual([question])
      expect(state.jobs.find((one) => one.job === job)).toMatchObject({ state: 'working' })

      const plan = await client.call('plan.items', { question: question.question, from: 0 })
      expect({ digest: plan.digest, items: plan.items.length }).toEqual({
        digest: question.digest,
        items: question.items,
      })
      expect(plan.items.flatMap(({ diff }) => diff.map(({ text }) => text)).join()).toContain('/usr/sbin/cron')
      const untick = { question: question.question, digest: question.digest }
      const keys = plan.items.map(({ key }) => key)
      await expect(client.call('plan.untick', { ...untick, keys })).rejects.toMatchObject({ code: 'usage' })
      await expect(client.call('plan.untick', { ...untick, keys: ['stranger'] })).rejects.toMatchObject({
        code: 'usage',
      })
      await expect(client.call('plan.untick', { ...untick, digest: '0'.repeat(64), keys })).rejects.toMatchObject({
        code: 'question-gone',
      })
      const answer = { kind: 'approval', question: question.question, approve: true } as const
      await expect(client.call('answer', { ...answer, digest: '0'.repeat(64) })).rejects.toMatchObject({
        code: 'question-gone',
      })
      expect(cronStates()).toEqual(['S'])
      await client.call('answer', { ...answer, digest: question.digest })
      const { result } = await ended(job)
      if (result?.kind !== 'run') throw new Error('not a run')
      expect(result.result).toMatchObject({ finished: true, hosts: [{ id, exit: 0 }] })
      expect(new Set(result.result.hosts[0]?.changes.map(({ verb }) => verb))).toEqual(new Set(['pause-schedulers']))
      expect(cronStates()).toEqual(['T'])
      run = result.result.run
    })

    it('undoes it', async () => {
      const { job } = await client.call('undo.start', { hosts: [id], run, step: null, restoreHostile: false })
      const { result } = await ended(job)
      expect(result).toMatchObject({ kind: 'undo', result: { exit: 0 } })
      expect(cronStates()).toEqual(['S'])
      const { runs } = await client.call('changes.list', { host: id })
      expect(runs.map((one) => one.run)).toEqual([run])
      expect(runs[0]?.changes.every(({ undone }) => undone)).toBe(true)
    })

    it('leaves a step out for a reason, which goes into the case', async () => {
      const seen = questions.filter(({ kind }) => kind === 'approval').length
      const again = await client.call('run.start', {
        hosts: [id],
        playbook: { id: 'stop-crontab', version: null },
        params: {},
        approval: 'ask',
        hostView: false,
        deadManSeconds: deadMan,
      })
      const { question, digest } = await questionOf('approval', seen)
      await client.call('answer', {
        kind: 'approval',
        question,
        digest,
        approve: false,
        reason: 'customer-refuses',
        text: 'their batch runs tonight',
      })
      const { result } = await ended(again.job)
      expect(result).toMatchObject({ kind: 'run', result: { hosts: [{ exit: 4 }] } })
      expect(cronStates()).toEqual(['S'])
      const { chains } = (await client.call('state', {})).case ?? { chains: [] }
      const head = chains.find(({ chain }) => chain === id)?.events ?? 0
      const { events } = await client.call('journal.read', { chain: id, from: Math.max(0, head - 20) })
      expect(events.find(({ type }) => type === 'refused')?.data).toMatchObject({
        plan: digest,
        reason: 'customer-refuses',
        text: 'their batch runs tonight',
      })
    })

    it('feeds a locker: the journal without holes, and exhibits that are what their header says', async () => {
      const { case: open } = await client.call('state', {})
      expect(open?.chains.map(({ chain }) => chain)).toEqual(['case', id])
      const exhibits: { sha256: string; size: number }[] = []
      for (let from = 0, head = 1; from < head;) {
        const page = await client.call('journal.read', { chain: id, from })
        head = page.head
        expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, at) => from + at))
        for (const event of page.events) if (event.type === 'exhibit-stored') exhibits.push(event.data)
        from += page.events.length
      }
      const largest = exhibits.sort((a, b) => b.size - a.size)[0]
      expect(largest?.size).toBeGreaterThan(0)
      const { output, bytes } = await client.stream('exhibit.read', { sha256: largest?.sha256 ?? '' })
      const pieces: Uint8Array[] = []
      for await (const piece of bytes) pieces.push(piece)
      const whole = Buffer.concat(pieces)
      const digest = (part: Uint8Array) => createHash('sha256').update(part).digest('hex')
      expect(output).toMatchObject({ size: whole.length, sha256: digest(whole) })
    })

    it('exports a bundle that comes down whole and verifies', async () => {
      const { job } = await client.call('export.start', {
        exportId: null,
        out: null,
        includeSecrets: false,
        signer: { by: 'case' },
      })
      const { result } = await ended(job)
      if (result?.kind !== 'export') throw new Error('not an export')
      const { output, bytes } = await client.stream('export.read', { job })
      const pieces: Uint8Array[] = []
      for await (const piece of bytes) pieces.push(piece)
      const file = join(home, output.name)
      writeFileSync(file, Buffer.concat(pieces))
      execFileSync('unzip', ['-tqq', file])
      const verified = await client.call('bundle.verify', { from: { path: file }, signer: result.fingerprint })
      expect(verified).toMatchObject({ exportId: 'export-1', signer: { trust: 'matches' } })
      const report = await client.stream('report.read', {})
      expect(Buffer.from((await report.bytes.read()) ?? []).toString()).toContain('<!doctype html>')
      report.bytes.stop()
    })

    it('leaves a host and comes back to it without asking again, and says why it cannot reach another', async () => {
      const { link, destination } = links.at(-1) ?? {}
      if (link === undefined || destination === undefined) throw new Error('no link')
      await client.call('hosts.disconnect', { link })
      await expect(client.call('triage.start', { hosts: [id], hostView: null })).rejects.toMatchObject({
        code: 'host-not-connected',
      })
      const asked = questions.length
      await client.call('hosts.reconnect', { link, secrets: null })
      await soon(() => (links.at(-1)?.state === 'ready' ? true : undefined), 'the host again')
      expect(links.at(-1)).toMatchObject({ host: id, key: { trust: 'pinned' } })
      expect(questions).toHaveLength(asked)
      const wrong = { ...destination, address: `root@${host.address}:9` }
      const other = await client.call('hosts.connect', {
        destination: wrong,
        secrets: {},
        sudo: false,
        legacyAlgorithms: false,
        remember: false,
      })
      const failed = await soon(
        () => links.findLast((one) => one.link === other.link && one.state === 'failed'),
        'a failure',
      )
      expect(failed.error?.code).toBe('host-unreachable')
    })

    it('leaves nothing on the host when the case is closed', async () => {
      const { chains } = (await client.call('state', {})).case ?? { chains: [] }
      const last = chains.find(({ chain }) => chain === id)?.events ?? 0
      const { events } = await client.call('journal.read', { chain: id, from: Math.max(0, last - 50) })
      const arrived = events.findLast((event) => event.type === 'arrived')
      const { workDir } = arrived?.data.arrival as { readonly workDir: string }
      expect(await host.sh('ls "$1"', workDir)).toContain('busybox')
      await client.call('case.close', {})
      expect(links.at(-1)).toMatchObject({ state: 'left' })
      let left = ''
      for (let tries = 0; tries < 3 * deadMan && left !== 'gone\n'; tries++) {
        left = await host.sh('[ -e "$1" ] || echo gone', workDir)
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
      expect(left).toBe('gone\n')
      expect((await client.call('state', {})).case).toBeNull()
    })
  },
)
