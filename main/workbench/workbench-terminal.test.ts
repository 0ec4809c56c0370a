// A terminal through the whole workbench: a host connected and entered, its shell beside the framed lanes, the recording in the case when all is closed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sshdMissing, startSshd, type Sshd } from '../../e2e/fixtures/ssh/sshd.ts'
import { contract, type Contract } from '../core/contract.ts'
import { connect, type Client } from '../core/rpc/connect.ts'
import { portEnds } from '../core/rpc/port-fixture.ts'
import { openCaseFolder } from '../platform/case-folder.ts'
import { createWorkbench, type Workbench } from './workbench.ts'

const missing = sshdMissing()

describe.skipIf(missing !== null)(`the workbench${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let sshd: Sshd
  let home: string
  let workbench: Workbench
  const before = { data: process.env['XDG_DATA_HOME'], config: process.env['XDG_CONFIG_HOME'] }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tq-workbench-'))
    process.env['XDG_DATA_HOME'] = join(home, 'data')
    process.env['XDG_CONFIG_HOME'] = join(home, 'config')
    sshd = await startSshd()
    workbench = await createWorkbench({ kind: 'served', chooser: null, secrets: null, practice: null })
  })
  afterAll(async () => {
    await workbench.close()
    await sshd.stop()
    restore('XDG_DATA_HOME', before.data)
    restore('XDG_CONFIG_HOME', before.config)
    await rm(home, { recursive: true, force: true })
  })

  function openPage(): Client<Contract> {
    const ends = portEnds(new MessageChannel())
    workbench.attach(ends.main, () => undefined)
    return connect(ends.page, contract, () => undefined)
  }

  it('opens the shell of a host that stands, and keeps its recording when the case is closed over it', async () => {
    const page = openPage()
    page.on('question', (question) => {
      if (question.kind !== 'host-key') return
      const { sha256 } = question.key
      void page.call('answer', { kind: 'host-key', question: question.question, sha256, trust: 'once' })
    })
    const made = await page.call('case.create', {
      number: null,
      customer: null,
      examiner: 'Ada',
      authority: null,
      timeZone: null,
    })
    const { link } = await page.call('hosts.connect', {
      destination: {
        address: `root@127.0.0.1:${String(sshd.port)}`,
        jumps: null,
        identity: join(sshd.folder, 'user_ed25519'),
        sshConfig: false,
      },
      secrets: {},
      sudo: false,
      legacyAlgorithms: false,
      remember: false,
    })
    const size = { columns: 90, rows: 30 }
    await expect(page.stream('terminal.open', { link: 'link-none', ...size, skipped: '{n}' })).rejects.toMatchObject({
      code: 'host-not-connected',
    })
    await expect.poll(async () => (await page.call('state', {})).links[0]?.state, { timeout: 20_000 }).toBe('ready')
    const { output, bytes } = await page.stream('terminal.open', { link, ...size, skipped: '{n}' })
    let text = ''
    const ended = (async () => {
      for await (const piece of bytes) text += Buffer.from(piece).toString('latin1')
    })()
    const { terminal } = output
    await page.call('terminal.write', { terminal, text: 'stty size; echo "hel""lo"\r', by: 'typed' })
    await expect.poll(() => text, { timeout: 10_000 }).toMatch(/30 90\r\nhello/)
    expect((await page.call('state', {})).terminals).toMatchObject([{ terminal, link, state: 'open' }])
    await page.call('case.close', {})
    await ended

    const store = await openCaseFolder(made.path, { mode: 'read' })
    const events = store.events(output.host)
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['terminal-opened', 'terminal-closed', 'departed']),
    )
    const closed = events.find((event) => event.type === 'terminal-closed')
    expect(closed?.data).toMatchObject({ terminal, outcome: 'hung-up', bytes: text.length })
    const sha256 = closed?.type === 'terminal-closed' ? (closed.data.segments[0]?.output ?? '') : ''
    expect(Buffer.from(await store.exhibit(sha256)).toString('latin1')).toBe(text)
  }, 60_000)
})

function restore(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name)
  else process.env[name] = value
}
