import type { report as en } from '../en/report.ts'
import type { WordsOf } from '../say.ts'

export const report: WordsOf<typeof en> = {
  title: '报告与导出',
}
