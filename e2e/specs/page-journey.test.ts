// The whole way of a responder who has never seen the workbench, at the real page, on a real host: from "the server is slow" to a bundle that other people's
// tools accept. Everything that matters is judged from outside: on the host's disk, in the downloaded file.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { barriers, browserUnavailable, lookAt, openBrowser } from '../page/browser.ts'
import { overflow } from '../page/inert.ts'
import { personAt, type Person } from '../page/person.ts'
import { startServer, type Server } from '../page/server.ts'
import { bootHost, type RangeHost } from '../range/host.ts'
import { ensureTools, rangeUnavailable } from '../range/machine.ts'
import { takeBaseline, wrongAfterEviction, wrongAfterLook, type Baseline } from '../range/scenarios/baseline.ts'
import { demonstration } from '../range/scenarios/demonstration.ts'
import { workFolder } from './tourniquet.ts'

const unavailable = browserUnavailable() ?? rangeUnavailable()
if (unavailable === null) ensureTools()

const soak = '30s'

describe.skipIf(unavailable !== null)(
  `a responder at the page${unavailable === null ? '' : ` (skipped: ${unavailable})`}`,
  () => {
    const home = workFolder()
    const bundle = join(home, 'bundle.zip')
    let host: RangeHost
    let baseline: Baseline
    let server: Server
    let close: () => Promise<void> = () => Promise.resolve()
    let page: Page
    let me: Person
    let complaints: readonly string[] = []

    beforeAll(async () => {
      host = await bootHost({ scenario: demonstration.name })
      await demonstration.plant(host)
      baseline = takeBaseline(demonstration, host)
      server = await startServer(home)
      const browser = await openBrowser({ profile: join(home, 'profile') })
      close = () => browser.context.close()
      complaints = browser.complaints
      page = browser.page
      me = personAt(page)
    })
    afterAll(async () => {
      await close()
      await server.stop()
      host.close()
      rmSync(home, { recursive: true, force: true })
    })

    it('opens the one link, and begins a case', async () => {
      await page.goto(server.url)
      await me.button(me.say('cases', 'new')).first().waitFor()
      expect(await barriers(page)).toEqual([])
      await me.newCase({ number: '2026-0142', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
      expect(page.url()).not.toContain('#') // the token is gone from the bar and the history
      await page.getByText('Hengtai Logistics').first().waitFor()
    })

    it('adds the host by what one would type in a shell, and compares its key', async () => {
      await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
      await page
        .getByText(new RegExp(me.say('hosts', 'heard').replace('{ago}', '.*')))
        .first()
        .waitFor()
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
      await me.startRun('Evict the miner', { 'How long everything must stay as cleaned': soak })
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
      await page.keyboard.type('yes tourniquet-flood\n')
      await page.waitForTimeout(3000)
      const before = Date.now()
      await page.keyboard.press('Control+c')
      await page.keyboard.type('echo after-$((6*7))\n')
      await page.getByText('after-42').first().waitFor()
      console.log(`yes for 3 s: prompt back ${String(Date.now() - before)} ms after Ctrl-C`)
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
    })

    it.each(['evidence', 'timeline', 'report', 'settings'] as const)('shows %s without a barrier', async (screen) => {
      await me.goTo(screen)
      await page.waitForTimeout(800)
      await lookAt(page, `journey-${screen}`)
      expect(await barriers(page)).toEqual([])
    })

    it('writes the bundle from the locker, and saves it', async () => {
      await me.goTo('report')
      await me.button(me.say('report', 'write')).click()
      await page.getByText(me.say('report', 'written')).waitFor({ timeout: 120_000 })
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: me.say('report', 'save'), exact: true }).click(),
      ])
      await download.saveAs(bundle)
      await me.button(me.say('report', 'verify')).first().click()
      await page.getByText(me.say('report', 'intactUnproven')).first().waitFor({ timeout: 60_000 })
    })

    it('is accepted by unzip, sha256sum, ssh-keygen and the verify.sh inside', () => {
      execFileSync('unzip', ['-tq', bundle])
      const out = join(home, 'unpacked')
      mkdirSync(out)
      execFileSync('unzip', ['-q', bundle, '-d', out])
      const folder = join(out, execFileSync('ls', [out]).toString().trim())
      expect(execFileSync('sh', [join(folder, 'verify.sh')], { cwd: folder }).toString()).toMatch(/OK|intact|good/i)
      execFileSync('sha256sum', ['--quiet', '-c', 'manifest-sha256.txt'], { cwd: folder })
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
      expect(complaints).toEqual([])
    })
  },
)
