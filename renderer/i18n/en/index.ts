// English words of the page, room by room. This shape is the law for every other language.

import { cases } from './cases.ts'
import { checklist } from './checklist.ts'
import { common } from './common.ts'
import { evidence } from './evidence.ts'
import { findings } from './findings.ts'
import { frame } from './frame.ts'
import { hosts } from './hosts.ts'
import { report } from './report.ts'
import { settings } from './settings.ts'
import { terminal } from './terminal.ts'
import { timeline } from './timeline.ts'

export const en = {
  cases,
  checklist,
  common,
  evidence,
  findings,
  frame,
  hosts,
  report,
  settings,
  terminal,
  timeline,
} as const
