// What people say of the evidence, and what becomes of it: a note and tags on an exhibit, found again after a reload; a browser that has thrown its locker
// away; a colleague who imports the bundle, takes the case over in his own name and goes on. The journal on disk is the judge.

import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { barriers, lookAt } from '../page/browser.ts'
import { stockToolsAccept } from '../page/bundle.ts'
import { atEveryWindow } from '../page/desk.ts'
import { caseDataOf } from './chains.ts'

const patience = 90_000
const note = 'the customer knows this one'
const tag = 'kunde42'

atEveryWindow('a responder at the evidence', { name: 'evidence' }, (desk) => {
  const began = Date.now()
  const bundle = (): string => join(desk.home, 'from-the-day-shift.zip')

  beforeAll(async () => {
    const { me, page } = desk
    const host = await desk.boot({ name: 'quiet', plant: () => Promise.resolve() })
    page.setDefaultTimeout(patience)
    await me.newCase({ number: '2026-0148', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
    await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
    await me.triage()
  })
  afterAll(() => {
    console.log(`the evidence took ${String(Math.round((Date.now() - began) / 1000))} s`)
  })

  it('writes what it thinks of an exhibit and tags it, and finds it by either after a reload', async () => {
    const { page, me } = desk
    await me.goTo('evidence')
    await openNotes()
    await page.getByLabel(me.say('evidence', 'noteText'), { exact: true }).fill(note)
    await page.getByRole('tabpanel').getByLabel(me.say('evidence', 'tags'), { exact: true }).first().fill(tag)
    await page.keyboard.press('Enter')
    await me.button(me.say('evidence', 'saveNote')).click()
    await page.getByText(me.say('evidence', 'noteKept')).first().waitFor()
    await page.reload()
    await me.goTo('evidence')
    for (const words of [tag, 'customer knows']) {
      await filter(words)
      await expect.poll(rows, { timeout: patience }).toBe(1)
      await table().getByText(tag).waitFor()
    }
    await openNotes()
    await expect.poll(() => page.getByLabel(me.say('evidence', 'noteText'), { exact: true }).inputValue()).toBe(note)
    await lookAt(page, 'evidence-note')
    expect(await barriers(page)).toEqual([])
    expect(noted()).toEqual([expect.objectContaining({ by: 'Li Wei', text: note, tags: [tag] })])
  })

  it('gets a lost locker back from the case folder, says meanwhile how far behind it is, and has lost nothing', async () => {
    const { page, me } = desk
    await filter('')
    await upToDate()
    await expect.poll(rows, { timeout: patience }).toBeGreaterThan(10)
    const before = await rows()
    await clearLocker()
    await page.addInitScript(keepWhatIsSaid)
    await page.reload()
    await me.goTo('evidence')
    await upToDate()
    await expect.poll(rows, { timeout: patience }).toBe(before)
    const said = await page.evaluate(() => (globalThis as { saidOfLocker?: string[] }).saidOfLocker ?? [])
    const behind = new RegExp(me.say('frame', 'lag', { n: '[\\d,]+' }))
    expect(said.filter((one) => behind.test(one) || one.includes(me.say('frame', 'chainUnchecked')))).not.toEqual([])
    await filter(tag)
    await expect.poll(rows, { timeout: patience }).toBe(1)
    await filter('')
    await me.button(me.say('evidence', 'verifyAll')).click()
    await page
      .getByText(new RegExp(me.say('evidence', 'verifiedAll', { n: '[\\d,]+' })))
      .first()
      .waitFor()
    await lookAt(page, 'evidence-rebuilt')
    expect(desk.complaints).toEqual([])
  })

  it('hands the case over as a bundle that stock tools accept', async () => {
    await desk.me.saveBundle(bundle())
    stockToolsAccept(bundle(), join(desk.home, 'unpacked'))
    await desk.me.command(desk.me.say('frame', 'closeCase'))
    renameSync(caseFolder(), join(desk.home, 'of-the-day-shift')) // the colleague's computer has neither folder nor locker
    await clearLocker()
    await desk.page.reload()
  })

  it('checks the bundle before it becomes a copy, and a copy is read only', async () => {
    const { page, me } = desk
    await me.button(me.say('cases', 'import')).first().click()
    const form = page.getByRole('dialog')
    await form.getByLabel(me.say('cases', 'orPath')).fill(bundle())
    await form.getByRole('button', { name: me.say('cases', 'look') }).click()
    await form.getByText(me.say('cases', 'verified'), { exact: true }).waitFor()
    await lookAt(page, 'evidence-import')
    expect(await barriers(page)).toEqual([])
    expect(existsSync(join(desk.cases, 'journal'))).toBe(false)
    await form.getByRole('button', { name: me.say('cases', 'importNow') }).click()
    await form.getByText(me.say('cases', 'copyLead')).waitFor()
    await lookAt(page, 'evidence-take-over')
    expect(await barriers(page)).toEqual([])
    await form.getByRole('button', { name: me.say('cases', 'copyRead') }).click()
    await me.goTo('evidence')
    await filter(tag)
    await expect.poll(rows, { timeout: patience }).toBe(1)
    await page.getByText(me.say('hosts', 'copyOfCase')).waitFor()
    expect(await page.getByLabel(me.say('hosts', 'add'), { exact: true }).count()).toBe(0)
  })

  it('takes the copy over in the name of who goes on, and goes on', async () => {
    const { page, me } = desk
    await me.button(me.say('hosts', 'takeOver')).click()
    const form = page.getByRole('dialog')
    await form.getByLabel(me.say('cases', 'copyExaminer')).fill('Wang Fang')
    await form.getByLabel(me.say('cases', 'copyReason')).fill('the night shift goes on')
    await form.getByRole('button', { name: me.say('cases', 'copyTake') }).click()
    await form.waitFor({ state: 'hidden' })
    await me.goTo('evidence')
    await upToDate()
    await filter(tag)
    await expect.poll(rows, { timeout: patience }).toBe(1)
    await openNotes()
    await page.getByLabel(me.say('evidence', 'noteText'), { exact: true }).fill('and so do we')
    await me.button(me.say('evidence', 'saveNote')).click()
    await page.getByText(me.say('evidence', 'noteKept')).first().waitFor()
    expect(caseDataOf(caseFolder(), 'case-taken-over')).toEqual([
      expect.objectContaining({
        examiner: 'Wang Fang',
        reason: expect.stringContaining('the night shift goes on') as string,
      }),
    ])
    expect(noted().map(({ by, text }) => [by, text])).toEqual([
      ['Li Wei', note],
      ['Wang Fang', 'and so do we'],
    ])
  })

  function table(): Locator {
    return desk.page.getByRole('grid', { name: desk.me.say('evidence', 'title') })
  }

  async function rows(): Promise<number> {
    return Number(await table().getAttribute('aria-rowcount')) - 1
  }

  function filter(words: string): Promise<void> {
    return desk.page.getByLabel(desk.me.say('evidence', 'filterLabel')).fill(words)
  }

  async function openNotes(): Promise<void> {
    await table().getByRole('row').nth(1).click()
    await desk.page.getByRole('tab', { name: desk.me.say('evidence', 'notes'), exact: true }).click()
  }

  async function upToDate(): Promise<void> {
    await desk.page
      .getByRole('status')
      .filter({ hasText: desk.me.say('frame', 'upToDate') })
      .waitFor()
  }

  async function clearLocker(): Promise<void> {
    const { page } = desk
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' })
  }

  function caseFolder(): string {
    const [only] = readdirSync(desk.cases)
    return join(desk.cases, only ?? '')
  }

  function noted(): readonly Readonly<Record<string, unknown>>[] {
    return caseDataOf(caseFolder(), 'exhibit-noted')
  }
})

/** Runs in the page before anything of it: keeps every word the bar below says of the locker. */
function keepWhatIsSaid(): void {
  const kept = globalThis as { saidOfLocker?: string[] }
  kept.saidOfLocker = []
  setInterval(() => {
    const now = document.querySelector('footer [role=status]')?.textContent ?? ''
    if (now !== '' && kept.saidOfLocker?.at(-1) !== now) kept.saidOfLocker?.push(now)
  }, 10)
}
