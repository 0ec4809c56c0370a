// The night shift at the page: a case that somebody else left open on another machine, in the middle of an eviction. It is taken over with a name and a reason,
// and gone on with to the end, with nothing done twice. Judged on the host's disk and in the journal.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { barriers, homeOf, lookAt } from '../page/browser.ts'
import { atEveryWindow } from '../page/desk.ts'
import type { RangeHost } from '../range/host.ts'
import { repositoryFolder } from '../range/machine.ts'
import { takeBaseline, wrongAfterEviction, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import { hostileAlive } from '../range/scenarios/scenario.ts'
import { acted, actedTwice, caseDataOf, linesOf, quarantinedTwice } from './chains.ts'
import { reach } from './tourniquet.ts'

const patience = 90_000

atEveryWindow('a responder who goes on with what another began', { name: 'handover' }, (desk) => {
  const began = Date.now()
  let host: RangeHost
  let baseline: Baseline
  const folder = (): string => join(desk.cases, '2026-0149')

  beforeAll(async () => {
    desk.page.setDefaultTimeout(patience)
    host = await desk.boot(hiddenMiner)
    baseline = takeBaseline(hiddenMiner, host)
    await leftByTheDayShift()
  })
  afterAll(() => {
    console.log(`the handover took ${String(Math.round((Date.now() - began) / 1000))} s`)
  })

  it('is told who may still be at work on the case, and that nothing was written', async () => {
    const { page, me } = desk
    await page.reload() // the list was read before the case was there
    const before = readFileSync(join(folder(), 'journal/case.jsonl'))
    await me.button(me.say('cases', 'openCase', { number: '2026-0149' })).click()
    const form = page.getByRole('dialog')
    await form.getByText(me.say('cases', 'heldTitle')).waitFor()
    await form.getByText(/day-laptop/).waitFor()
    await lookAt(page, 'handover-held')
    expect(await barriers(page)).toEqual([])
    expect(readFileSync(join(folder(), 'journal/case.jsonl'))).toEqual(before)
    const take = form.getByRole('button', { name: me.say('cases', 'copyTake') })
    expect(await take.isDisabled()).toBe(true)
    await form.getByLabel(me.say('cases', 'copyReason')).fill('the day laptop was dropped')
    expect(await take.isDisabled()).toBe(true) // a case needs a name to stand for it
    await form.getByLabel(me.say('cases', 'copyExaminer')).fill('Wang Fang')
    await take.click()
    await form.waitFor({ state: 'hidden' })
    const taken = caseDataOf(folder(), 'case-taken-over')
    expect(taken).toEqual([expect.objectContaining({ examiner: 'Wang Fang' })])
    expect(String(taken[0]?.['reason'])).toMatch(/^the day laptop was dropped; pid \d+ on day-laptop since .* is gone$/)
  })

  it('sees where the run stands before any host is connected, and goes on from there', async () => {
    const { page, me } = desk
    await me.goTo('checklist')
    await page.getByText(me.say('checklist', 'resumeTitle')).first().waitFor()
    await page
      .getByText(me.say('checklist', 'resumeAll', { by: 'Li Wei' }))
      .first()
      .waitFor()
    await lookAt(page, 'handover-open-run')
    expect(await barriers(page)).toEqual([])
    await me.button(me.say('hosts', 'add')).first().click()
    const form = page.getByRole('dialog')
    await form.getByLabel(me.say('hosts', 'pasteLabel')).fill(`ssh -i ${host.rootKey} root@${host.address}`)
    await form.getByRole('button', { name: me.say('hosts', 'connectOne'), exact: true }).click()
    await me.hostRow(host.address).getByText(/heard/).waitFor() // the case knows its key: nobody is asked
    await me.button(me.say('checklist', 'resume')).first().click()
    await me.seeThrough()
    await lookAt(page, 'handover-evicted')
    expect(actedTwice(folder())).toEqual([])
    expect(quarantinedTwice(host)).toEqual([])
    expect(wrongAfterEviction(baseline, host)).toEqual([])
  })

  it('has each approval under the name of who gave it', () => {
    const approved = linesOf(folder()).flatMap(({ type, data }) => (type === 'approved' ? [data] : []))
    const of = (who: string): readonly unknown[] => approved.flatMap(({ by, step }) => (by === who ? [step] : []))
    expect(of('Li Wei')).toContain('contain/freeze')
    expect(of('Wang Fang')).toContain('kill/kill')
    expect(of('Li Wei').length + of('Wang Fang').length).toBe(approved.length)
    expect(desk.complaints).toEqual([])
  })

  /** A run on a machine of another name, on the same disk, that dies as by a power cut when the suspects are frozen. */
  async function leftByTheDayShift(): Promise<void> {
    const soak = ['--param', 'soak=30s', '--param', 'soak-max=30s']
    const words = ['run', 'evict-miner', ...reach(host), '--case', folder(), '--case-number', '2026-0149', ...soak]
    const by = ['--examiner', 'Li Wei', '--approve', 'all', '--attest', 'all=range host, nothing to snapshot']
    const program = [process.execPath, join(repositoryFolder, 'resources/bin/tourniquet.mjs'), ...words, ...by]
    const script = 'hostname day-laptop && exec "$@"'
    const child = spawn('unshare', ['--uts', 'sh', '-c', script, 'sh', ...program], {
      env: { ...process.env, ...homeOf(desk.home) },
      stdio: 'ignore',
    })
    const over = once(child, 'exit')
    const deadline = Date.now() + patience
    while (!linesOf(folder()).some(acted('contain/freeze'))) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error('the day shift froze nothing')
      await sleep(20)
    }
    child.kill('SIGKILL')
    await over
    expect(hostileAlive(hiddenMiner, host).map(({ state }) => state)).toEqual(['T'])
  }
})
