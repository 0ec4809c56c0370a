// Chinese words of the page, room by room.

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

export const zhCn = { cases, checklist, common, evidence, findings, frame, hosts, report, settings, terminal, timeline }
