// Terminal recordings on a real disk: what went in is what the case holds, in bounded segments, sealed at rest, and a crash loses only what was torn.
import { createHash, randomBytes } from 'node:crypto'
import { copyFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { gapsOf } from '../core/bundle/gaps.ts'
import { exhibitsOf, snapshotOf } from '../core/bundle/snapshot.ts'
import { say } from '../i18n/words.ts'
import { exportBundle, verifyBundle, writeReport } from './bundle-file.ts'
import { placeForCase, type CasePlace } from './case-folder-fixture.ts'
import type { CaseFolder } from './case-folder.ts'
import { systemClock } from './clock.ts'
import { systemRandom } from './random.ts'
import { Recording, segmentBytes } from './terminal-recording.ts'

const host = 'host-a1'
const terminal = 'terminal-1'
const world = { clock: systemClock, random: systemRandom }
const about = { terminal, host, address: 'root@192.0.2.7:22', by: 'Ada', columns: 80, rows: 24 }
const closing = { outcome: 'exited', exit: 0, signal: null, detail: '' } as const
const bytes = (text: string) => new TextEncoder().encode(text)

let place: CasePlace
let store: CaseFolder

beforeEach(async () => {
  place = placeForCase()
  store = await place.create()
})

const spoolFiles = () => readdir(join(place.folder, 'spool'))
const stored = (what: string) =>
  store
    .events(host)
    .flatMap((event) => (event.type === 'exhibit-stored' && event.data.what === what ? [event.data] : []))
async function joined(what: string): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (const { sha256 } of stored(what)) pieces.push(await store.exhibit(sha256))
  return Buffer.concat(pieces)
}
const closed = () => store.events(host).flatMap((event) => (event.type === 'terminal-closed' ? [event.data] : []))

/** What a crash leaves: the spool as it stands, while the recording ends in another copy of the case. */
async function crash(recording: Recording, damage: (spool: string) => Promise<void> = () => Promise.resolve()) {
  const kept = join(place.base, 'kept')
  const names = await spoolFiles()
  for (const name of names) await copyFile(join(place.folder, 'spool', name), `${kept}-${name}`)
  const before = await readFile(join(place.folder, 'journal', `${host}.jsonl`))
  await recording.end(closing)
  await store.close()
  // Back to the moment of the crash: the journal of the host as it was, the spool as it was.
  await writeFile(join(place.folder, 'journal', `${host}.jsonl`), before)
  const anchors = await readFile(join(place.folder, 'journal', 'case.jsonl'), 'utf8')
  const kept2 = anchors.split('\n').filter((line) => !line.includes('"chain-anchored"'))
  await writeFile(join(place.folder, 'journal', 'case.jsonl'), kept2.join('\n'))
  for (const name of names) {
    await copyFile(`${kept}-${name}`, join(place.folder, 'spool', name))
    await damage(join(place.folder, 'spool', name))
  }
  store = await place.write()
}

describe('a recording', () => {
  it('becomes exhibits at its end: the bytes as they came, and an asciicast that reads line by line', async () => {
    const recording = await Recording.begin(store, about, world)
    await recording.output(bytes('login: '))
    await recording.input('typed', 'hunter2\r')
    await recording.output(Uint8Array.of(0xff, 0x00, 0x0a))
    await recording.resize({ columns: 132, rows: 50 })
    const [spool = ''] = await spoolFiles()
    const onDisk = await readFile(join(place.folder, 'spool', spool))
    expect(onDisk.includes('login: ')).toBe(false) // sealed at rest
    await recording.end(closing)

    expect(await joined('terminal/output')).toEqual(Buffer.from([...bytes('login: '), 0xff, 0x00, 0x0a]))
    const cast = (await joined('terminal/asciicast')).toString()
    const [header, ...events] = cast
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(header).toMatchObject({ version: 2, width: 80, height: 24 })
    expect(events).toMatchObject([
      [expect.any(Number), 'o', 'login: '],
      [expect.any(Number), 'i', '•••••••\r'],
      [expect.any(Number), 'o', '\ufffd\0\n'],
      [expect.any(Number), 'r', '132x50'],
    ])
    const whole = JSON.stringify(store.events(host)) + cast + onDisk.toString('latin1')
    expect(whole).not.toContain('hunter2')
    expect(closed()).toMatchObject([{ terminal, outcome: 'exited', exit: 0, bytes: 10, segments: [{}] }])
    expect(await spoolFiles()).toEqual([])
    expect(gapsOf(snapshotOf(store), []).filter(({ kind }) => kind === 'terminal-unfinished')).toEqual([])
  })

  it('of a long session is handed on in segments while it runs, without a hole', async () => {
    const recording = await Recording.begin(store, about, world)
    const digest = createHash('sha256')
    for (let sent = 0; sent < 2.5 * segmentBytes; sent += 65_536) {
      const piece = randomBytes(65_536)
      digest.update(piece)
      await recording.output(piece)
    }
    await expect.poll(() => stored('terminal/output').length).toBeGreaterThanOrEqual(1) // before the end
    await recording.end(closing)
    const segments = stored('terminal/output')
    expect(segments).toHaveLength(3)
    for (const { size } of segments) expect(size).toBeLessThanOrEqual(segmentBytes + 65_536)
    expect(
      createHash('sha256')
        .update(await joined('terminal/output'))
        .digest('hex'),
    ).toBe(digest.digest('hex'))
    expect(closed()[0]?.segments.map(({ output }) => output)).toEqual(segments.map(({ sha256 }) => sha256))
    expect(stored('terminal/asciicast')).toHaveLength(3)
  })

  it('without any output is told as such', async () => {
    await (await Recording.begin(store, about, world)).end({ ...closing, outcome: 'hung-up', exit: null })
    expect(await joined('terminal/output')).toHaveLength(0)
    expect(closed()).toMatchObject([{ outcome: 'hung-up', bytes: 0 }])
  })
})

