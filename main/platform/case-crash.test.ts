// What a crash of the writer and a full disk may cost a case: nothing that was acknowledged, and nothing half-written is taken for whole.

import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { codeOf } from '../core/refusal-fixture.ts'
import { fixtureMeta } from './case-fixture.ts'
import { filesIn, gap, placeForCase, type CasePlace } from './case-folder-fixture.ts'

let place: CasePlace
beforeEach(() => {
  place = placeForCase()
})

describe('a crash', () => {
  it('in mid-append costs only the torn line, which becomes an exhibit and a gap', async () => {
    const store = await place.create()
    await store.append('host-1', 'gap', gap('one'))
    await store.append('host-1', 'gap', gap('two'))
    await store.close()
    const file = join(place.folder, 'journal', 'host-1.jsonl')
    const whole = readFileSync(file)
    const torn = whole.subarray(0, 100)
    appendFileSync(file, torn)
    expect((await place.read()).events('host-1')).toHaveLength(2)
    const again = await place.write()
    const after = again.events('host-1')
    expect(after.map(({ type }) => type)).toEqual(['gap', 'gap', 'exhibit-stored', 'gap'])
    const stored = after[2]
    if (stored?.type !== 'exhibit-stored') throw new Error('no exhibit')
    expect(Buffer.from(await again.exhibit(stored.data.sha256))).toEqual(torn)
    await again.append('host-1', 'gap', gap('three'))
    await again.close()
    expect((await place.read()).events('host-1')).toHaveLength(5)
    expect(readdirSync(join(place.folder, 'journal')).filter((name) => name.endsWith('.torn'))).toEqual([])
  })

  it('anywhere in the last line loses nothing that had been acknowledged', async () => {
    const store = await place.create()
    await store.append('host-1', 'gap', gap('acknowledged'))
    await store.close()
    const file = join(place.folder, 'journal', 'host-1.jsonl')
    const length = statSync(file).size
    const next = readFileSync(file)
    for (const extra of [1, 50, length - 1]) {
      truncateSync(file, length)
      appendFileSync(file, next.subarray(0, extra))
      expect((await place.read()).events('host-1')).toHaveLength(1)
    }
  })

  it('does not excuse other damage: it is refused with file and line', async () => {
    const store = await place.create()
    await store.append('host-1', 'gap', gap('one'))
    await store.append('host-1', 'gap', gap('two'))
    await store.close()
    const file = join(place.folder, 'journal', 'host-1.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"one"', '"ONE"'))
    await expect(place.read()).rejects.toMatchObject({
      code: 'journal-broken',
      params: { file: 'journal/host-1.jsonl', line: 1 },
    })
    expect(await codeOf(place.write())).toBe('journal-broken')
    rmSync(file)
    expect(await codeOf(place.read())).toBe('journal-broken')
  })

  it('while an exhibit was being written leaves nothing that is taken for one, and the leftover is swept', async () => {
    const store = await place.create()
    const { sha256 } = await store.keep('host-1', Buffer.from('whole'), fixtureMeta('file'))
    await store.close()
    const leftover = join(place.folder, 'exhibits', sha256.slice(0, 2), `${sha256.slice(0, 2)}${'0'.repeat(62)}.1.part`)
    const others = ['home.json.1.part', 'journal/host-1.0.torn.1.part'].map((name) => join(place.folder, name))
    for (const path of [leftover, ...others]) writeFileSync(path, 'half')
    await (await place.write()).close()
    expect([leftover, ...others].filter((path) => existsSync(path))).toEqual([])
  })

  it('of the writer leaves a lease that the next one takes over, and says so in the journal', async () => {
    await (await place.create()).close()
    const script = `import { openCaseFolder } from ${JSON.stringify(join(import.meta.dirname, 'case-folder.ts'))}
      await openCaseFolder(${JSON.stringify(place.folder)}, { mode: 'write', examiner: 'gone', keys: ${JSON.stringify(place.keys)} })
      process.kill(process.pid, 'SIGKILL')`
    const crashed = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(crashed.signal, crashed.stderr).toBe('SIGKILL')
    const store = await place.write()
    const last = store.events('case').at(-1)
    expect(last?.type).toBe('case-taken-over')
    expect(JSON.stringify(last?.data)).toMatch(/pid \d+ on .* is gone/)
  })
})

describe('a full disk', () => {
  it('refuses, loses nothing acknowledged, takes nothing half-written for whole, and goes on when there is room', async (context) => {
    const disk = join(place.base, 'disk')
    mkdirSync(disk)
    if (
      process.getuid?.() !== 0 ||
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk]).status !== 0
    ) {
      context.skip('needs root and a tmpfs')
    }
    try {
      const store = await place.create(join(disk, 'case'))
      const first = await store.append('host-1', 'gap', gap('fits'))
      expect(await codeOf(store.keep('host-1', new Uint8Array(900_000), fixtureMeta('file')))).toBe('disk-full')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(520_000))
      const sizeFree = (): number => Number(execFileSync('stat', ['-f', '-c', '%a', disk], { encoding: 'utf8' }))
      const pad = join(disk, 'pad')
      while (sizeFree() > 0) appendFileSync(pad, Buffer.alloc(4096))
      const appended = Array.from({ length: 40 }, () => store.append('host-1', 'gap', gap('x'.repeat(400))))
      const outcomes = new Set(await Promise.all(appended.map(codeOf)))
      expect(outcomes).toEqual(new Set(['disk-full']))
      expect(store.events('host-1')).toEqual([first])
      rmSync(pad)
      rmSync(join(disk, 'ballast'))
      const next = await store.append('host-1', 'gap', gap('room again'))
      expect(next.seq).toBe(1)
      await store.close()
      const again = await place.read(join(disk, 'case'))
      expect(again.events('host-1')).toHaveLength(2)
      expect(filesIn(join(disk, 'case')).filter((path) => path.includes('exhibits'))).toEqual([])
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
