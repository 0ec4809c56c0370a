import type { terminal as en } from '../en/terminal.ts'
import type { WordsOf } from '../say.ts'

export const terminal: WordsOf<typeof en> = {
  title: '终端',
}
