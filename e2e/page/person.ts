// A responder at the page, in either language: what people do, by the words they read. Everything is found by role and name, as a screen reader finds it.

import type { Locator, Page } from 'playwright-core'
import { en } from '../../renderer/i18n/en/index.ts'
import { zhCn } from '../../renderer/i18n/zh-cn/index.ts'

type Words = typeof en
export type Language = 'en' | 'zh-CN'

export interface Person {
  readonly page: Page
  /** the words of a room, with `{name}` filled in */
  say<R extends keyof Words>(
    room: R,
    key: keyof Words[R] & string,
    params?: Readonly<Record<string, string | number>>,
  ): string
  button(name: string | RegExp): Locator
  newCase(about: { readonly number: string; readonly customer: string; readonly examiner: string }): Promise<void>
  /** Pastes what one would type in a shell, connects, compares the key. */
  addHost(ssh: string): Promise<void>
  /** Answers the question about a key that is not known yet, and waits until the host has been heard. */
  trustAndHear(): Promise<void>
  /** The row of a host, by how it was dialled. */
  hostRow(address: string): Locator
  /** Has the host looked at. */
  choose(address: string): Promise<void>
  /** Opens the window that starts a run, with this playbook chosen in it. */
  openRun(playbook: RegExp): Promise<Locator>
  goTo(screen: 'findings' | 'checklist' | 'evidence' | 'timeline' | 'report' | 'settings'): Promise<void>
  /** Has the palette do what is called so. */
  command(label: string): Promise<void>
  /** Looks at the chosen host and waits for its verdict. */
  triage(): Promise<void>
  startRun(playbook: string, params: Readonly<Record<string, string>>): Promise<void>
  /**
   * Answers and approves whatever the run asks until nothing works any more; `seen` is told of every step that needed the person. `enough` ends it
   * before that, between two answers.
   */
  seeThrough(options?: {
    readonly seen?: (title: string) => Promise<void>
    readonly enough?: () => boolean
    readonly limit?: number
  }): Promise<void>
  /** Writes the bundle on the report screen and saves the download there. */
  saveBundle(to: string): Promise<void>
  /** Holds a button for as long as it wants to be held. */
  hold(button: Locator): Promise<void>
}

/** Milliseconds; the button wants 700. */
const holdFor = 900
/** Milliseconds from the end of a hold until its question is gone, and how often a person tries before giving up. */
const takenWithin = 15_000
const mostHolds = 4

