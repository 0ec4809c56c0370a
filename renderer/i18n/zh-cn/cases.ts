import type { cases as en } from '../en/cases.ts'
import type { WordsOf } from '../say.ts'

export const cases: WordsOf<typeof en> = {
  title: '案件',
}
