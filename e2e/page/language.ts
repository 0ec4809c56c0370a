// Whether a screen speaks one language: every word a person can read or hear on it, held against everything the product can say in English. Text of
// hosts, paths and commands is nobody's language and is left out.

/// <reference lib="dom" /> -- what is handed to the page runs there
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { parse } from 'yaml'
import { en as mainEn } from '../../main/i18n/en.ts'
import { zhCn as mainZhCn } from '../../main/i18n/zh-cn.ts'
import { en } from '../../renderer/i18n/en/index.ts'
import { zhCn } from '../../renderer/i18n/zh-cn/index.ts'
import { repositoryFolder } from '../range/machine.ts'

type Tree = { readonly [key: string]: string | Tree }

/** Sentences of the product that differ between the languages: as they stand in English, with their placeholders open. */
const english: readonly { readonly said: string; readonly whole: RegExp }[] = [
  ...different(en, zhCn),
  ...different(mainEn, mainZhCn),
  ...readdirSync(join(repositoryFolder, 'playbooks'))
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => bilingual(parse(readFileSync(join(repositoryFolder, 'playbooks', name), 'utf8')))),
].flatMap((said) => {
  const parts = said.split(/\{[\w-]+\}|\[\[.*?\]\]/)
  if (!/[a-z]{3}/i.test(parts.join(' '))) return [] // units and signs
  return [{ said, whole: new RegExp(`^${parts.map(escaped).join('.*')}$`, 's') }]
})

function different(ours: Tree, theirs: Tree): readonly string[] {
  return Object.entries(ours).flatMap(([key, value]) => {
    const other = theirs[key]
    if (typeof value !== 'string') return typeof other === 'object' ? different(value, other) : []
    return value === other ? [] : [value]
  })
}

/** English sides of every text of a playbook. */
function bilingual(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const said = (value as { readonly en?: unknown }).en
  return [...(typeof said === 'string' ? [said] : []), ...Object.values(value).flatMap(bilingual)]
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** What of this screen is said in English. Empty when it speaks Chinese throughout. */
export async function englishOn(page: Page): Promise<readonly string[]> {
  const words = await wordsOn(page)
  return words.filter((word) => english.some(({ whole }) => whole.test(word)))
}

/** Every text a person reads or hears: text on the screen, names of controls, hints. Not text of hosts, paths, commands and terminals. */
export async function wordsOn(page: Page): Promise<readonly string[]> {
  const all = await page.evaluate(() => {
    const notOurs = 'bdi, code, pre, kbd, .mono, .xterm, script, style, [data-host-text]'
    const found: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent !== null && parent.closest(notOurs) === null && parent.checkVisibility())
        found.push(node.nodeValue ?? '')
    }
    for (const element of document.body.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
      if (element.closest(notOurs) === null)
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(element.getAttribute(name) ?? '')
    return found
  })
  return [...new Set(all.map((word) => word.trim()).filter((word) => word !== ''))]
}
