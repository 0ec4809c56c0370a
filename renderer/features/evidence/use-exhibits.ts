// A list of exhibits as a table wants it: how many there are at once, rows when they come into sight. The list is asked for again when the query changes or the
// locker has grown, and the rows on the screen stay until the new ones are there.

import { useCallback, useEffect, useRef, useState } from 'react'
import type { ExhibitList, ExhibitQuery, ExhibitRow } from '../../evidence-db/locker.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

/** Rows asked for at once: a few screens. */
const windowRows = 200
/** Milliseconds between two lists while the locker grows. */
const calm = 700

export interface Exhibits {
  /** null before the first answer */
  readonly total: number | null
  readonly bytes: number
  readonly error: Failure | null
  readonly rowAt: (index: number) => ExhibitRow | null
  readonly onRange: (first: number, last: number) => void
}

interface Loaded {
  readonly list: ExhibitList
  readonly windows: ReadonlyMap<number, readonly ExhibitRow[]>
}

export function useExhibits(query: ExhibitQuery): Exhibits {
  const { phase, caseId, have, lag } = useLocker()
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const [error, setError] = useState<Failure | null>(null)
  const range = useRef({ first: 0, last: 40 })
  const asked = useRef(new Set<number>())
  const grown = useCalm(`${String(have.events)} ${String(have.exhibits)} ${String(lag.exhibits)}`, calm)
  const key = JSON.stringify([caseId, phase === 'off', query])

  useEffect(() => {
    const from = locker()
    if (from === null || phase === 'off') return
    let current = true
    const open = async (): Promise<void> => {
      const list = await from.exhibits((JSON.parse(key) as [unknown, unknown, ExhibitQuery])[2])
      const wanted = windowsOf(range.current.first, Math.min(range.current.last, list.total - 1))
      const rows = await Promise.all(wanted.map((at) => list.rows(at * windowRows, windowRows)))
      if (!current) {
        list.close()
        return
      }
      asked.current = new Set(wanted)
      setError(null)
      setLoaded((before) => {
        before?.list.close()
        return { list, windows: new Map(wanted.map((at, index) => [at, rows[index] ?? []])) }
      })
    }
    open().catch((cause: unknown) => {
      if (current) setError(failureOf(cause))
    })
    return () => {
      current = false
    }
  }, [key, grown, phase])

  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = { first, last }
      if (loaded === null) return
      for (const at of windowsOf(first, Math.min(last, loaded.list.total - 1))) {
        if (asked.current.has(at)) continue
        asked.current.add(at)
        const { list } = loaded
        list.rows(at * windowRows, windowRows).then(
          (rows) => {
            setLoaded((now) => (now?.list === list ? { list, windows: new Map(now.windows).set(at, rows) } : now))
          },
          (cause: unknown) => {
            setError(failureOf(cause))
          },
        )
      }
    },
    [loaded],
  )
  const rowAt = useCallback(
    (index: number) => loaded?.windows.get(Math.floor(index / windowRows))?.[index % windowRows] ?? null,
    [loaded],
  )
  return { total: loaded?.list.total ?? null, bytes: loaded?.list.bytes ?? 0, error, rowAt, onRange }
}

function windowsOf(first: number, last: number): readonly number[] {
  const windows: number[] = []
  for (let at = Math.floor(Math.max(0, first) / windowRows); at <= Math.floor(last / windowRows); at++) windows.push(at)
  return windows
}

/** A value that changes at most every so many milliseconds, and always to the latest. */
function useCalm<T>(value: T, every: number): T {
  const [calmed, setCalmed] = useState(value)
  const last = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, last.current + every - Date.now())
    const timer = setTimeout(() => {
      last.current = Date.now()
      setCalmed(value)
    }, wait)
    return () => {
      clearTimeout(timer)
    }
  }, [value, every])
  return calmed
}
