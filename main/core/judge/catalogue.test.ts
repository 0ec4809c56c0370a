import { describe, expect, it } from 'vitest'
import processData from '../../../resources/signals/process.yaml'
import { engines, readSheet, sheets, signalSentences } from './catalogue.ts'
import { binaryJudging } from './signals/binary.ts'
import { hijackJudging, loginJudging, mountJudging, socketJudging } from './signals/host.ts'
import { nameJudging } from './signals/name.ts'
import { preloadJudging } from './signals/preload.ts'
import { processJudging } from './signals/process.ts'
import { scheduleJudging } from './signals/schedule.ts'
import { startupJudging } from './signals/startup.ts'
import { unitJudging } from './signals/unit.ts'

interface Draft {
  links: string[]
  signals: Record<string, unknown>[]
  guards: Record<string, unknown>[]
}

/** The shipped process sheet with one thing spoilt. */
function spoilt(change: (draft: Draft) => void): () => unknown {
  const draft = structuredClone(processData) as Draft
  change(draft)
  return () => readSheet(draft)
}

function datum(draft: Draft, id: string): Record<string, unknown> {
  const found = [...draft.signals, ...draft.guards].find((one) => one['id'] === id)
  if (found === undefined) throw new Error(`no ${id}`)
  return found
}

describe('the shipped sheets', () => {
  const judgings = [
    processJudging,
    scheduleJudging,
    unitJudging,
    startupJudging,
    preloadJudging,
    mountJudging,
    socketJudging,
    loginJudging,
    hijackJudging,
    nameJudging,
    binaryJudging,
  ]

  it('have a predicate for every signal and guard, and no predicate is left over', () => {
    for (const { kind, signals, guards } of judgings) {
      const sheet = sheets[kind]
      expect(new Set(sheet.signals.map((one) => one.when))).toEqual(new Set(Object.keys(signals)))
      expect(new Set(sheet.guards.map((one) => one.when))).toEqual(new Set(Object.keys(guards)))
    }
  })

  it('say every sentence in both languages with the same placeholders', () => {
    const holes = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
    for (const [id, text] of signalSentences()) expect([id, holes(text['zh-CN'])]).toEqual([id, holes(text.en)])
  })

  it('use every id once over all sheets, so that a reason names one sentence', () => {
    const shared = new Set([...sheets.starter.signals, ...sheets.starter.guards].map((one) => one.id))
    const begunWith = new Set(['schedule', 'unit', 'startup'])
    const ids = Object.values(sheets).flatMap((one) =>
      [...one.signals, ...one.guards]
        .map((each) => each.id)
        .filter((id) => !begunWith.has(one.kind) || !shared.has(id)),
    )
    expect(ids.length).toBe(new Set(ids).size)
  })

  it('list as decisive only what can be named on one hand', () => {
    const decisive = Object.values(sheets).flatMap((one) => one.signals.filter((each) => each.decisive))
    expect(decisive.map((one) => one.id).sort()).toEqual([
      'covers-process',
      'exe-known-hostile',
      'key-known-fingerprint',
      'library-known-hostile',
      'redis-crontab',
    ])
  })

  it('know engines by path and package, with a proof unless none is needed', () => {
    for (const engine of engines.list) {
      expect(engine.exe.startsWith('^/') && engine.exe.endsWith('$')).toBe(true)
      expect(engine.proofless || engine.ports.length > 0 || engine.dirs.length > 0).toBe(true)
    }
  })
})

describe('a sheet that breaks a bound does not load', () => {
  it.each([
    ['CPU above 25', (draft: Draft) => (datum(draft, 'cpu-sustained')['weight'] = 251)],
    ['a name of 30', (draft: Draft) => (datum(draft, 'miner-name')['weight'] = 300)],
    ['a behaviour of 60', (draft: Draft) => (datum(draft, 'thread-shape')['weight'] = 600)],
    ['a deciding behaviour', (draft: Draft) => (datum(draft, 'scanning')['decisive'] = true)],
    ['a weight above certainty', (draft: Draft) => (datum(draft, 'over-mounted')['weight'] = 1001)],
    ['no source', (draft: Draft) => delete datum(draft, 'over-mounted')['source']],
    ['one language', (draft: Draft) => (datum(draft, 'over-mounted')['text'] = { en: 'only' })],
    ['an unknown group', (draft: Draft) => (datum(draft, 'over-mounted')['group'] = 'elsewhere')],
    ['a twin', (draft: Draft) => draft.signals.push({ ...datum(draft, 'over-mounted') })],
    ['a guard that mutes nothing', (draft: Draft) => (datum(draft, 'only-mentions')['mutes'] = ['no-such'])],
    ['a guard over no group', (draft: Draft) => (datum(draft, 'package-owned')['overcomeBy'] = ['no-such'])],
    ['an unreadable pattern', (draft: Draft) => (datum(draft, 'stratum-address')['patterns'] = ['(unclosed'])],
    ['a typing mistake', (draft: Draft) => (datum(draft, 'over-mounted')['wieght'] = 5)],
  ])('%s', (_name, change) => {
    expect(spoilt(() => undefined)).not.toThrow()
    expect(spoilt(change)).toThrow()
  })
})
