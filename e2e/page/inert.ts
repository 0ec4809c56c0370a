// Whether text of a host stays text: nothing of it became an element, nothing of it is obeyed by the screen, nothing of it hides.

/// <reference lib="dom" />
import type { Frame, Page } from 'playwright-core'

/** A word that stands in everything hostile a test plants. */
export const marker = 'tqhostile'

/**
 * What a screen must never obey or hide, as it would stand in a text of the page: controls but for our own line breaks, bidi overrides and isolates,
 * zero-width and other format characters, and the character that stands for broken UTF-8.
 */
const obeyed =
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufffd]'

/** What of hostile text came alive on this page and in its frames, one line each. Empty when it is inert. */
export async function alive(page: Page): Promise<readonly string[]> {
  const found = await Promise.all(page.frames().map((frame) => aliveIn(frame)))
  return found.flat()
}

async function aliveIn(frame: Frame): Promise<readonly string[]> {
  return frame.evaluate(
    ({ marker, obeyed }) => {
      const bad = new RegExp(obeyed)
      const shown = (text: string): string =>
        JSON.stringify(text.slice(0, 200)).replaceAll(/[^\x20-\x7e]/g, (c) => `<${c.charCodeAt(0).toString(16)}>`)
      const lines: string[] = []
      for (const element of document.querySelectorAll('*')) {
        const active = element.matches('script, img, iframe, object, embed, svg, a, link, form, style, base, meta')
        for (const { name, value } of element.attributes) {
          if (bad.test(value)) lines.push(`${element.tagName} ${name}: ${shown(value)}`)
          if (name.startsWith('on')) lines.push(`${element.tagName} has ${name}`)
          if (active && value.includes(marker) && name !== 'title' && name !== 'aria-label' && name !== 'srcdoc')
            lines.push(`${element.tagName} ${name} is the host's: ${shown(value)}`)
        }
        if (element.matches('script, style') && element.textContent.includes(marker))
          lines.push(`${element.tagName} holds the host's words`)
      }
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT)
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const text = node.nodeValue ?? ''
        const parent = node.parentElement
        if (parent === null || !parent.matches('script, style')) if (bad.test(text)) lines.push(`text: ${shown(text)}`)
      }
      return [...new Set(lines)]
    },
    { marker, obeyed },
  )
}

/** True when the host's words are somewhere on the page or in its frames: a screen without them proves nothing. */
export async function mentions(page: Page): Promise<boolean> {
  const found = await Promise.all(
    page.frames().map((frame) => frame.evaluate((word) => document.body.textContent.includes(word), marker)),
  )
  return found.includes(true)
}

/** Pixels by which the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - document.documentElement.clientWidth,
  )
}
