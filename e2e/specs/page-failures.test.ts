// What goes wrong at the page, in Chinese throughout: the program dies by a power cut in the middle of an eviction, the network dies during the watch. The
// responder goes on each time from where it was. Judged on the host's disk and in the journal, never by what the product says of itself.

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { barriers, lookAt } from '../page/browser.ts'
import { atEveryWindow } from '../page/desk.ts'
import { englishOn, wordsOn } from '../page/language.ts'
import type { Person } from '../page/person.ts'
import type { RangeHost } from '../range/host.ts'
import { takeBaseline, wrongAfterEviction, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import { hostileAlive } from '../range/scenarios/scenario.ts'
import { acted, actedTwice, cutLinks, linesOf, quarantinedTwice, started } from './chains.ts'

/** A machine under load takes its time; nothing here waits longer. */
const patience = 120_000

atEveryWindow('a responder whose tools fail, in Chinese', { name: 'failures', language: 'zh-CN' }, (desk) => {
  let host: RangeHost
  let baseline: Baseline
  let page: Page
  let me: Person

  beforeAll(async () => {
    ;({ page, me } = desk)
    host = await desk.boot(hiddenMiner)
    execFileSync('sync')
    baseline = takeBaseline(hiddenMiner, host)
  })

  it('speaks Chinese from the first screen to the verdict', async () => {
    await me.button(me.say('cases', 'new')).first().waitFor({ timeout: patience })
    await speaksChinese()
    await me.newCase({ number: '2026-0143', customer: '恒泰物流', examiner: '李伟' })
    await speaksChinese()
    await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
    await me.triage()
    await page.getByText('lab_kworkd').first().waitFor()
    await speaksChinese()
    expect(await barriers(page)).toEqual([])
  })

  it('says that the program is lost when it dies in mid-run', async () => {
    await me.startRun('清除挖矿木马', { 清除后需保持不变的时间: '30s', 为覆盖复活周期而延长观察的上限: '30s' })
    const frozen = (): boolean => linesOf(caseFolder()).some(acted('contain/freeze'))
    await me.seeThrough({ enough: frozen, seen: () => speaksChinese() })
    expect(frozen()).toBe(true)
    await desk.kill()
    await page.getByRole('status').getByText(me.say('frame', 'lost')).waitFor({ timeout: patience })
    await speaksChinese()
    expect(hostileAlive(hiddenMiner, host).map(({ state }) => state)).toEqual(['T'])
  })

  it('lets the same browser in again by the new link, and goes on to the watch from where the run was', async () => {
    await desk.again()
    ;({ page, me } = desk)
    await me.button(me.say('cases', 'openCase', { number: '2026-0143' })).click({ timeout: patience })
    await connectAgain()
    await goOn()
    await me.seeThrough({ enough: soaking })
    expect(linesOf(caseFolder()).filter(acted('contain/freeze'))).toHaveLength(1)
  })

  it('says why the link was lost when the network dies during the watch, keeps the place and goes on', async () => {
    expect(linesOf(caseFolder()).some(({ type, data }) => type === 'step-ended' && data['step'] === 'soak')).toBe(false)
    cutLinks(host)
    const lost = page
      .getByRole('main')
      .getByText(me.say('checklist', 'linkLost', { host: host.name }))
      .first()
    await lost.waitFor({ timeout: patience })
    await page.getByRole('alert').getByText('link-lost').first().waitFor({ timeout: patience })
    await lookAt(page, 'failures-link-lost-zh')
    await speaksChinese()
    expect(await barriers(page)).toEqual([])
    const place = await step()
    await me.button(me.say('hosts', 'reconnect')).first().click()
    await me.button(me.say('checklist', 'resume')).first().waitFor({ timeout: patience })
    expect(await step()).toBe(place)
    await goOn()
    await me.seeThrough()
    await lookAt(page, 'failures-evicted-zh')
    await speaksChinese()
  })

  it('has evicted the miner, with nothing done twice and nothing else touched', () => {
    expect(actedTwice(caseFolder())).toEqual([])
    expect(quarantinedTwice(host)).toEqual([])
    expect(wrongAfterEviction(baseline, host)).toEqual([])
  })

  it.each(['findings', 'checklist', 'evidence', 'timeline', 'report', 'settings'] as const)(
    'speaks Chinese on %s',
    async (screen) => {
      await me.goTo(screen)
      await page.waitForTimeout(800)
      await lookAt(page, `failures-${screen}-zh`)
      await speaksChinese()
      expect(await barriers(page)).toEqual([])
    },
  )

  function caseFolder(): string {
    const [only] = readdirSync(desk.cases)
    return join(desk.cases, only ?? '')
  }

  function soaking(): boolean {
    return linesOf(caseFolder()).some(started('soak'))
  }

  async function speaksChinese(): Promise<void> {
    expect(await englishOn(page)).toEqual([])
    expect((await wordsOn(page)).some((word) => /\p{Script=Han}{4}/u.test(word))).toBe(true)
  }

  async function connectAgain(): Promise<void> {
    await page
      .getByRole('button', { name: me.say('hosts', 'connect'), exact: true })
      .first()
      .click({ timeout: patience })
    await me.button(me.say('checklist', 'resume')).first().waitFor({ timeout: patience })
  }

  /** Goes on, and waits until the run works again. */
  async function goOn(): Promise<void> {
    await me.goTo('checklist')
    await me.button(me.say('checklist', 'resume')).first().click()
  }

  /** The step that is open in the middle. */
  async function step(): Promise<string | null> {
    return page.getByRole('main').getByRole('heading', { level: 1 }).textContent()
  }
})
