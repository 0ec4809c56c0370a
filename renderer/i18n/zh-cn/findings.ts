import type { findings as en } from '../en/findings.ts'
import type { WordsOf } from '../say.ts'

export const findings: WordsOf<typeof en> = {
  title: '研判',
}
