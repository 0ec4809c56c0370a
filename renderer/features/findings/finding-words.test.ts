// Reasons on a row are read at a glance: each has a short name of its own. A reason shown by the name of its group says too little.

import { expect, it } from 'vitest'
import { signalSentences } from '../../../main/core/judge/catalogue.ts'
import { en } from '../../i18n/en/index.ts'
import { zhCn } from '../../i18n/zh-cn/index.ts'

/** Characters that still fit a tag on a row beside two others; Chinese ones are twice as wide. */
const longest = { en: 26, zhCn: 13 }

it('has a short name for every reason, in both languages', () => {
  // what is not sure goes by the same name; the sentence says what is missing
  const keys = [...signalSentences().keys()].filter((id) => !id.endsWith('.unsure')).map((id) => `why-${id}`)
  expect(keys.filter((key) => !Object.hasOwn(en.findings, key))).toEqual([])
  const tooLong = (words: object, most: number): readonly unknown[] =>
    keys.map((key) => (words as Readonly<Record<string, string>>)[key] ?? '').filter((name) => name.length > most)
  expect([...tooLong(en.findings, longest.en), ...tooLong(zhCn.findings, longest.zhCn)]).toEqual([])
})
