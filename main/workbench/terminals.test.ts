// The responder's terminals, over the real wire and a real sshd: what is shown is what is recorded, a slow page costs no memory, and no page at all costs nothing.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sshdMissing, startSshd, type Sshd } from '../../e2e/fixtures/ssh/sshd.ts'
import { contract, type Terminal } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { HostSession } from '../core/host/session.ts'
import type { EngineHost } from '../core/playbook/deps.ts'
import type { Connection } from '../core/ports.ts'
import { connect, type Client } from '../core/rpc/connect.ts'
import type { ByteSource, Frozen } from '../core/rpc/define.ts'
import { portEnds } from '../core/rpc/port-fixture.ts'
import { serve } from '../core/rpc/serve.ts'
import { createCaseFolder, openCaseFolder, type CaseFolder } from '../platform/case-folder.ts'
import { systemClock } from '../platform/clock.ts'
import { systemRandom } from '../platform/random.ts'
import { dial } from '../ssh/dial.ts'
import { Terminals } from './terminals.ts'

const missing = sshdMissing()
const methods = contract.methods
const terminalContract = {
  methods: {
    'terminal.open': methods['terminal.open'],
    'terminal.attach': methods['terminal.attach'],
    'terminal.write': methods['terminal.write'],
    'terminal.resize': methods['terminal.resize'],
    'terminal.close': methods['terminal.close'],
  },
  events: { terminal: contract.events.terminal },
} as const
type Page = Client<typeof terminalContract>

