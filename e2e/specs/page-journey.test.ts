// The whole way of a responder who has never seen the workbench, at the real page, on a real host: from "the server is slow" to a bundle that other people's
// tools accept. Everything that matters is judged from outside: on the host's disk, in the downloaded file.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { barriers, lookAt } from '../page/browser.ts'
import { stockToolsAccept } from '../page/bundle.ts'
import { atEveryWindow } from '../page/desk.ts'
import { flooded } from '../page/flood.ts'
import { overflow } from '../page/inert.ts'
import { personAt, type Person } from '../page/person.ts'
import type { RangeHost } from '../range/host.ts'
import { takeBaseline, wrongAfterEviction, wrongAfterLook, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'

const soak = '30s'

atEveryWindow('a responder at the page', { name: 'journey' }, (desk) => {
  const bundle = join(desk.home, 'bundle.zip')
  let host: RangeHost
  let baseline: Baseline
  let page: Page
  let me: Person

  beforeAll(async () => {
    ;({ page, me } = desk)
    host = await desk.boot(hiddenMiner)
    baseline = takeBaseline(hiddenMiner, host)
  })

  it('opens the one link, and begins a case', async () => {
    await me.button(me.say('cases', 'new')).first().waitFor()
    expect(await barriers(page)).toEqual([])
    await me.newCase({ number: '2026-0142', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
    expect(page.url()).not.toContain('#') // the token is gone from the bar and the history
    await page.getByText('Hengtai Logistics').first().waitFor()
  })

  it('adds the host by what one would type in a shell, and compares its key', async () => {
    await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
  })

  it('sees what is wrong without anything being written to the host', async () => {
    await me.triage()
    await page.getByText('lab_kworkd').first().waitFor()
    await lookAt(page, 'journey-triage')
    expect(await barriers(page)).toEqual([])
    expect(wrongAfterLook(baseline, host)).toEqual([])
  })

  it('runs the eviction, approving each plan; a page that is loaded anew in the middle goes on where it was', async () => {
    const steps: string[] = []
    await me.startRun('Evict the miner', {
      'How long everything must stay as cleaned': soak,
      'How far the soak may be lengthened to cover what revives it': soak,
    })
    await me.seeThrough({
      seen: async (title) => {
        steps.push(title)
        if (title === 'Freeze the whole set') {
          expect(await barriers(page)).toEqual([])
          await page.reload()
          await me.button(me.say('checklist', 'approve')).waitFor()
        }
      },
    })
    expect(steps).toEqual(
      expect.arrayContaining([
        'Make a snapshot of the disks',
        'Pause the schedulers',
        'Freeze the whole set',
        'Kill what was frozen',
      ]),
    )
    await lookAt(page, 'journey-evicted')
    expect(wrongAfterEviction(baseline, host)).toEqual([])
  })

  it('has a shell of its own below, recorded, that stops a flood at Ctrl-C', async () => {
    await me.button(me.say('terminal', 'open', { host: host.name })).click()
    const shell = page.locator('.xterm').first()
    await shell.waitFor()
    await page.keyboard.type('echo visited-$((40+2))\n')
    await page.getByText('visited-42').first().waitFor()
    const { clicks, felt, prompt, heap } = await flooded(me, 3)
    console.log(
      `yes for 3 s: clicks ${clicks.map((ms) => ms.toFixed(0)).join(', ')} ms; ^C ${felt.toFixed(0)} ms, prompt ${String(prompt)} ms; heap ${heap.map((mib) => mib.toFixed(0)).join(', ')} MiB`,
    )
    expect(host.processes().filter(({ comm }) => comm === 'yes')).toEqual([])
    await page.keyboard.type('exit\n')
    await page.getByText(me.say('terminal', 'ended')).waitFor()
  })

  it('puts a step back, hostile things too when that is typed', async () => {
    const payload = '/var/tmp/.lab_cache/lab_kworkd'
    expect(existsSync(join(host.dir, payload))).toBe(false)
    await me.goTo('checklist')
    await me.button(me.say('checklist', 'undoOf', { what: 'Quarantine the payload' })).click()
    const form = page.getByRole('dialog')
    await form.getByRole('switch', { name: me.say('checklist', 'undoHostileToo') }).check({ force: true })
    const word = me.say('checklist', 'undoWord')
    await form.getByLabel(me.say('checklist', 'undoConfirm', { word })).fill(word)
    await form.getByRole('button', { name: me.say('checklist', 'undoDo') }).click()
    await page.getByText(me.say('checklist', 'undoDone', { n: 2, total: 2 })).waitFor({ timeout: 120_000 })
    expect(existsSync(join(host.dir, payload))).toBe(true)
    await lookAt(page, 'journey-undone')
    await me.goTo('findings')
    await page.getByText(me.say('findings', 'putBackSince')).waitFor()
    await lookAt(page, 'journey-undone-triage')
    expect(await page.getByText('Clean', { exact: true }).count()).toBe(0)
  })

  it.each(['evidence', 'timeline', 'report', 'settings'] as const)('shows %s without a barrier', async (screen) => {
    await me.goTo(screen)
    await page.waitForTimeout(800)
    await lookAt(page, `journey-${screen}`)
    expect(await barriers(page)).toEqual([])
  })

  it('writes the bundle from the locker, and saves it', async () => {
    await me.saveBundle(bundle)
    await me.button(me.say('report', 'verify')).first().click()
    await page.getByText(me.say('report', 'intactUnproven')).first().waitFor({ timeout: 60_000 })
  })

  it('is accepted by unzip, sha256sum, ssh-keygen and the verify.sh inside', () => {
    stockToolsAccept(bundle, join(desk.home, 'unpacked'))
  })

  it('shows every screen in both languages and both themes, without a barrier or anything beyond the edge', async () => {
    const found: string[] = []
    for (const language of ['en', 'zh-CN'] as const) {
      for (const theme of ['dark', 'light'] as const) {
        const here = personAt(page, language)
        for (const screen of ['findings', 'checklist', 'evidence', 'timeline', 'report', 'settings'] as const) {
          await here.goTo(screen)
          await page.waitForTimeout(700)
          await lookAt(page, `${screen}-${language}-${theme}`)
          found.push(...(await barriers(page)).map((one) => `${screen} ${language} ${theme}: ${one}`))
          const wider = await overflow(page)
          if (wider > 0) found.push(`${screen} ${language} ${theme}: ${String(wider)} pixels wider than the window`)
        }
        await page.getByTitle(here.say('frame', 'switchTheme')).click()
      }
      await page.getByTitle(personAt(page, language).say('frame', 'switchLanguage')).click()
    }
    expect(found).toEqual([])
  })

  it('wrote nothing to the console that is not in order', () => {
    expect(desk.complaints).toEqual([])
  })
})
