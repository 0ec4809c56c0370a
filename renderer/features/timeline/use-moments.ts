// The events of the host that is looked at: its last look's facts, and the journal out of the locker, read on as it grows.

import { useEffect, useRef, useState } from 'react'
import type { JournalEvent } from '../../evidence-db/case.ts'
import { useHere } from '../../state/here.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { useLook } from '../../state/looks.ts'
import { momentsOf, type Moment } from './moments.ts'

/** Most journal events of a chain that are shown; a case of weeks has more, and the list says so. */
export const mostEvents = 20_000
const pageOf = 1000

interface Read {
  readonly key: string
  readonly events: readonly JournalEvent[]
  readonly cut: boolean
}

const nothing: Read = { key: '', events: [], cut: false }

export function useMoments(): { readonly moments: readonly Moment[]; readonly cut: boolean; readonly facts: boolean } {
  const here = useHere()
  const look = useLook(here?.host ?? null)
  const host = here?.host ?? null
  const { caseId, phase, have } = useLocker()
  const [read, setRead] = useState<Read>(nothing)
  const next = useRef<Record<string, number>>({})
  const key = `${caseId ?? ''} ${host ?? ''}`
  useEffect(() => {
    const from = locker()
    if (from === null || phase === 'off') return
    let current = true
    const readOn = async (): Promise<void> => {
      const fresh = read.key !== key
      const at = fresh ? {} : { ...next.current }
      const news: JournalEvent[] = []
      let cut = fresh ? false : read.cut
      for (const { chain, events } of await from.chains()) {
        if (chain !== 'case' && chain !== host) continue
        let start = at[chain] ?? Math.max(0, events - mostEvents)
        cut ||= at[chain] === undefined && start > 0
        for (;;) {
          const page = await from.events(chain, start)
          news.push(...page.filter(({ type }) => type !== 'exhibit-stored' && type !== 'gap'))
          start += page.length
          if (page.length < pageOf) break
        }
        at[chain] = start
      }
      if (!current) return
      next.current = at
      if (fresh || news.length > 0) setRead({ key, events: fresh ? news : [...read.events, ...news], cut })
    }
    const timer = setTimeout(() => {
      readOn().catch(() => undefined) // the locker says itself what is wrong with it
    }, 60)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [key, host, phase, have.events, read])
  const [made, setMade] = useState<{
    readonly look: unknown
    readonly read: unknown
    readonly moments: readonly Moment[]
  }>({
    look: null,
    read: null,
    moments: [],
  })
  if (made.look !== look || made.read !== read)
    setMade({ look, read, moments: momentsOf(look === null ? [] : [look], read.key === key ? read.events : []) })
  return { moments: made.moments, cut: read.cut, facts: look?.facts != null }
}
