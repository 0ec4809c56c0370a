// What a verb is called, and what has to be typed for one that cannot be undone: its name in either language, or its id.

import { useCallback } from 'react'
import { language, useWords } from '../../i18n/say.ts'
import { checklist as en } from '../../i18n/en/checklist.ts'
import { checklist as zhCn } from '../../i18n/zh-cn/checklist.ts'

const verbs = [
  'pause-schedulers',
  'resume-schedulers',
  'freeze',
  'kill',
  'quarantine',
  'edit-lines',
  'clear-flags',
  'block-exec',
  'lift-blocks',
  'stop-unit',
  'edit-keys',
  'install-key',
  'restore-binary',
] as const
type Verb = (typeof verbs)[number]

function known(verb: string): verb is Verb {
  return (verbs as readonly string[]).includes(verb)
}

export function useVerbWord(): (verb: string) => string {
  const w = useWords('checklist')
  return useCallback((verb) => (known(verb) ? w(`verb-${verb}`) : verb), [w])
}

export function isVerbWord(verb: string, typed: string): boolean {
  const word = typed.trim().toLocaleLowerCase(language.getState())
  const words: readonly string[] = known(verb) ? [verb, en[`verb-${verb}`], zhCn[`verb-${verb}`]] : [verb]
  return words.includes(word)
}
