import { describe, expect, it } from 'vitest'
import type { Tell } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'
import { fill, say } from '../../../main/i18n/words.ts'
import { checklist } from '../../i18n/zh-cn/checklist.ts'
import { linesOf } from './transcript-lines.ts'

describe('a line of the transcript', () => {
  it('names what is being read in the reader’s language', () => {
    const progress = { type: 'looking', host: 'host-1', step: null, probe: 'schedulers', done: 3, total: 14 } as const
    const told: Frozen<Tell> = { job: 'job-1', seq: 1, at: '2026-11-22T10:00:00Z', progress }
    const [line] = linesOf([told], {
      said: (key) => key,
      verb: (key) => key,
      title: (step) => step,
      say: (code, params) => say('zh-CN', code, params),
      w: (key, params = {}) => fill(checklist[key], params),
      bytes: String,
      duration: String,
    })
    expect(line).toMatchObject({ text: '正在读取 计划任务', result: '3/14' })
  })
})
