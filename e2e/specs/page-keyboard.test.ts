// The whole way without a mouse: an expert's keys and a newcomer's Tab. Nothing here clicks; every stop shows its focus; nothing holds it.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { atEveryWindow } from '../page/desk.ts'
import { keyboardAt, type Keyboard } from '../page/keyboard.ts'
import type { Person } from '../page/person.ts'
import type { RangeHost } from '../range/host.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'

const patience = 60_000

atEveryWindow('a responder without a mouse', { name: 'keyboard' }, (desk) => {
  const bundle = join(desk.home, 'bundle.zip')
  let host: RangeHost
  let page: Page
  let me: Person
  let keys: Keyboard

  beforeAll(async () => {
    ;({ page, me } = desk)
    host = await desk.boot(hiddenMiner)
    keys = keyboardAt(page)
    await me.button(me.say('cases', 'new')).first().waitFor({ timeout: patience })
  })

  it('begins a case with N', async () => {
    expect(await keys.around()).toBeGreaterThan(3)
    await page.keyboard.press('n')
    const form = page.getByRole('dialog')
    await keys.write(form.getByRole('textbox', { name: me.say('cases', 'numberLabel') }), '2026-0145')
    await keys.write(form.getByRole('textbox', { name: me.say('cases', 'customerLabel') }), 'Hengtai Logistics')
    await keys.write(form.getByRole('textbox', { name: me.say('cases', 'examinerLabel') }), 'Li Wei')
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: me.say('checklist', 'title') }).waitFor({ timeout: patience })
    await form.waitFor({ state: 'hidden', timeout: patience })
  })

  it('adds a host with A, and answers the question about its key', async () => {
    await page.keyboard.press('a')
    const form = page.getByRole('dialog')
    await keys.write(form.getByLabel(me.say('hosts', 'pasteLabel')), `ssh -i ${host.rootKey} root@${host.address}`)
    await form.getByRole('listitem').getByText(host.address).waitFor({ timeout: patience })
    await page.keyboard.press('Control+Enter')
    const trust = me.button(me.say('hosts', 'keyRemember'))
    await trust.waitFor({ timeout: patience })
    await keys.press(trust)
    await page
      .getByText(new RegExp(me.say('hosts', 'heard').replace('{ago}', '.*')))
      .first()
      .waitFor({ timeout: patience })
  })

  it('looks at it with T and goes through the findings with the arrows', async () => {
    await page.keyboard.press('t')
    await me.button(me.say('findings', 'lookAgain')).waitFor({ timeout: patience })
    const table = page.getByRole('grid', { name: me.say('findings', 'findings') })
    await keys.to(table)
    const seen = new Set<string>()
    for (let at = 0; at < 4; at++) {
      await page.keyboard.press('ArrowDown')
      const detail = page.getByRole('main').getByRole('article')
      await detail.waitFor({ timeout: patience })
      await expect.poll(() => detail.textContent(), { timeout: patience }).not.toBe([...seen].at(-1) ?? '')
      seen.add((await detail.textContent()) ?? '')
    }
    expect(seen.size).toBe(4)
    await page.keyboard.press('Escape')
    await page.getByRole('main').getByRole('article').waitFor({ state: 'hidden', timeout: patience })
  })

  it.each([
    ['证据', 'evidence'],
    ['timeline', 'timeline'],
    ['研判', 'findings'],
  ] as const)('finds %s in the palette', async (words, screen) => {
    await page.keyboard.press('Control+k')
    const search = page.getByRole('dialog').getByRole('textbox')
    await search.waitFor({ timeout: patience })
    await page.keyboard.insertText(words)
    await page
      .getByRole('dialog')
      .getByText(me.say('frame', 'go', { screen: me.say(screen, 'title') }))
      .waitFor({ timeout: patience })
    await page.keyboard.press('Enter')
    await search.waitFor({ state: 'hidden', timeout: patience })
    await onScreen(screen)
  })

  it('has an empty palette each time it opens, and none over another window', async () => {
    const search = page.getByRole('dialog').getByRole('textbox', { name: me.say('frame', 'palette') })
    await page.keyboard.press('Control+k')
    await search.fill('something else')
    await page.keyboard.press('Escape')
    await search.waitFor({ state: 'hidden', timeout: patience })
    await page.keyboard.press('Control+k')
    await expect.poll(() => search.inputValue(), { timeout: patience }).toBe('')
    await page.keyboard.press('Control+k')
    await search.waitFor({ state: 'hidden', timeout: patience })
    await page.keyboard.press('r')
    await page.getByRole('dialog').waitFor({ timeout: patience })
    await page.keyboard.press('Control+k')
    await page.waitForTimeout(500)
    expect(await search.isVisible()).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden', timeout: patience })
  })

  it('pauses the schedulers with R, holding Enter to approve, heard even when the page is busy as Enter goes up', async () => {
    await page.keyboard.press('r')
    const form = page.getByRole('dialog')
    const pause = form.getByRole('radio', { name: /^Pause scheduled tasks/ })
    await keys.press(pause)
    await expect.poll(() => pause.getAttribute('aria-checked'), { timeout: patience }).toBe('true')
    await keys.press(form.getByRole('button', { name: me.say('checklist', 'start'), exact: true }))
    const approve = me.button(me.say('checklist', 'approve'))
    await approve.waitFor({ timeout: patience })
    await page.evaluate(makeBusy)
    await keys.hold(approve)
    await me.button(me.say('checklist', 'stop')).first().waitFor({ state: 'hidden', timeout: patience })
    expect(cron()).toBe('T')
  })

  it('puts it back with U', async () => {
    await page.keyboard.press('1')
    await onScreen('findings')
    await page.keyboard.press('u')
    const back = page.getByRole('dialog').getByRole('button', { name: me.say('checklist', 'undoDo'), exact: true })
    await back.waitFor({ timeout: patience })
    await keys.press(back)
    await expect.poll(cron, { timeout: patience }).not.toBe('T')
    await page
      .getByText(new RegExp(me.say('checklist', 'undoDone', { n: '\\d+', total: '\\d+' })))
      .first()
      .waitFor({ timeout: patience })
  })

  it('opens a shell with Ctrl Shift X, and leaves it with Ctrl Shift L', async () => {
    await page.keyboard.press('Control+Shift+X')
    await page.locator('.xterm').first().waitFor({ timeout: patience })
    await page.keyboard.type('echo typed-$((40+2))\n')
    await page.getByText('typed-42').first().waitFor({ timeout: patience })
    await page.keyboard.press('Control+Shift+L')
    await page.locator('.xterm').first().waitFor({ state: 'hidden', timeout: patience })
    await page.keyboard.press('4')
    await onScreen('timeline')
  })

  it.each([
    ['1', 'findings'],
    ['2', 'checklist'],
    ['3', 'evidence'],
    ['4', 'timeline'],
    ['5', 'report'],
    ['6', 'settings'],
  ] as const)('goes to %s, %s, and all around it with Tab', async (key, screen) => {
    await page.keyboard.press(key)
    await onScreen(screen)
    await page.waitForTimeout(500)
    expect(await keys.around()).toBeGreaterThan(10)
    await page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    })
  })

  it('writes and saves the bundle', async () => {
    await page.keyboard.press('5')
    await onScreen('report')
    await keys.press(me.button(me.say('report', 'write')))
    await page.getByText(me.say('report', 'written')).waitFor({ timeout: patience })
    const saved = page.waitForEvent('download')
    await keys.press(page.getByRole('button', { name: me.say('report', 'save'), exact: true }))
    await (await saved).saveAs(bundle)
    execFileSync('unzip', ['-tq', bundle])
  })

  async function onScreen(screen: Parameters<Person['goTo']>[0]): Promise<void> {
    await page
      .getByRole('tab', { name: me.say(screen, 'title'), exact: true, selected: true })
      .first()
      .waitFor({ timeout: patience })
  }

  /** State letter of the host's cron. */
  function cron(): string | undefined {
    return host.processes().find(({ exe, comm }) => comm === 'cron' && exe === '/usr/sbin/cron')?.state
  }
})

/** Runs in the page: from a moment after Enter went down until after it went up, nothing else is done. */
function makeBusy(): void {
  addEventListener(
    'keydown',
    ({ key }) => {
      if (key !== 'Enter') return
      setTimeout(() => {
        for (const until = performance.now() + 1200; performance.now() < until;);
      }, 100)
    },
    { capture: true },
  )
}
