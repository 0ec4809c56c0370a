import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { band, sheets, type GuardDatum, type Sheet, type SignalDatum } from './catalogue.ts'
import { weigh, type SeenGuard, type SeenSignal } from './weigh.ts'

const judged = [
  sheets.process,
  sheets.schedule,
  sheets.preload,
  sheets.mount,
  sheets.socket,
  sheets.login,
  sheets.hijack,
]

const see = (datum: SignalDatum, sure = true): SeenSignal => ({ datum, sure, params: {} })
const hold = (datum: GuardDatum, sure = true): SeenGuard => ({ datum, sure, params: {} })

function signal(sheet: Sheet, id: string): SignalDatum {
  const found = sheet.signals.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no signal ${id}`)
  return found
}
function guard(sheet: Sheet, id: string): GuardDatum {
  const found = sheet.guards.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no guard ${id}`)
  return found
}

const anySheet = fc.constantFrom(...judged)
const anySeen = anySheet.chain((sheet) =>
  fc.record({
    sheet: fc.constant(sheet),
    signals: fc.subarray([...sheet.signals]),
    unsure: fc.subarray([...sheet.signals]),
    guards: fc.subarray([...sheet.guards]),
    unsureGuards: fc.subarray([...sheet.guards]),
  }),
)

describe('hard bounds, over all combinations of signals', () => {
  it('CPU alone never passes 25, however many of its signals fire', () => {
    fc.assert(
      fc.property(fc.subarray(sheets.process.signals.filter((one) => one.class === 'cpu')), (list) => {
        expect(
          weigh(
            sheets.process,
            list.map((one) => see(one)),
            [],
            band.note,
          ).score,
        ).toBeLessThanOrEqual(25)
      }),
    )
  })

  it('names alone never reach 30', () => {
    for (const sheet of judged)
      for (const one of sheet.signals.filter((each) => each.class === 'name'))
        expect(weigh(sheet, [see(one)], [], band.note).score).toBeLessThan(30)
  })

  it('no single behaviour exceeds 59', () => {
    for (const sheet of judged)
      for (const one of sheet.signals.filter((each) => each.class !== 'fact'))
        expect(weigh(sheet, [see(one)], [], band.note).score).toBeLessThanOrEqual(59)
  })

  it('behaviour and CPU together, without any fact, are never proposed for a process', () => {
    const soft = sheets.process.signals.filter((one) => one.class !== 'fact')
    fc.assert(
      fc.property(fc.subarray(soft), (list) => {
        expect(
          weigh(
            sheets.process,
            list.map((one) => see(one)),
            [],
            band.note,
          ).proposed,
        ).toBe('no')
      }),
    )
  })

  it('one group alone is never proposed unless one of its facts is listed as decisive', () => {
    fc.assert(
      fc.property(anySeen, ({ sheet, signals }) => {
        for (const group of Object.keys(sheet.groups)) {
          const alone = signals.filter((one) => one.group === group)
          const { proposed } = weigh(
            sheet,
            alone.map((one) => see(one)),
            [],
            band.note,
          )
          if (!alone.some((one) => one.decisive)) expect(proposed).toBe('no')
        }
      }),
    )
  })

  it('a standing block forbids a proposal, and an unsure one never lets it be yes', () => {
    fc.assert(
      fc.property(anySeen, ({ sheet, signals, guards, unsureGuards }) => {
        const groups = new Set(signals.map((one) => one.group))
        const lifted = (one: GuardDatum) => [...one.overcomeBy, ...one.voidedBy].some((group) => groups.has(group))
        const seen = signals.map((one) => see(one))
        const sure = weigh(
          sheet,
          seen,
          guards.map((one) => hold(one)),
          band.note,
        )
        if (guards.some((one) => one.blocks && !lifted(one))) expect(sure.proposed).toBe('no')
        const unsure = weigh(
          sheet,
          seen,
          unsureGuards.map((one) => hold(one, false)),
          band.note,
        )
        if (unsureGuards.some((one) => one.blocks && !lifted(one))) expect(unsure.proposed).not.toBe('yes')
      }),
    )
  })
})

