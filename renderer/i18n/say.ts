// Words on the page. Rooms have their own files, one per language, and the compiler makes sure that no key is missing in either; codes that come from main
// (errors, findings, verdicts, signals) are said by the same words the command line uses.

import { useCallback } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { fill, say, type Language, type SayParams } from '../../main/i18n/words.ts'
import { en } from './en/index.ts'
import type { WordsOf } from './words-of.ts'
import { zhCn } from './zh-cn/index.ts'

export type { Language, SayParams }

type Rooms = typeof en
export type Room = keyof Rooms
const all: Readonly<Record<Language, { readonly [R in Room]: WordsOf<Rooms[R]> }>> = { en, 'zh-CN': zhCn }

/** The language everything is shown in; changes at once everywhere. */
export const language = createStore<Language>(() => 'en')

export function useLanguage(): Language {
  return useStore(language)
}

/** Words of one room, the same function for as long as the language is: `const w = useWords('hosts'); w('add')`. Values are put in as they are; host text must be in its shown form. */
export function useWords<R extends Room>(room: R): (key: keyof Rooms[R], params?: SayParams) => string {
  const lang = useLanguage()
  const words = all[lang][room]
  return useCallback((key, params = {}) => fill(words[key], params), [words])
}

/** Words of one room outside a component. */
export function wordsOf<R extends Room>(room: R): (key: keyof Rooms[R], params?: SayParams) => string {
  return (key, params = {}) => fill(all[language.getState()][room][key], params)
}

/** What main's codes mean: `error.link-lost`, `verdict.clean`, `process.miner`, `signal.ID`. A code without words shows as itself. */
export function useSay(): (code: string, params?: SayParams) => string {
  const lang = useLanguage()
  return useCallback((code, params = {}) => say(lang, code, params), [lang])
}

/** One side of a text in both languages; null stays null. */
export function useBilingual(): <T extends { readonly en: string; readonly 'zh-CN': string } | null>(
  text: T,
) => T extends null ? string | null : string {
  const lang = useLanguage()
  return useCallback((text) => (text === null ? null : text[lang]) as never, [lang])
}