export function personAt(page: Page, language: Language = 'en'): Person {
  const words: { readonly [R in keyof Words]: Readonly<Record<string, string>> } = language === 'en' ? en : zhCn
  const say: Person['say'] = (room, key, params = {}) =>
    (words[room][key] ?? key).replace(/\{([\w-]+)\}/g, (_, name: string) => String(params[name] ?? `{${name}}`))
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name })
  const hold = async (to: Locator): Promise<void> => {
    await to.focus()
    await page.keyboard.down('Enter')
    await page.waitForTimeout(holdFor)
    await page.keyboard.up('Enter')
  }
  const self: Person = {
    page,
    say,
    button,
    hold,
    async newCase({ number, customer, examiner }) {
      await button(say('cases', 'new')).first().click()
      const form = page.getByRole('dialog')
      await form.getByRole('textbox', { name: say('cases', 'numberLabel') }).fill(number)
      await form.getByRole('textbox', { name: say('cases', 'customerLabel') }).fill(customer)
      await form.getByRole('textbox', { name: say('cases', 'examinerLabel') }).fill(examiner)
      await form.getByRole('button', { name: say('cases', 'create') }).click()
      await page.getByRole('tab', { name: say('checklist', 'title') }).waitFor()
      await form.waitFor({ state: 'hidden' })
    },
    async addHost(ssh) {
      await button(say('hosts', 'add')).first().click()
      const form = page.getByRole('dialog')
      await form.getByLabel(say('hosts', 'pasteLabel')).fill(ssh)
      await form.getByRole('button', { name: say('hosts', 'connectOne'), exact: true }).click()
      await self.trustAndHear()
    },
    async trustAndHear() {
      await button(say('hosts', 'keyRemember')).click()
      await page
        .getByText(new RegExp(say('hosts', 'heard').replace('{ago}', '.*')))
        .first()
        .waitFor()
    },
    hostRow: (address) => page.getByRole('listitem').filter({ hasText: address }).first(),
    async choose(address) {
      await self.hostRow(address).getByRole('button').first().click()
    },
    async openRun(playbook) {
      await page.getByRole('main').focus()
      await page.keyboard.press('r')
      const form = page.getByRole('dialog')
      await form.getByRole('radio', { name: playbook }).click()
      return form
    },
    async goTo(screen) {
      await page.getByRole('tab', { name: say(screen, 'title') }).click()
    },
    async command(label) {
      await page.keyboard.press('Control+k')
      const palette = page.getByRole('dialog')
      await palette.getByRole('textbox').fill(label)
      await palette.getByText(label, { exact: true }).first().waitFor()
      await page.keyboard.press('Enter')
      await palette.waitFor({ state: 'hidden' })
    },
    async triage() {
      await self.goTo('findings')
      const look = button(new RegExp(`^(${say('findings', 'look')}|${say('findings', 'lookAgain')})$`)).first()
      await look.click()
      await button(say('findings', 'lookAgain')).waitFor({ timeout: 120_000 })
    },
    async startRun(playbook, params) {
      await button(say('checklist', 'cardStart', { playbook })).click()
      const form = page.getByRole('dialog')
      for (const [name, value] of Object.entries(params)) await form.getByLabel(name).fill(value)
      await form.getByRole('button', { name: say('checklist', 'start'), exact: true }).click()
    },
    async seeThrough({ seen = () => Promise.resolve(), enough = () => false, limit = 400_000 } = {}) {
      const deadline = Date.now() + limit
      const stop = button(say('checklist', 'stop')).first()
      const answer = button(say('checklist', 'attestSend'))
      const approve = button(say('checklist', 'approve'))
      const elsewhere = button(say('checklist', 'noticeShow')).first()
      await stop.waitFor({ timeout: 120_000 })
      while (Date.now() < deadline) {
        if (enough()) return
        if (await answer.isVisible()) {
          await seen(await title())
          await page.getByLabel(say('checklist', 'attestText')).fill('snap-0142, taken by the customer')
          await answer.click()
          await answer.waitFor({ state: 'hidden' })
        } else if (await approve.isVisible()) {
          await seen(await title())
          const typed = page.getByLabel(typeWords(say))
          if (await typed.isVisible()) await typed.fill(say('checklist', 'verb-kill'))
          const asked = await planAsked()
          await hold(approve)
          for (let since = Date.now(), times = 1; (await approve.isVisible()) && (await planAsked()) === asked;) {
            await page.waitForTimeout(50)
            if (Date.now() - since < takenWithin) continue
            if (++times > mostHolds) throw new Error('an approval that was held was not taken')
            console.log(`held again: ${await title()}`)
            await hold(approve)
            since = Date.now()
          }
        } else if (await elsewhere.isVisible())
          await elsewhere.click({ timeout: 2_000 }).catch(() => null) // gone again: what it showed the way to is here
        else if (!(await stop.isVisible())) return
        else await page.waitForTimeout(400)
      }
      throw new Error('the run did not end in time')
    },
    async saveBundle(to) {
      await self.goTo('report')
      await button(say('report', 'write')).click()
      await page.getByText(say('report', 'written')).waitFor({ timeout: 120_000 })
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: say('report', 'save'), exact: true }).click(),
      ])
      await download.saveAs(to)
    },
  }
  /** The plan that waits, by its digest as shown: the next one may be there in the blink after one was approved. */
  const planAsked = async (): Promise<string | null> => {
    const [digest = null] = await page.getByText(/^sha256:[0-9a-f]{4}…[0-9a-f]{4}$/).allTextContents()
    return digest
  }
  const title = async (): Promise<string> =>
    (await page.getByRole('main').getByRole('heading', { level: 1 }).textContent()) ?? ''
  return self
}

function typeWords(say: Person['say']): RegExp {
  return new RegExp(say('checklist', 'irreversibleType').replace('{word}', '.*').replace(/[“”]/g, '.'))
}
