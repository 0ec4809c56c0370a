// A terminal under `yes`: whether the page still answers, draws and forgets while a host shouts, and how soon Ctrl-C is felt. Everything is timed in the page,
// where a person would feel it; what it costs in memory is read from outside.

/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import type { Person } from './person.ts'

export interface Flood {
  /** milliseconds from each click on another screen to its being there, in the order they were made */
  readonly clicks: readonly number[]
  /** milliseconds between two frames, half of all and the longest */
  readonly frame: { readonly median: number; readonly longest: number }
  /** MiB of live objects of the page's JavaScript: before, and after each click */
  readonly heap: readonly number[]
  /** milliseconds from Ctrl-C to the echo of it being drawn */
  readonly felt: number
  /** milliseconds from Ctrl-C to the answer of a command typed after it */
  readonly prompt: number
}

/** Milliseconds between two clicks. */
const clickEvery = 2500
const patience = 60_000

/**
 * Floods the terminal that has the keyboard, for so many seconds, going to and fro between two screens, and ends it by Ctrl-C. `look` is called after each
 * click. Rejects when the page does not answer.
 */
export async function flooded(me: Person, seconds: number, look: () => void = () => undefined): Promise<Flood> {
  const { page } = me
  const heap = [await liveHeap(page)]
  const clicks: number[] = []
  await page.keyboard.type('yes tourniquet-flood\n')
  await page.locator('.xterm-rows').first().getByText('tourniquet-flood').nth(3).waitFor({ timeout: patience })
  await page.evaluate(watchFrames)
  const end = Date.now() + seconds * 1000
  for (let at = 0; Date.now() < end; at++) {
    clicks.push(await clickOn(page, me.say(at % 2 === 0 ? 'findings' : 'checklist', 'title')))
    heap.push(await liveHeap(page))
    look()
    await page.waitForTimeout(Math.max(0, Math.min(clickEvery, end - Date.now())))
  }
  const frame = await page.evaluate(framesWatched)
  await page.locator('.xterm-helper-textarea').first().focus()
  await page.evaluate(watchInterrupt, '^C')
  const before = Date.now()
  await page.keyboard.press('Control+c')
  const felt = await page.evaluate(interruptShown)
  await page.keyboard.type('echo after-$((6*7))\n')
  await page.getByText('after-42').first().waitFor({ timeout: patience })
  return { clicks, frame, heap, felt, prompt: Date.now() - before }
}

/** MiB of what the page's JavaScript holds when it has forgotten all it can. */
export async function liveHeap(page: Page): Promise<number> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  await cdp.detach()
  return usedSize / 1024 / 1024
}

/** The middle one of some figures; NaN of none. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}

/** Milliseconds from the click on a tab to the first frame in which it is the chosen one. The click itself is made in the page, so that no tool's pace is measured. */
function clickOn(page: Page, tab: string): Promise<number> {
  return page.evaluate(
    ([name, limit]) =>
      new Promise<number>((resolve, reject) => {
        const found = [...document.querySelectorAll<HTMLElement>('[role=tab]')].find(
          (one) => one.textContent.trim().startsWith(name) || one.getAttribute('aria-label') === name,
        )
        if (found === undefined) {
          reject(new Error(`no tab ${name}`))
          return
        }
        const began = performance.now()
        // as a finger does: an event in the queue, behind whatever the page is busy with
        setTimeout(() => {
          found.click()
        })
        const look = (): void => {
          const took = performance.now() - began
          if (found.getAttribute('aria-selected') === 'true') resolve(took)
          else if (took > limit) reject(new Error(`${name} is not there after ${String(limit)} ms`))
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
    [tab, patience] as const,
  )
}

/** Runs in the page. */
function watchFrames(): void {
  const times: number[] = []
  Object.assign(globalThis, { tqFrames: times })
  let last = performance.now()
  const step = (now: number): void => {
    times.push(now - last)
    last = now
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}

/** Runs in the page. */
function framesWatched(): { readonly median: number; readonly longest: number } {
  const { tqFrames } = globalThis as unknown as { readonly tqFrames: readonly number[] }
  const sorted = [...tqFrames].sort((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 }
}

/** Runs in the page, before the key is pressed: from then on the terminal is watched until it shows the text, at most a minute. */
function watchInterrupt(text: string): void {
  const shown = new Promise<number>((resolve, reject) => {
    addEventListener(
      'keydown',
      ({ key }) => {
        if (key !== 'c') return
        const began = performance.now()
        const look = (): void => {
          const took = performance.now() - began
          if (document.querySelector('.xterm-rows')?.textContent.includes(text) === true) resolve(took)
          else if (took > 60_000) reject(new Error(`${text} is not shown`))
          else requestAnimationFrame(look)
        }
        look()
      },
      { capture: true },
    )
  })
  Object.assign(globalThis, { tqInterrupt: shown })
}

/** Runs in the page: milliseconds from the key to the text. */
function interruptShown(): Promise<number> {
  return (globalThis as unknown as { readonly tqInterrupt: Promise<number> }).tqInterrupt
}
