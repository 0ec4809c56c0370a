import { describe, expect, it } from 'vitest'
import { errorCodes } from '../core/errors.ts'
import { signalSentences } from '../core/judge/catalogue.ts'
import { findingKinds } from '../core/judge/finding.ts'
import { en } from './en.ts'
import { languages, say, speaks } from './words.ts'
import { zhCn } from './zh-cn.ts'

const holes = (text: string) => [...new Set(text.match(/\{[\w-]+\}/g) ?? [])].sort()

describe('the two languages', () => {
  it('have the same keys, and the same placeholders in each', () => {
    for (const [section, keys] of Object.entries(en)) {
      const other: Readonly<Record<string, string>> = zhCn[section as keyof typeof zhCn]
      expect(Object.keys(other).sort()).toEqual(Object.keys(keys).sort())
      for (const [key, text] of Object.entries(keys))
        expect([section, key, holes(other[key] ?? '')]).toEqual([section, key, holes(text)])
    }
  })

  it('have balanced optional parts, never nested', () => {
    const left = (text: string) => text.replaceAll(/\[\[(?:(?!\[\[|\]\]).)*\]\]/g, '')
    for (const words of [en, zhCn])
      for (const keys of Object.values(words))
        for (const text of Object.values(keys as Record<string, string>)) expect(left(text)).not.toMatch(/\[\[|\]\]/)
  })

  it('have a sentence for every error: what happened, what was kept, what to do next', () => {
    for (const code of Object.keys(errorCodes)) {
      expect(speaks(`error.${code}`)).toBe(true)
      for (const language of languages)
        expect(say(language, `error.${code}`)).not.toMatch(/[{}[\]]|\.\.| {2}|：。|\(\)/)
    }
    expect(Object.keys(en.error)).toHaveLength(Object.keys(errorCodes).length)
  })

  it('have advice for every kind of finding and a sentence for every signal', () => {
    for (const kind of findingKinds) expect(speaks(`advice.${kind}`) && speaks(`kind.${kind}`)).toBe(true)
    for (const id of signalSentences().keys()) expect(speaks(`signal.${id}`)).toBe(true)
    expect(speaks('group.pool')).toBe(true)
  })
})

describe('say', () => {
  it('fills what it is given and leaves out what has no value', () => {
    expect(say('en', 'signal.pool-connection', { address: '203.0.113.10', port: 3333, source: 'case' })).toBe(
      'Connected to mining pool 203.0.113.10:3333 (listed by case)',
    )
    expect(say('en', 'schedule.suspicious', { path: '/etc/crontab', line: 4 })).toBe('Suspicious job in /etc/crontab:4')
    expect(say('en', 'schedule.suspicious', { path: '/x', line: '' })).toBe('Suspicious job in /x')
    expect(say('zh-CN', 'process.miner', { name: 'x', pid: 7 })).toBe('挖矿进程：x（进程号 7）')
    expect(say('en', 'process.miner', { pid: 0 })).toBe('Miner: … (pid 0)')
  })

  it('never reads placeholders or optional parts out of a value', () => {
    expect(say('en', 'process.miner', { name: '{pid} [[x]] $&', pid: 7 })).toBe('Miner: {pid} [[x]] $& (pid 7)')
  })

  it('shows an unknown code as it is', () => {
    for (const code of [
      'nonsense',
      'error.nonsense',
      'nonsense.x',
      'error.constructor',
      'constructor.name',
      'signal.toString',
    ])
      expect(say('en', code)).toBe(code)
  })
})
