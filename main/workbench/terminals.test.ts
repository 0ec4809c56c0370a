// The responder's terminals, over the real wire and a real sshd: what is shown is what is recorded, with a page or without, however they end.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { placeForCase, type CasePlace } from '../platform/case-folder-fixture.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { missing, orSkipped, realServers } from '../ssh/dial-fixture.ts'
import { isOver, outcomesOf, recordedOf, screen, show, shows, skipped, terminalsOn, type } from './terminals-fixture.ts'

const { server } = realServers()

let place: CasePlace
let store: CaseFolder
beforeEach(async () => {
  place = placeForCase()
  store = await place.create()
})

describe.skipIf(missing !== null)(`terminals${orSkipped}`, () => {
  it('shows exactly what it recorded, and the asciicast reads line by line and tells no secret', async () => {
    const { openPage, terminals, told } = await terminalsOn(await server(), store)
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
    await isOver(store, terminal)

    const { output: recorded, casts } = await recordedOf(store, terminal)
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
    expect(outcomesOf(store)).toEqual([['exited', 4]])
    expect(told.at(-1)).toMatchObject({ state: 'ended', error: null, recorded: recorded.length })
    expect(await readdir(join(store.path, 'spool'))).toEqual([])
    await expect(type(page, terminal, 'x')).rejects.toMatchObject({ code: 'terminal-gone' })
    await page.call('terminal.close', { terminal })
    expect(terminals.list()).toEqual([])
  })

  it('goes on without a page, and shows the next page where it stands', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
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
    await isOver(store, terminal)
    const recorded = (await recordedOf(store, terminal)).output.toString('latin1')
    for (const word of ['first', 'unwatched', 'done', 'alive']) expect(recorded).toContain(`${word}\r\n`)
    const last = show((await second.page.stream('terminal.attach', { terminal, skipped })).bytes)
    await last.ended
    expect(last.text()).toContain('alive') // also after its end, until it is closed
    await expect(second.page.stream('terminal.attach', { terminal: 'terminal-none', skipped })).rejects.toMatchObject({
      code: 'terminal-gone',
    })
  })

  it('ends with its link, says why, and no other link brings it back', async () => {
    const { openPage, terminals, disconnect } = await terminalsOn(await server(), store)
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'echo "he""re"\r')
    await shows(shown, 'here\r\n')
    await type(page, output.terminal, `kill -9 $PPID\r`) // the sshd that carries the connection
    await shown.ended
    await isOver(store, output.terminal)
    expect(outcomesOf(store)).toEqual([['link-lost', null]])
    expect(terminals.list()).toMatchObject([{ state: 'ended', error: { code: 'link-lost' } }])
    expect((await recordedOf(store, output.terminal)).output.equals(shown.all())).toBe(true)
    disconnect()
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'host-not-connected' })
  })

  it('closed with a page that takes nothing is hung up and recorded all the same', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
    const { page } = openPage()
    const { output } = await page.stream('terminal.open', screen) // whose bytes nobody reads
    await type(page, output.terminal, 'yes\r')
    await expect.poll(() => terminals.list()[0]?.recorded, { timeout: 10_000 }).toBeGreaterThan(100_000)
    await page.call('terminal.close', { terminal: output.terminal })
    expect(outcomesOf(store)).toEqual([['hung-up', null]])
    expect(terminals.list()).toEqual([])
  })

  it('refused by the host leaves no trace of a recording', async () => {
    const { openPage, connection, terminals } = await terminalsOn(await server(), store)
    await connection.close()
    const { page } = openPage()
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'link-lost' })
    expect(store.events('host-a1')).toEqual([])
    expect(terminals.list()).toEqual([])
  })

  it('whose case is closed is in the case when it is opened again', async () => {
    const { openPage, terminals } = await terminalsOn(await server(), store)
    const { page } = openPage()
    const { output, bytes } = await page.stream('terminal.open', screen)
    const shown = show(bytes)
    await type(page, output.terminal, 'echo "be""fore"\r')
    await shows(shown, 'before\r\n')
    await terminals.closeAll()
    await store.close()
    store = await place.write()
    expect(outcomesOf(store)).toEqual([['hung-up', null]])
    expect((await recordedOf(store, output.terminal)).output.toString()).toContain('before')
    await expect(page.stream('terminal.open', screen)).rejects.toMatchObject({ code: 'case-not-open' })
  })
})
