// From codes and parameters to sentences. The core knows no language; everything a person reads passes through `say`.
// A missing word never breaks a screen: it shows as its code, and a test makes sure that none is missing.

import { groupNames, signalSentences, type Sentence } from '../core/judge/catalogue.ts'
import { en, type Words } from './en.ts'
import { zhCn } from './zh-cn.ts'

export type Language = 'en' | 'zh-CN'
export const languages: readonly Language[] = ['en', 'zh-CN']

/** Values for placeholders; host text must be in its shown form. */
export type SayParams = Readonly<Record<string, string | number>>

/** Read with the first reason that is shown: commands that judge nothing do not pay for them. */
let signals: ReadonlyMap<string, Sentence> | undefined
let groups: ReadonlyMap<string, Sentence> | undefined

const all: Readonly<Record<Language, Words>> = { en, 'zh-CN': zhCn }

/**
 * The sentence of a code in a language. Codes are `SECTION.KEY` (`verdict.clean`, `error.link-lost`, `process.miner`), `signal.ID` for reasons and
 * `group.ID` for their groups. Values are put in as they are and never searched for placeholders again.
 */
export function say(language: Language, code: string, params: SayParams = {}): string {
  const template = templateOf(language, code)
  return template === null ? code : fill(template, params)
}

/** True when both languages know the code. */
export function speaks(code: string): boolean {
  return languages.every((language) => templateOf(language, code) !== null)
}

function templateOf(language: Language, code: string): string | null {
  const dot = code.indexOf('.')
  if (dot === -1) return null
  const section = code.slice(0, dot)
  const key = code.slice(dot + 1)
  if (section === 'signal') return (signals ??= signalSentences()).get(key)?.[language] ?? null
  if (section === 'group') return (groups ??= groupNames()).get(key)?.[language] ?? null
  const words = all[language]
  if (!Object.hasOwn(words, section)) return null
  const keys: Readonly<Record<string, string>> = words[section as keyof Words]
  return Object.hasOwn(keys, key) ? (keys[key] ?? null) : null
}

/** Fills `{name}`; drops each `[[part]]` in which a name has no value. A lone name without a value shows as `…`. */
export function fill(template: string, params: SayParams): string {
  return template
    .split(/(\[\[.*?\]\])/)
    .map((part) => {
      const optional = part.startsWith('[[')
      const text = optional ? part.slice(2, -2) : part
      const lacks = [...text.matchAll(/\{([\w-]+)\}/g)].some((match) => value(params, match[1] ?? '') === '')
      if (optional && lacks) return ''
      return text.replace(/\{([\w-]+)\}/g, (_, name: string) => value(params, name) || '…')
    })
    .join('')
}

function value(params: SayParams, name: string): string {
  return Object.hasOwn(params, name) ? String(params[name]) : ''
}
