// Re-verification: exhibits read again, piece by piece, against every digest there is. One at a time, with progress, stopped at once.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { isTourniquetError } from '../../../main/core/errors.ts'
import type { Progress, Recheck } from '../../evidence-db/locker.ts'
import { locker } from '../../state/locker.ts'
import { failureOf, tellFailure } from '../../ui/attempt.ts'

interface Rechecks {
  /** what is under way, and how far it is */
  readonly progress: Progress | null
  /** how the last whole re-verification ended */
  readonly all: { readonly intact: number; readonly damaged: number; readonly absent: number } | null
  /** by digest, of this page */
  readonly results: ReadonlyMap<string, Recheck>
}

const rechecks = createStore<Rechecks>(() => ({ progress: null, all: null, results: new Map() }))
let under: AbortController | null = null

export function useRechecks(): Rechecks {
  return useStore(rechecks)
}

/** Reads one exhibit again, or with `null` every one. Does nothing while another re-verification works. */
export async function recheck(digests: readonly string[] | null): Promise<void> {
  const from = locker()
  if (from === null || under !== null) return
  under = new AbortController()
  rechecks.setState({ progress: { done: 0, total: digests?.length ?? 0 } })
  try {
    const told = (progress: Progress): void => {
      rechecks.setState({ progress })
    }
    const results = await from.recheck(digests, { signal: under.signal, told })
    const count = (result: Recheck['result']): number => results.filter((one) => one.result === result).length
    rechecks.setState((before) => ({
      all:
        digests === null ? { intact: count('intact'), damaged: count('damaged'), absent: count('absent') } : before.all,
      results: new Map([...before.results, ...results.map((one) => [one.sha256, one] as const)]),
    }))
  } catch (cause) {
    if (!isTourniquetError(cause, 'cancelled')) tellFailure(failureOf(cause))
  } finally {
    under = null
    rechecks.setState({ progress: null })
  }
}

export function stopRecheck(): void {
  under?.abort()
}
