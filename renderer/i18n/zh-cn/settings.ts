import type { settings as en } from '../en/settings.ts'
import type { WordsOf } from '../say.ts'

export const settings: WordsOf<typeof en> = {
  title: '设置',
}
