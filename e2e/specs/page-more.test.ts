// What responders meet beside the straight way, at the page: an account that needs sudo, indicators a customer sent, a plan nobody wants carried out, and
// more than one host in a case. Judged on the host's disk and in the journal.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { barriers, lookAt } from '../page/browser.ts'
import { atEveryWindow } from '../page/desk.ts'
import type { RangeHost } from '../range/host.ts'
import { takeBaseline, wrongAfterLook, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import { linesOf } from './chains.ts'

const patience = 90_000
/** Where the range's fake downloads come from: a job of the infected host fetches from there. */
const downloads = '203.0.113.20'

atEveryWindow('a responder with more than one host', { name: 'more' }, (desk) => {
  const began = Date.now()
  let infected: RangeHost
  let quiet: RangeHost
  let baseline: Baseline

  beforeAll(async () => {
    infected = await desk.boot(hiddenMiner)
    quiet = await desk.boot({ name: 'quiet', plant: () => Promise.resolve() })
    baseline = takeBaseline(hiddenMiner, infected)
    desk.page.setDefaultTimeout(patience)
    await desk.me.newCase({ number: '2026-0146', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
  })
  afterAll(() => {
    console.log(`the journeys beside the straight way took ${String(Math.round((Date.now() - began) / 1000))} s`)
  })

  it('becomes root by sudo, and is asked for its password', async () => {
    const { page, me } = desk
    await me.button(me.say('hosts', 'add')).first().click()
    const form = page.getByRole('dialog')
    await form.getByLabel(me.say('hosts', 'pasteLabel')).fill(`ssh -i ${quiet.rootKey} deploy@${quiet.address}`)
    await form.getByLabel(me.say('hosts', 'withSudo')).check({ force: true })
    await form.getByRole('button', { name: me.say('hosts', 'connectOne'), exact: true }).click()
    await me.button(me.say('hosts', 'keyRemember')).click()
    const password = page.getByLabel(me.say('hosts', 'sudoPassword'), { exact: true })
    await password.fill('not the password')
    await me.button(me.say('hosts', 'loginGive')).click()
    await page.getByText(me.say('hosts', 'loginAgain')).waitFor({ timeout: patience })
    await lookAt(page, 'more-sudo')
    expect(await barriers(page)).toEqual([])
    await password.fill(quiet.users.deploy.password)
    await me.button(me.say('hosts', 'loginGive')).click()
    await me.hostRow(quiet.address).getByText('deploy · sudo').waitFor({ timeout: patience })
  })

  it('takes the indicators a customer sent, and names what it does not take', async () => {
    const { page, me } = desk
    await me.goTo('settings')
    await page.getByLabel(me.say('settings', 'indicatorsSource')).fill('mail of the customer')
    await page.getByLabel(me.say('settings', 'indicatorsText'), { exact: true }).fill(`${downloads}\n10.0.0.0/8\n`)
    await me.button(me.say('settings', 'indicatorsSet')).click()
    await page.getByText(me.say('settings', 'indicatorsTaken', { n: 1 })).waitFor()
    await page.getByText('10.0.0.0/8').last().waitFor()
    await me.addHost(`ssh -i ${infected.rootKey} root@${infected.address}`)
    await me.choose(infected.address)
    await me.triage()
    const filter = page.getByLabel(me.say('findings', 'filterLabel'), { exact: true })
    await filter.fill('sysupdate')
    await page.getByRole('row').filter({ hasText: 'sysupdate' }).first().click()
    await page.getByRole('main').getByRole('article').getByText('mail of the customer').first().waitFor()
    await lookAt(page, 'more-indicator')
    await page.keyboard.press('Escape')
    await filter.clear()
  })

  it('plans without doing: every plan is there, and nothing on the host has changed', async () => {
    const { page, me } = desk
    const form = await me.openRun(/^Evict the miner/)
    await form.getByRole('radio', { name: me.say('checklist', 'approval-plan-only') }).check()
    await form.getByRole('button', { name: me.say('checklist', 'start'), exact: true }).click()
    await me.seeThrough()
    await lookAt(page, 'more-plan-only')
    expect(wrongAfterLook(baseline, infected)).toEqual([])
    const lines = linesOf(caseFolder())
    expect(lines.filter(({ type }) => type === 'planned').length).toBeGreaterThan(3)
    expect(lines.filter(({ type }) => type === 'intended')).toEqual([])
  })

  function caseFolder(): string {
    const [only] = readdirSync(desk.cases)
    return join(desk.cases, only ?? '')
  }
})
