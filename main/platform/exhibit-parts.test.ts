// Exhibits too big to hold come in parts: the same sealed form, the same digest, whatever the parts are, and nothing when they change on the way.
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { fixtureMeta } from './case-fixture.ts'
import { placeForCase } from './case-folder-fixture.ts'
import type { CaseFolder } from './case-folder.ts'

let folder: string
let store: CaseFolder

beforeEach(async () => {
  const place = placeForCase()
  folder = place.folder
  store = await place.create()
})

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

describe('an exhibit kept in parts', () => {
  it.each([
    [0, 10],
    [1, 10],
    [1024 * 1024, 65_537],
    [1024 * 1024, 4_000_000],
    [3 * 1024 * 1024 + 17, 700_001],
    [2 * 1024 * 1024, 1024 * 1024],
  ])('of %i bytes, %i at a time, reads back whole', async (length, size) => {
    const bytes = randomBytes(length)
    const kept = await store.keepParts('host-a', () => inParts(bytes, size), fixtureMeta('terminal/output'))
    expect(kept.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(Buffer.from(await store.exhibit(kept.sha256)).equals(bytes)).toBe(true)
    expect(store.events('host-a').at(-1)).toMatchObject({ type: 'exhibit-stored', data: { size: length } })
  })

  it.each([
    ['shorter', 5_000],
    ['longer', 7_000],
    ['other', 6_000],
  ])('that reads %s the second time is refused, and nothing of it stays', async (_name, second) => {
    let first = true
    const parts = (): AsyncGenerator<Uint8Array> => {
      const bytes = randomBytes(first ? 6_000 : second)
      first = false
      return inParts(bytes, 1_000)
    }
    await expect(store.keepParts('host-a', parts, fixtureMeta('terminal/output'))).rejects.toMatchObject({
      code: 'internal',
    })
    expect(store.events('host-a')).toEqual([])
    const names = await readdir(join(folder, 'exhibits'), { recursive: true })
    expect(names.filter((name) => name.length > 2)).toEqual([])
  })
})