describe.skipIf(missing !== null)(`terminals${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let sshd: Sshd
  let folder: string
  let store: CaseFolder
  let connection: Connection
  let terminals: Terminals
  let connected = true
  let told: Frozen<Terminal>[] = []
  const pages: (() => void)[] = []
  const emits = new Set<(view: Frozen<Terminal>) => void>()

  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tq-terminals-'))
    store = await createCaseFolder(join(folder, 'case'), { examiner: 'Ada', tool: 'test', keys: join(folder, 'keys') })
    connection = await dial(
      { host: '127.0.0.1', port: sshd.port, user: 'root' },
      {
        credentials: { keyFile: join(sshd.folder, 'user_ed25519'), agent: 'off' },
        hostKeys: { files: [], trustNew: false, pin: sshd.fingerprint('ed25519') },
      },
    )
    connected = true
    told = []
    terminals = room()
  })
  afterEach(async () => {
    for (const leave of pages.splice(0)) leave()
    await terminals.closeAll()
    await connection.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  function room(limits?: { readonly recorded: number }): Terminals {
    const session = { terminal: (size) => connection.terminal(size) } as Pick<HostSession, 'terminal'> as HostSession
    const host: EngineHost = { id: 'host-a1', address: 'root@127.0.0.1', session }
    return new Terminals({
      ...(limits === undefined ? {} : { limits }),
      store,
      examiner: 'Ada',
      entered: (link) => {
        if (link !== 'link-1' || !connected) throw new TourniquetError('host-not-connected', { host: link })
        return host
      },
      emit: (name, data) => {
        if (name !== 'terminal') return
        told.push(data as Frozen<Terminal>)
        for (const emit of emits) emit(data as Frozen<Terminal>)
      },
      clock: systemClock,
      random: systemRandom,
    })
  }

  /** A page on a wire of its own; `leave` is how it goes away without a word. */
  function openPage(): { readonly page: Page; readonly leave: () => void } {
    const channel = new MessageChannel()
    const ends = portEnds(channel)
    const served = serve(
      ends.main,
      terminalContract,
      {
        'terminal.open': (input, call) => terminals.open(input, call),
        'terminal.attach': (input, call) => terminals.attach(input, call),
        'terminal.write': (input) => {
          terminals.write(input)
          return Promise.resolve({})
        },
        'terminal.resize': (input) => {
          terminals.resize(input)
          return Promise.resolve({})
        },
        'terminal.close': async ({ terminal }) => {
          await terminals.close(terminal)
          return {}
        },
      },
      () => undefined,
    )
    const emit = (view: Frozen<Terminal>): void => {
      served.emit('terminal', view)
    }
    emits.add(emit)
    const leave = (): void => {
      emits.delete(emit)
      channel.port2.close()
    }
    pages.push(leave)
    return { page: connect(ends.page, terminalContract, () => undefined), leave }
  }

  interface Shown {
    readonly text: () => string
    readonly bytes: () => number
    readonly all: () => Buffer
    readonly ended: Promise<void>
  }

  /** Reads like a screen; `pause` milliseconds after each piece, as one that cannot keep up. */
  function show(bytes: ByteSource, pause = 0, keep = true): Shown {
    const pieces: Uint8Array[] = []
    let text = ''
    let count = 0
    const ended = (async () => {
      for await (const piece of bytes) {
        if (keep) pieces.push(piece)
        count += piece.length
        text = (text + Buffer.from(piece).toString('latin1')).slice(-65_536)
        if (pause > 0) await new Promise((done) => setTimeout(done, pause))
      }
    })()
    ended.catch(() => undefined)
    return { text: () => text, bytes: () => count, all: () => Buffer.concat(pieces), ended }
  }

  const skipped = '({n} left out)'
  /** Bytes that were shown or said to be left out. */
  const withLeftOut = (shown: Shown): number =>
    [
      ...shown
        .all()
        .toString('latin1')
        .matchAll(/\r\n\u001b\[2m\((\d+) left out\)\u001b\[0m\r\n/g),
    ].reduce((sum, [said, count]) => sum - said.length + Number(count), shown.bytes())
  const screen = { link: 'link-1', columns: 80, rows: 24, skipped }
  const shows = (shown: Shown, what: string | RegExp) =>
    expect.poll(shown.text, { timeout: 15_000, interval: 10 }).toMatch(what)
  const type = (page: Page, terminal: string, text: string) =>
    page.call('terminal.write', { terminal, text, by: 'typed' })
  async function recordedOf(terminal: string): Promise<{ readonly output: Buffer; readonly casts: readonly string[] }> {
    const closed = store
      .events('host-a1')
      .flatMap((event) => (event.type === 'terminal-closed' && event.data.terminal === terminal ? [event.data] : []))[0]
    if (!closed) throw new Error('not closed')
    const outputs: Uint8Array[] = []
    const casts: string[] = []
    for (const { output, asciicast } of closed.segments) {
      outputs.push(await store.exhibit(output))
      casts.push(Buffer.from(await store.exhibit(asciicast)).toString())
    }
    const output = Buffer.concat(outputs)
    expect(output.length).toBe(closed.bytes)
    return { output, casts }
  }
  const outcomes = () =>
    store
      .events('host-a1')
      .flatMap((event) => (event.type === 'terminal-closed' ? [[event.data.outcome, event.data.exit]] : []))
  const isOver = (terminal: string) =>
    expect
      .poll(() => store.events('host-a1').some((e) => e.type === 'terminal-closed' && e.data.terminal === terminal), {
        timeout: 10_000,
      })
      .toBe(true)

  /** Waits until a flood stands still. Resolves with the bytes recorded until then. */
  const heldBack = async (): Promise<number> => {
    let before = -1
    const recorded = (): number => terminals.list()[0]?.recorded ?? 0
    const isStill = (): boolean => {
      const still = recorded() > 50_000 && recorded() === before
      before = recorded()
      return still
    }
    await expect.poll(isStill, { timeout: 15_000, interval: 500 }).toBe(true)
    return before
  }

  it('shows exactly what it recorded, and the asciicast reads line by line and tells no secret', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const { terminal } = output
    expect(output).toMatchObject({ link: 'link-1', host: 'host-a1', state: 'open', error: null })
    const shown = show(bytes)
    await type(page, terminal, 'stty size; read -s -p "secret: " word; echo; echo "len ${#word}"\r')
    await shows(shown, /24 80\r\nsecret: $/)
    await type(page, terminal, 'hunter2\r')
    await shows(shown, 'len 7')
    await page.call('terminal.resize', { terminal, columns: 132, rows: 50 })
    await page.call('terminal.write', { terminal, text: '\x1b[?1;2c', by: 'answered' })
    await page.call('terminal.write', {
      terminal,
      text: '\x15stty size; head -c 3000 /dev/urandom; exit 4\r',
      by: 'pasted',
    })
    await shown.ended
    await isOver(terminal)

    const { output: recorded, casts } = await recordedOf(terminal)
    expect(recorded.equals(shown.all())).toBe(true)
    expect(recorded.toString('latin1')).toContain('50 132')
    const events = casts.flatMap((cast) => {
      expect(cast.endsWith('\n')).toBe(true)
      return cast
        .slice(0, -1)
        .split('\n')
        .slice(1)
        .map((line) => JSON.parse(line) as [number, string, string])
    })
    expect(events.filter(([, code]) => code === 'i').map(([, , keys]) => keys)).toContain('•••••••\r')
    expect(events.filter(([, code]) => code === 'm').map(([, , what]) => what)).toEqual(['answered 7', 'pasted 46'])
    expect(events).toContainEqual([expect.any(Number), 'r', '132x50'])
    expect(casts.join('')).not.toContain('hunter2')
    expect(outcomes()).toEqual([['exited', 4]])
    expect(told.at(-1)).toMatchObject({ state: 'ended', error: null, recorded: recorded.length })
    expect(await readdir(join(store.path, 'spool'))).toEqual([])
    await expect(type(page, terminal, 'x')).rejects.toMatchObject({ code: 'terminal-gone' })
    await page.call('terminal.close', { terminal })
    expect(terminals.list()).toEqual([])
  })

  it('under `yes` with a page that cannot keep up holds the host back, and Ctrl-C ends it', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const { terminal } = output
    const shown = show(bytes, 5)
    await type(page, terminal, 'yes\r')
    await expect.poll(shown.bytes, { timeout: 10_000 }).toBeGreaterThan(1_000_000)
    const before = process.memoryUsage()
    const from = { shown: shown.bytes(), at: performance.now() }
    await new Promise((done) => setTimeout(done, 5_000))
    const after = process.memoryUsage()
    const seconds = (performance.now() - from.at) / 1000
    const speed = (shown.bytes() - from.shown) / seconds / 1e6
    const { recorded } = terminals.list()[0]!
    expect(recorded - shown.bytes()).toBeLessThan(512 * 1024) // what is ahead of the page is bounded
    const interrupted = performance.now()
    await type(page, terminal, '\x03')
    const tookIn = performance.now() - interrupted
    await type(page, terminal, 'echo "at"last; exit\r')
    await shown.ended
    expect(shown.text()).toContain('atlast')
    const felt = performance.now() - interrupted
    const grown = (after.rss - before.rss) / 1e6
    console.info(
      `yes: ${speed.toFixed(1)} MB/s shown, ${(recorded / 1e6).toFixed(0)} MB recorded, rss ${grown.toFixed(0)} MB more; Ctrl-C taken in ${tookIn.toFixed(1)} ms, all shown after ${felt.toFixed(0)} ms`,
    )
    expect(grown).toBeLessThan(120)
    await isOver(terminal)
    expect(withLeftOut(shown)).toBe((await recordedOf(terminal)).output.length)
  })

  it('reads on after Ctrl-C though the page takes nothing, shows how a flood ended and how much of it is only recorded', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const { terminal } = output
    await type(page, terminal, 'yes\r')
    const before = await heldBack()
    await type(page, terminal, '\x03')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(before)
    await type(page, terminal, 'echo "at"last; exit\r')
    await isOver(terminal)
    const shown = show(bytes)
    await shown.ended
    expect(shown.text()).toMatch(/y\r\n.*\^C.*atlast\r\n/s)
    const { output: all } = await recordedOf(terminal)
    expect(shown.bytes()).toBeLessThan(all.length)
    expect(withLeftOut(shown)).toBe(all.length)
  })

  it('answered to Ctrl-C with more of the same is held back again, before it fills the disk', async () => {
    const { page } = openPage()
    const { output } = await page.stream('terminal.open', screen)
    const { terminal } = output
    await type(page, terminal, "trap '' INT; yes\r")
    const recorded = await heldBack()
    await type(page, terminal, '\x03')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(recorded)

    expect((await heldBack()) - recorded).toBeLessThan(6 * 1024 * 1024)
    await page.call('terminal.close', { terminal })
    await isOver(terminal)
  })

  it('goes on without a page, and shows the next page where it stands', async () => {
    const first = openPage()
    const { output, bytes } = await first.page.stream('terminal.open', screen)
    const { terminal } = output
    const shown = show(bytes)
    await type(
      first.page,
      terminal,
      'echo "fir""st"; sleep 0.5; echo "unwat""ched"; head -c 3000000 /dev/zero; echo; echo "do""ne"\r',
    )
    await shows(shown, 'first\r\n')
    first.leave()
    await expect(shown.ended).rejects.toMatchObject({ code: 'wire-closed' })
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(3_000_000)

    const second = openPage()
    const attached = await second.page.stream('terminal.attach', { terminal, skipped })
    expect(attached.output).toMatchObject({ terminal, state: 'open' })
    const again = show(attached.bytes)
    await shows(again, 'done\r\n')
    expect(again.bytes()).toBeLessThan(1_100_000) // the latest, not everything
    await type(second.page, terminal, 'echo "ali""ve"; exit\r')
    await again.ended
    expect(again.text()).toContain('alive')
    await isOver(terminal)
    const recorded = (await recordedOf(terminal)).output.toString('latin1')
    for (const word of ['first', 'unwatched', 'done', 'alive']) expect(recorded).toContain(`${word}\r\n`)
    const last = show((await second.page.stream('terminal.attach', { terminal, skipped })).bytes)
    await last.ended
    expect(last.text()).toContain('alive') // also after its end, until it is closed
    await expect(second.page.stream('terminal.attach', { terminal: 'terminal-none', skipped })).rejects.toMatchObject({
      code: 'terminal-gone',
    })
  })

  it('carries and records megabytes, in segments that become exhibits while it runs', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const { terminal } = output
    const shown = show(bytes)
    await type(page, terminal, 'stty -onlcr; head -c 20000000 /dev/urandom | base64; exit\r')
    const started = performance.now()
    await expect
      .poll(() => store.events('host-a1').filter(({ type }) => type === 'exhibit-stored').length, { timeout: 15_000 })
      .toBeGreaterThanOrEqual(2)
    expect(terminals.list()[0]?.state).toBe('open')
    await shown.ended
    const seconds = (performance.now() - started) / 1000
    console.info(
      `${(shown.bytes() / 1e6).toFixed(0)} MB shown and recorded at ${(shown.bytes() / 1e6 / seconds).toFixed(1)} MB/s`,
    )
    await isOver(terminal)
    const recorded = await recordedOf(terminal)
    expect(recorded.output.equals(shown.all())).toBe(true)
    expect(recorded.casts.length).toBeGreaterThanOrEqual(3)
  })

  it('that says more than one recording holds is hung up: what is not recorded is not shown', async () => {
    await terminals.closeAll()
    terminals = room({ recorded: 500_000 })
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'yes\r')
    await shown.ended
    await isOver(output.terminal)
    expect(outcomes()).toEqual([['flooded', null]])
    expect(terminals.list()).toMatchObject([{ state: 'ended', error: { code: 'host-flooded' } }])
    const recorded = await recordedOf(output.terminal)
    expect(recorded.output.equals(shown.all())).toBe(true)
    expect(recorded.output.length).toBeLessThan(600_000)
  })

  it('on a full disk is hung up before it shows what could not be recorded, and what was is kept', async (context) => {
    await store.close()
    const disk = join(folder, 'disk')
    await mkdir(disk)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status !== 0) context.skip('needs a tmpfs')
    try {
      const keys = join(folder, 'keys-of-disk')
      store = await createCaseFolder(join(disk, 'case'), { examiner: 'Ada', tool: 'test', keys })
      terminals = room()
      const { page } = openPage()
      const { output, bytes } = await page.stream('terminal.open', screen)
      const shown = show(bytes)
      await type(page, output.terminal, 'yes\r')
      await shown.ended
      await expect.poll(() => terminals.list()[0]).toMatchObject({ state: 'ended', error: { code: 'disk-full' } })
      await terminals.closeAll()
      await store.close().catch(() => undefined)
      // Room again: what was shown lies in the spool and becomes evidence.
      expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
      store = await openCaseFolder(join(disk, 'case'), { mode: 'write', examiner: 'Ada', keys })
      const recorded = await recordedOf(output.terminal)
      expect(shown.bytes()).toBeGreaterThan(100_000)
      expect(recorded.output.subarray(0, shown.bytes()).equals(shown.all())).toBe(true)
      expect(outcomes()).toEqual([['crashed', null]])
      await store.close()
    } finally {
      spawnSync('umount', [disk])
      store = await createCaseFolder(join(folder, 'spare'), { examiner: 'Ada', tool: 'test', keys: join(folder, 'k2') })
    }
  })

  it('ends with its link, says why, and no other link brings it back', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'echo "he""re"\r')
    await shows(shown, 'here\r\n')
    await type(page, output.terminal, `kill -9 $PPID\r`) // the sshd that carries the connection
    await shown.ended
    await isOver(output.terminal)
    expect(outcomes()).toEqual([['link-lost', null]])
    expect(terminals.list()).toMatchObject([{ state: 'ended', error: { code: 'link-lost' } }])
    expect((await recordedOf(output.terminal)).output.equals(shown.all())).toBe(true)
    connected = false
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'host-not-connected' })
  })

  it('closed with a page that takes nothing is hung up and recorded all the same', async () => {
    const { page } = openPage()
    const { output } = await page.stream('terminal.open', screen) // whose bytes nobody reads
    await type(page, output.terminal, 'yes\r')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(100_000)
    await page.call('terminal.close', { terminal: output.terminal })
    expect(outcomes()).toEqual([['hung-up', null]])
    expect(terminals.list()).toEqual([])
  })

  it('refused by the host leaves no trace of a recording', async () => {
    await connection.close()
    const { page } = openPage()
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'link-lost' })
    expect(store.events('host-a1')).toEqual([])
    expect(terminals.list()).toEqual([])
  })

  it('whose case is closed is in the case when it is opened again', async () => {
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'echo "be""fore"\r')
    await shows(shown, 'before\r\n')
    await terminals.closeAll()
    await store.close()
    store = await openCaseFolder(store.path, { mode: 'write', examiner: 'Ada', keys: join(folder, 'keys') })
    expect(outcomes()).toEqual([['hung-up', null]])
    expect((await recordedOf(output.terminal)).output.toString()).toContain('before')
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'case-not-open' })
  })
})
