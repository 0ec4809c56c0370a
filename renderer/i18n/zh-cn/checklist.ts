import type { checklist as en } from '../en/checklist.ts'
import type { WordsOf } from '../say.ts'

export const checklist: WordsOf<typeof en> = {
  title: '检查清单',
}
