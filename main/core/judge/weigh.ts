// From what was seen of one thing to its score and to whether an act is proposed. Three-valued: a proposal stands only if it stands
// whatever the undecided signals and guards turn out to be.

import type { Tri } from '../tri.ts'
import type { GuardDatum, Sheet, SignalDatum } from './catalogue.ts'
import type { Reason } from './finding.ts'
import { noisyOr, score, type Permille } from './noisy-or.ts'

export type Params = Readonly<Record<string, string | number>>

/** A signal or guard that applies (`sure`), or might (`!sure`: something it needs could not be read). */
export interface Seen {
  readonly sure: boolean
  readonly params: Params
  /** lowers the weight of the datum, never raises it */
  readonly permille?: Permille
}

export interface SeenSignal extends Seen {
  readonly datum: SignalDatum
}
export interface SeenGuard extends Seen {
  readonly datum: GuardDatum
}

export interface Weighed {
  readonly permille: Permille
  /** 0 to 100 */
  readonly score: number
  readonly proposed: Tri
  readonly reasons: readonly Reason[]
  /** groups with a sure signal that counts */
  readonly groups: ReadonlySet<string>
  /** a guard stands that forbids a proposal whatever the score */
  readonly blocked: boolean
}

interface Sum {
  readonly permille: Permille
  readonly meets: boolean
  readonly blocked: boolean
  readonly groups: ReadonlySet<string>
}

/**
 * Weighs what was seen of one thing. Below `floor` (0 to 100) a doubt is not worth a proposal of `unknown`: nearly everything might be something.
 */
export function weigh(
  sheet: Sheet,
  signals: readonly SeenSignal[],
  guards: readonly SeenGuard[],
  floor: number,
): Weighed {
  const sureSignals = signals.filter((one) => one.sure)
  const sureGuards = guards.filter((one) => one.sure)
  const asSeen = sum(sheet, sureSignals, sureGuards)
  const atLeast = sum(sheet, sureSignals, guards)
  const atMost = sum(sheet, signals, sureGuards)
  const worthDoubt = score(asSeen.permille) >= floor
  const proposed: Tri =
    asSeen.meets && atLeast.meets ? 'yes' : worthDoubt && (asSeen.meets || atMost.meets) ? 'unknown' : 'no'
  return {
    permille: asSeen.permille,
    score: score(asSeen.permille),
    proposed,
    reasons: reasonsFor(signals, guards, proposed),
    groups: asSeen.groups,
    blocked: asSeen.blocked,
  }
}

function sum(sheet: Sheet, signals: readonly SeenSignal[], guards: readonly SeenGuard[]): Sum {
  const raw = new Set(signals.map((one) => one.datum.group))
  const standing = guards.filter((one) => !one.datum.voidedBy.some((group) => raw.has(group)))
  const muted = new Set(standing.flatMap((one) => one.datum.mutes))
  const heaviest = new Map<string, Permille>()
  let decided = false
  for (const one of signals) {
    if (muted.has(one.datum.id)) continue
    const weight = weightOf(one)
    heaviest.set(one.datum.group, Math.max(weight, heaviest.get(one.datum.group) ?? 0))
    decided ||= one.datum.decisive
  }
  const { permille, capped } = capAll(heaviest, standing)
  const counting = new Set([...heaviest.keys()].filter((group) => !capped.has(group)))
  const blocked = standing.some((one) => one.datum.blocks && !one.datum.overcomeBy.some((group) => counting.has(group)))
  const enough = counting.size >= sheet.propose.groups && permille >= sheet.propose.score
  return { permille, meets: !blocked && (decided || enough), groups: counting, blocked }
}

/** Applies the caps: capped groups together add at most the cap, then join the rest. Of several caps over a group the tightest holds. */
function capAll(
  heaviest: ReadonlyMap<string, Permille>,
  guards: readonly SeenGuard[],
): { permille: Permille; capped: ReadonlySet<string> } {
  let whole: Permille = 1000
  const limits = new Map<string, Permille>()
  for (const one of guards) {
    const caps = one.datum.caps
    if (caps === undefined) continue
    if (caps.groups === 'all') whole = Math.min(whole, caps.permille)
    else for (const group of caps.groups) limits.set(group, Math.min(caps.permille, limits.get(group) ?? 1000))
  }
  const free: Permille[] = []
  const held: Permille[] = []
  let limit: Permille = 1000
  for (const [group, weight] of heaviest) {
    const cap = limits.get(group)
    if (cap === undefined) free.push(weight)
    else {
      held.push(Math.min(weight, cap))
      limit = Math.min(limit, cap)
    }
  }
  return {
    permille: Math.min(whole, noisyOr([...free, Math.min(limit, noisyOr(held))])),
    capped: new Set([...heaviest.keys()].filter((group) => limits.has(group))),
  }
}

function weightOf(one: SeenSignal): Permille {
  return Math.min(one.datum.weight, one.permille ?? 1000)
}

function reasonsFor(signals: readonly SeenSignal[], guards: readonly SeenGuard[], proposed: Tri): readonly Reason[] {
  const byWeight = [...signals].sort(
    (a, b) => Number(b.sure) - Number(a.sure) || weightOf(b) - weightOf(a) || compare(a.datum.id, b.datum.id),
  )
  const raised = byWeight.flatMap((one): Reason[] => {
    const { id, group, decisive } = one.datum
    if (one.sure)
      return [
        { signal: id, effect: decisive ? 'decides' : 'raises', group, permille: weightOf(one), params: one.params },
      ]
    // A doubt is told only where it keeps a proposal from being yes or no.
    if (one.datum.unsure === undefined || proposed !== 'unknown') return []
    return [{ signal: `${id}.unsure`, effect: 'note', group, permille: weightOf(one), params: one.params }]
  })
  const held = guards.flatMap((one): Reason[] => {
    const { id, caps } = one.datum
    if (!one.sure && (one.datum.unsure === undefined || proposed !== 'unknown')) return []
    return [
      {
        signal: one.sure ? id : `${id}.unsure`,
        effect: one.sure && (caps !== undefined || one.datum.blocks) ? 'caps' : 'note',
        group: 'guard',
        permille: caps?.permille ?? 1000,
        params: one.params,
      },
    ]
  })
  return [...raised, ...held]
}

/** Order of plain strings, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
