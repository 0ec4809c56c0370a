// Exports that were made before, as the journal tells them.

import { useEffect, useState, type ReactNode } from 'react'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { call, useSession } from '../../state/session.ts'
import { CopyButton } from '../../ui/kit.tsx'
import { timeText } from '../../ui/measures.ts'
import style from './report.module.css'

const caseChain = 'case'

interface Exported {
  readonly seq: number
  readonly at: string
  readonly exportId: string
  readonly tagManifestSha256: string
  readonly signer: string
}

export function Earlier(): ReactNode {
  const w = useWords('report')
  const lang = useLanguage()
  const zone = useSession((state) => state.case?.timeZone ?? null)
  const exported = useExported()
  if (exported === null) return null
  if (exported.length === 0) return <p className="dim">{w('earlierNone')}</p>
  return (
    <ul className={style['earlier']}>
      {exported.map((one) => (
        <li key={one.seq}>
          <span>
            <strong>{one.exportId}</strong>
            <span className="dim num">{timeText(lang, one.at, zone, true)}</span>
          </span>
          <small>
            <code title={one.signer}>{one.signer}</code>
          </small>
          <small>
            <code title={one.tagManifestSha256}>{one.tagManifestSha256}</code>
            <CopyButton value={one.tagManifestSha256} label={w('writtenTag')} />
          </small>
        </li>
      ))}
    </ul>
  )
}

/** Newest first; null until the chain was read. Only what is new is read when it grows. */
function useExported(): readonly Exported[] | null {
  const caseId = useSession((state) => state.case?.caseId)
  const head = useSession((state) => state.heads[caseChain] ?? 0)
  const [known, setKnown] = useState<{ caseId: string; next: number; exported: readonly Exported[] } | null>(null)
  const mine = known !== null && known.caseId === caseId ? known : null
  const next = mine?.next ?? 0
  useEffect(() => {
    if (caseId === undefined || (mine !== null && next >= head)) return
    let wanted = true
    call('journal.read', { chain: caseChain, from: next }).then(
      ({ events }) => {
        if (!wanted) return
        const found = events.flatMap((event) =>
          event.type === 'exported' ? [{ seq: event.seq, at: event.at, ...event.data }] : [],
        )
        // an answer without events would be asked for again without end
        setKnown({
          caseId,
          next: events.length === 0 ? head : next + events.length,
          exported: [...found.reverse(), ...(mine?.exported ?? [])],
        })
      },
      () => undefined, // the connection was lost: it is read again with the next event
    )
    return () => {
      wanted = false
    }
  }, [caseId, head, next, mine])
  return mine === null || mine.next < head ? (mine?.exported ?? null) : mine.exported
}
