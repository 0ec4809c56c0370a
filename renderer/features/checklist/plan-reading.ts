// A plan that waits for approval, read whole: nothing can be approved that was not loaded to its last item. Kept by digest, so that what was approved can
// still be shown while it is done.

import { useEffect, useState } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import { TourniquetError } from '../../../main/core/errors.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import type { StepQuestion } from '../../state/progress.ts'
import { call } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

type Items = Output<Contract, 'plan.items'>
export type PlannedItem = Items['items'][number]
export type DeclinedItem = Items['declined'][number]

export interface WholePlan {
  readonly digest: string
  readonly items: readonly PlannedItem[]
  readonly declined: readonly DeclinedItem[]
}

export type PlanReading =
  | { readonly at: 'reading'; readonly read: number }
  | { readonly at: 'whole'; readonly plan: WholePlan }
  | { readonly at: 'failed'; readonly error: Failure }

type Approval = Extract<StepQuestion, { kind: 'approval' }>

/** Plans kept for looking at after their question closed. */
const mostKept = 20
const kept = new Map<string, WholePlan>()

/** A plan that was read before, by digest. */
export function planKept(digest: string | null): WholePlan | null {
  return digest === null ? null : (kept.get(digest) ?? null)
}

export function usePlan(question: Approval): PlanReading {
  const [reading, setReading] = useState<{ readonly of: string; readonly now: PlanReading } | null>(null)
  const { question: id, digest, items, declined } = question
  useEffect(() => {
    if (kept.has(digest)) return undefined
    let wanted = true
    const tell = (now: PlanReading): void => {
      if (wanted) setReading({ of: digest, now })
    }
    readWhole(id, digest, Math.max(items, declined), (read) => {
      tell({ at: 'reading', read })
      return wanted
    })
      .then((plan) => {
        if (plan === null) return
        if (plan.items.length !== items || plan.declined.length !== declined)
          throw new TourniquetError('internal', {
            what: `plan has ${String(plan.items.length)} of ${String(items)} items`,
          })
        keep(plan)
        tell({ at: 'whole', plan })
      })
      .catch((cause: unknown) => {
        tell({ at: 'failed', error: failureOf(cause) })
      })
    return () => {
      wanted = false
    }
  }, [id, digest, items, declined])
  const whole = kept.get(digest)
  if (whole !== undefined) return { at: 'whole', plan: whole }
  return reading?.of === digest ? reading.now : { at: 'reading', read: 0 }
}

/** All pages, or null when nobody wants them any more. Another digest on the way is a plan nobody asked about. */
async function readWhole(
  question: string,
  digest: string,
  longest: number,
  onRead: (read: number) => boolean,
): Promise<WholePlan | null> {
  const items: PlannedItem[] = []
  const declined: DeclinedItem[] = []
  for (let from = 0; from === 0 || from < longest;) {
    const page = await call('plan.items', { question, from })
    if (page.digest !== digest) throw new TourniquetError('question-gone')
    const got = Math.max(page.items.length, page.declined.length)
    items.push(...page.items)
    declined.push(...page.declined)
    if (!onRead(items.length)) return null
    if (got === 0) break
    from += got
  }
  return { digest, items, declined }
}

function keep(plan: WholePlan): void {
  kept.set(plan.digest, plan)
  for (const digest of [...kept.keys()].slice(0, Math.max(0, kept.size - mostKept))) kept.delete(digest)
}