describe('three values', () => {
  it('a proposal of yes or no stands whatever the doubts turn out to be', () => {
    fc.assert(
      fc.property(anySeen, fc.infiniteStream(fc.boolean()), ({ sheet, signals, unsure, guards }, coin) => {
        const doubts = unsure.filter((one) => !signals.includes(one))
        const sure = signals.map((one) => see(one))
        const held = guards.map((one) => hold(one))
        const before = weigh(sheet, [...sure, ...doubts.map((one) => see(one, false))], held, 0)
        const truth = doubts.filter(() => coin.next().value as boolean)
        const after = weigh(sheet, [...sure, ...truth.map((one) => see(one))], held, 0)
        // A doubt that lifts a guard by its group is the one thing that may turn a blocked no; it then reads unknown before.
        if (before.proposed === 'yes') expect(after.proposed).toBe('yes')
        if (before.proposed === 'no' && after.proposed === 'yes')
          expect(guards.some((one) => one.overcomeBy.length + one.voidedBy.length > 0)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('an unsure signal adds nothing to the score and is told only when it leaves the proposal open', () => {
    const strong = see(signal(sheets.process, 'hidden-from-host-ps'))
    const doubt = see(signal(sheets.process, 'exe-unowned'), false)
    const open = weigh(sheets.process, [strong, doubt], [], band.note)
    expect(open).toMatchObject({ score: 85, proposed: 'unknown' })
    expect(open.reasons.map((one) => one.signal)).toEqual(['hidden-from-host-ps', 'exe-unowned.unsure'])
    const weak = weigh(sheets.process, [see(signal(sheets.process, 'cpu-sustained')), doubt], [], band.note)
    expect(weak).toMatchObject({ score: 25, proposed: 'no' })
    expect(weak.reasons.map((one) => one.signal)).toEqual(['cpu-sustained'])
  })
})

describe('guards', () => {
  const { process, schedule } = sheets
  const pool = see(signal(process, 'pool-connection'))
  const busy = see(signal(process, 'cpu-sustained'))
  const hidden = see(signal(process, 'hidden-from-host-ps'))
  const place = see(signal(process, 'exe-hidden-place'))
  const born = see(signal(process, 'from-hostile-schedule'))

  it('a packaged executable caps executable, disguise and behaviour together at 25, but not the pool', () => {
    const owned = hold(guard(process, 'package-owned'))
    expect(weigh(process, [hidden, place, busy], [owned], band.note)).toMatchObject({ score: 25, proposed: 'no' })
    expect(weigh(process, [pool, busy], [owned], band.note)).toMatchObject({ score: 88, proposed: 'no' })
    expect(weigh(process, [pool, born], [owned], band.note)).toMatchObject({ score: 94, proposed: 'yes' })
  })

  it('muted signals are shown but do not count', () => {
    const stratum = see(signal(process, 'stratum-address'))
    const result = weigh(process, [stratum, busy], [hold(guard(process, 'only-mentions'))], band.note)
    expect(result.score).toBe(25)
    expect(result.groups.has('pool')).toBe(false)
  })

  it('a void guard neither caps nor blocks', () => {
    const fetches = hold(guard(schedule, 'fetches-only'))
    const address = see(signal(schedule, 'bare-address'))
    const owner = see(signal(schedule, 'unowned-file'))
    expect(weigh(schedule, [address, owner], [fetches], band.note)).toMatchObject({ score: 30, proposed: 'no' })
    const linked = see(signal(schedule, 'starts-hostile-process'))
    expect(weigh(schedule, [address, owner, linked], [fetches], band.note)).toMatchObject({
      score: 86,
      proposed: 'yes',
    })
  })

  it('nothing of our own session scores at all', () => {
    const ours = hold(guard(process, 'our-own-session'))
    expect(weigh(process, [pool, hidden, place], [ours], band.note)).toMatchObject({ score: 0, proposed: 'no' })
  })
})
