import type { evidence as en } from '../en/evidence.ts'
import type { WordsOf } from '../say.ts'

export const evidence: WordsOf<typeof en> = {
  title: '证据',
}