describe('a bundle', () => {
  it('holds the recording as it came and as asciicast, and the report tells when it was opened and how it ended', async () => {
    const recording = await Recording.begin(store, about, world)
    await recording.output(bytes('<b>\u202e$ '))
    await recording.end({ ...closing, exit: 7 })
    const out = join(place.base, 'case.zip')
    await exportBundle(store, { out, redact: 'default', words: say })
    expect(await verifyBundle(out)).toMatchObject({ exhibits: 2, redacted: 0 })
    const page = join(place.base, 'report.html')
    await writeReport(store, { out: page, words: say })
    const report = await readFile(page, 'utf8')
    for (const words of ['Terminal opened', '打开终端', 'Terminal ended', 'terminal/output', 'terminal/asciicast'])
      expect(report).toContain(words)
    expect(report).toContain('terminal-1: exited · exit 7 · 8 B · 2 exhibits')
  })
})

describe('a crash', () => {
  it('leaves a spool that becomes exhibits when the case is opened, marked as cut short, and the terminal is closed', async () => {
    const recording = await Recording.begin(store, about, world)
    await recording.output(bytes('one '))
    await recording.output(bytes('two'))
    await crash(recording)
    expect((await joined('terminal/output')).toString()).toBe('one two')
    expect(stored('terminal/output')).toMatchObject([{ truncated: true }])
    expect(closed()).toMatchObject([{ terminal, outcome: 'crashed', bytes: 7, segments: [{}] }])
    expect(await spoolFiles()).toEqual([])
    const snapshot = snapshotOf(store)
    expect(gapsOf(snapshot, exhibitsOf(snapshot)).map(({ kind, what }) => [kind, what])).toContainEqual([
      'truncated',
      'terminal/output',
    ])
  })

  it('in mid-write costs the record that was torn and nothing before it', async () => {
    const recording = await Recording.begin(store, about, world)
    await recording.output(bytes('whole '))
    await recording.output(bytes('torn'))
    await crash(recording, async (spool) => {
      await truncate(spool, (await readFile(spool)).length - 3)
    })
    expect((await joined('terminal/output')).toString()).toBe('whole ')
    expect(closed()).toMatchObject([{ outcome: 'crashed', bytes: 6 }])
  })

  it('between exhibits and the end of the spool tells nothing twice', async () => {
    const recording = await Recording.begin(store, about, world)
    await recording.output(bytes('once'))
    const [name = ''] = await spoolFiles()
    const spool = join(place.folder, 'spool', name)
    await copyFile(spool, join(place.base, 'again'))
    await recording.end(closing)
    await store.close()
    await copyFile(join(place.base, 'again'), spool)
    store = await place.write()
    expect(stored('terminal/output')).toMatchObject([{ truncated: false }])
    expect(closed()).toHaveLength(1)
    expect(await spoolFiles()).toEqual([])
  })

  it('that left nothing readable keeps the bytes as they are and says so', async () => {
    await (await Recording.begin(store, about, world)).end(closing)
    await store.close()
    await writeFile(join(place.folder, 'spool', 'terminal-9.000000.spool'), 'not a spool')
    store = await place.write()
    expect(store.events('case').filter(({ type }) => type === 'gap')).toMatchObject([{ data: { probe: 'terminal' } }])
    expect(await spoolFiles()).toEqual([])
  })

  it('leaves a gap where nobody has opened the case since', async () => {
    const recording = await Recording.begin(store, about, world)
    expect(gapsOf(snapshotOf(store), [])).toMatchObject([{ kind: 'terminal-unfinished', what: terminal }])
    await recording.end(closing)
  })
})
