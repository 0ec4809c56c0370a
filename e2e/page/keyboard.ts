// A responder without a mouse: Tab, arrows, Enter, letters. Every stop must show that it has the focus, and Tab must lead on from everywhere.

/// <reference lib="dom" />
import type { Frame, Locator, Page } from 'playwright-core'

export interface Keyboard {
  /** Tabs until the target has the focus. Throws when it cannot be reached, or when a stop on the way does not show its focus. */
  to(target: Locator): Promise<void>
  /** Tabs to the target and presses Enter on it. */
  press(target: Locator): Promise<void>
  /** Tabs to the target and replaces what it holds by the text. */
  write(target: Locator, text: string): Promise<void>
  /** Tabs to the target and holds Enter for as long as a hold button wants it. */
  hold(target: Locator): Promise<void>
  /** Tabs once around the whole page and returns how many stops it has. Throws when Tab gets stuck or a stop does not show its focus. */
  around(): Promise<number>
}

/** Stops of one screen; no screen has nearly as many. */
const most = 300
/** Milliseconds; a hold button wants 700. */
const holdFor = 900

export function keyboardAt(page: Page): Keyboard {
  const tab = async (): Promise<string> => {
    await page.keyboard.press('Tab')
    // colours fade in: what does not show at once may show in a moment
    for (let tries = 20; ; tries--) {
      const { stop, shows } = await (await focused(page)).evaluate(atStop)
      if (shows) return stop
      if (tries === 0) throw new Error(`has the focus and does not show it: ${stop}`)
      await page.waitForTimeout(100)
    }
  }
  const self: Keyboard = {
    async to(target) {
      await target.waitFor({ state: 'attached' })
      const stops: string[] = []
      while (stops.length < most) {
        if (await target.evaluate((element) => element === document.activeElement)) return
        stops.push(await tab())
      }
      throw new Error(`Tab does not lead to ${String(target)}: ${[...new Set(stops)].join(' → ')}`)
    },
    async press(target) {
      await self.to(target)
      await page.keyboard.press('Enter')
    },
    async write(target, text) {
      await self.to(target)
      await page.keyboard.press('Control+a')
      await page.keyboard.insertText(text)
    },
    async hold(target) {
      await self.to(target)
      await page.keyboard.down('Enter')
      await page.waitForTimeout(holdFor)
      await page.keyboard.up('Enter')
    },
    async around() {
      for (const frame of page.frames())
        await frame.evaluate(() => {
          for (const element of document.querySelectorAll('[data-tabbed]')) element.removeAttribute('data-tabbed')
        })
      for (let stops = 0, last = ''; stops < most; stops++) {
        const stop = await tab()
        const again = await (
          await focused(page)
        ).evaluate(() => {
          const at = document.activeElement
          const before = at?.hasAttribute('data-tabbed') === true
          at?.setAttribute('data-tabbed', '')
          return before
        })
        if (again && stop === last) throw new Error(`Tab does not leave ${stop}`)
        if (again) return stops
        last = stop
      }
      throw new Error('Tab never comes around')
    },
  }
  return self
}

/** The document that has the focus: the page, or a frame in it, which shows the focus by itself. */
async function focused(page: Page): Promise<Frame> {
  if (!(await page.evaluate(() => document.activeElement instanceof HTMLIFrameElement))) return page.mainFrame()
  for (const frame of page.frames().slice(1))
    if (await frame.evaluate(() => document.activeElement !== null && document.activeElement !== document.body))
      return frame
  return page.mainFrame()
}

/** Runs in the page: what has the focus, and whether anybody could see that: an outline, a shadow or colours it has only now. */
function atStop(): { readonly stop: string; readonly shows: boolean } {
  const at = document.activeElement
  if (!(at instanceof HTMLElement || at instanceof SVGElement) || at === document.body)
    return { stop: 'the window', shows: true }
  const name = at.getAttribute('aria-label') ?? at.textContent.slice(0, 40)
  const stop = `<${at.tagName.toLowerCase()} role=${at.getAttribute('role') ?? ''} class=${at.getAttribute('class') ?? ''}> ${name}`
  if (at.closest('.xterm') !== null) return { stop, shows: at.closest('.xterm')?.classList.contains('focus') === true }
  // what is drawn for it may be its neighbour (the label of a hidden radio button) or its frame
  const drawn = [at, at.nextElementSibling, at.parentElement, at.parentElement?.parentElement ?? null].filter(
    (one) => one !== null,
  )
  const framed = drawn.some((one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
  })
  if (framed) return { stop, shows: true }
  const twin = at.cloneNode(false) as Element
  twin.removeAttribute('id')
  at.after(twin)
  const colours = (one: Element): string => {
    const { backgroundColor, borderTopColor, borderBottomColor, color } = getComputedStyle(one)
    return [backgroundColor, borderTopColor, borderBottomColor, color].join()
  }
  const shows = colours(twin) !== colours(at)
  twin.remove()
  return { stop, shows }
}
