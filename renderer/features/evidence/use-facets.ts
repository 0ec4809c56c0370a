// What filters offer, and the names of hosts: read from the locker, again when it has grown.

import { useEffect, useRef, useState } from 'react'
import type { HostRow, Locker } from '../../evidence-db/locker.ts'
import { shown } from '../../../main/core/contract.ts'
import { useWords } from '../../i18n/say.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { useSession } from '../../state/session.ts'

type Facets = Awaited<ReturnType<Locker['facets']>>

const none: Facets = { what: new Map(), tags: new Map(), chains: new Map() }
/** Milliseconds between two readings while the locker grows. */
const calm = 1500

/** Kinds, tags and chains with their counts. */
export function useFacets(): Facets {
  return useSummary('facets', none)
}

/** A host as people know it: its own name while connected, else the address it was dialled by. */
export function useHostNames(): (chain: string) => string {
  const w = useWords('evidence')
  const links = useSession((state) => state.links)
  const hosts = useSummary('hosts', noHosts)
  return (chain) => {
    if (chain === 'case') return w('caseChain')
    const link = links.find(({ host }) => host === chain)
    if (link?.arrival) return shown(link.arrival.hostname)
    return hosts.find(({ host }) => host === chain)?.address ?? chain
  }
}

const noHosts: readonly HostRow[] = []

/** One of the locker's summaries. It is read again at most once per `calm` while the locker grows. */
function useSummary<M extends 'facets' | 'hosts'>(
  name: M,
  empty: Awaited<ReturnType<Locker[M]>>,
): Awaited<ReturnType<Locker[M]>> {
  const { phase, caseId, have } = useLocker()
  const [value, setValue] = useState(empty)
  const last = useRef(0)
  useEffect(() => {
    const from = locker()
    if (from === null || phase === 'off') return
    let current = true
    const timer = setTimeout(
      () => {
        last.current = Date.now()
        const reading = from[name]() as ReturnType<Locker[M]>
        reading.then(
          (next) => {
            if (current) setValue(next as Awaited<ReturnType<Locker[M]>>)
          },
          () => undefined, // the locker says itself what is wrong with it; the filters stay as they were
        )
      },
      Math.max(0, last.current + calm - Date.now()),
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [name, phase, caseId, have.events])
  return value
}
