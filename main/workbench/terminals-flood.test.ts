// Terminals that say more than a page, a recording or a disk can take: memory stays, a flood is held back, and nothing is shown that is not recorded.

import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { placeForCase, type CasePlace } from '../platform/case-folder-fixture.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { missing, orSkipped, realServers } from '../ssh/dial-fixture.ts'
import { isOver, outcomesOf, recordedOf, screen, show, terminalsOn, type, type Shown } from './terminals-fixture.ts'
import type { Terminals } from './terminals.ts'

const { server } = realServers()

let place: CasePlace
let store: CaseFolder
beforeEach(async () => {
  place = placeForCase()
  store = await place.create()
})

/** Bytes that were shown or said to be left out. */
const withLeftOut = (shown: Shown): number =>
  [
    ...shown
      .all()
      .toString('latin1')
      .matchAll(/\r\n\u001b\[2m\((\d+) left out\)\u001b\[0m\r\n/g),
  ].reduce((sum, [said, count]) => sum - said.length + Number(count), shown.bytes())

/** Waits until a flood stands still. Resolves with the bytes recorded until then. */
const heldBack = async (terminals: Terminals): Promise<number> => {
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

describe.skipIf(missing !== null)(`terminals${orSkipped}`, () => {
  it('under `yes` with a page that cannot keep up holds the host back, and Ctrl-C ends it', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
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
    await isOver(store, terminal)
    expect(withLeftOut(shown)).toBe((await recordedOf(store, terminal)).output.length)
  })

  it('reads on after Ctrl-C though the page takes nothing, shows how a flood ended and how much of it is only recorded', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const { terminal } = output
    await type(page, terminal, 'yes\r')
    const before = await heldBack(terminals)
    await type(page, terminal, '\x03')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(before)
    await type(page, terminal, 'echo "at"last; exit\r')
    await isOver(store, terminal)
    const shown = show(bytes)
    await shown.ended
    expect(shown.text()).toMatch(/y\r\n.*\^C.*atlast\r\n/s)
    const { output: all } = await recordedOf(store, terminal)
    expect(shown.bytes()).toBeLessThan(all.length)
    expect(withLeftOut(shown)).toBe(all.length)
  })

  it('answered to Ctrl-C with more of the same is held back again, before it fills the disk', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
    const { page } = openPage()
    const { output } = await page.stream('terminal.open', screen)
    const { terminal } = output
    await type(page, terminal, "trap '' INT; yes\r")
    const recorded = await heldBack(terminals)
    await type(page, terminal, '\x03')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(recorded)

    expect((await heldBack(terminals)) - recorded).toBeLessThan(6 * 1024 * 1024)
    await page.call('terminal.close', { terminal })
    await isOver(store, terminal)
  })

  it('carries and records megabytes, in segments that become exhibits while it runs', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
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
    await isOver(store, terminal)
    const recorded = await recordedOf(store, terminal)
    expect(recorded.output.equals(shown.all())).toBe(true)
    expect(recorded.casts.length).toBeGreaterThanOrEqual(3)
  })

  it('that says more than one recording holds is hung up: what is not recorded is not shown', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store, { recorded: 500_000 })
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'yes\r')
    await shown.ended
    await isOver(store, output.terminal)
    expect(outcomesOf(store)).toEqual([['flooded', null]])
    expect(terminals.list()).toMatchObject([{ state: 'ended', error: { code: 'host-flooded' } }])
    const recorded = await recordedOf(store, output.terminal)
    expect(recorded.output.equals(shown.all())).toBe(true)
    expect(recorded.output.length).toBeLessThan(600_000)
  })

  it('on a full disk is hung up before it shows what could not be recorded, and what was is kept', async (context) => {
    const disk = join(place.base, 'disk')
    await mkdir(disk)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status !== 0) context.skip('needs a tmpfs')
    try {
      const full = await place.create(join(disk, 'case'))
      const { openPage, terminals } = await terminalsOn(await server(), full)
      const { page } = openPage()
      const { output, bytes } = await page.stream('terminal.open', screen)
      const shown = show(bytes)
      await type(page, output.terminal, 'yes\r')
      await shown.ended
      await expect.poll(() => terminals.list()[0]).toMatchObject({ state: 'ended', error: { code: 'disk-full' } })
      await terminals.closeAll()
      await full.close().catch(() => undefined)
      // Room again: what was shown lies in the spool and becomes evidence.
      expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
      const again = await place.write(undefined, full.path)
      const recorded = await recordedOf(again, output.terminal)
      expect(shown.bytes()).toBeGreaterThan(100_000)
      expect(recorded.output.subarray(0, shown.bytes()).equals(shown.all())).toBe(true)
      expect(outcomesOf(again)).toEqual([['crashed', null]])
      await again.close()
    } finally {
      spawnSync('umount', [disk])
    }
  })
})
