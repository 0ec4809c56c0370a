import type { timeline as en } from '../en/timeline.ts'
import type { WordsOf } from '../say.ts'

export const timeline: WordsOf<typeof en> = {
  title: '时间线',
}
