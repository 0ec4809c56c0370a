// Columns of the table of exhibits.

import type { ReactNode } from 'react'
import type { ExhibitRow } from '../../evidence-db/locker.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { HostTextView, Tag } from '../../ui/kit.tsx'
import { bytesText, timeText } from '../../ui/measures.ts'
import type { Column } from '../../ui/virtual-table.tsx'
import style from './evidence.module.css'

/** Characters of a request that a hint shows; all of it stands in the provenance. */
const longestHint = 400
/** Characters of a digest that tell exhibits apart at a glance; the whole is in the details. */
const digestShown = 12

export function useExhibitColumns(names: (chain: string) => string): readonly Column<ExhibitRow>[] {
  const w = useWords('evidence')
  const lang = useLanguage()
  const zone = useSession((state) => state.case?.timeZone ?? null)
  return [
    {
      id: 'at',
      label: w('when'),
      width: '72px',
      sorts: true,
      cell: ({ at }) => (
        <span className="num" title={timeText(lang, at, zone, true)}>
          {timeText(lang, at, zone)}
        </span>
      ),
    },
    {
      id: 'what',
      label: w('kind'),
      width: 'minmax(184px, 1fr)',
      sorts: true,
      cell: ({ what }) => <span className="mono">{what}</span>,
    },
    {
      id: 'path',
      label: w('what'),
      width: 'minmax(120px, 1.4fr)',
      sorts: true,
      cell: ({ path, method }) =>
        path === null ? (
          <span className="faint mono" title={method.slice(0, longestHint)}>
            –
          </span>
        ) : (
          <HostTextView text={path} cut />
        ),
    },
    {
      id: 'host',
      label: w('host'),
      width: 'minmax(70px, 0.5fr)',
      cell: ({ chain }) => <span className="dim">{names(chain)}</span>,
    },
    {
      id: 'size',
      label: w('size'),
      width: '72px',
      end: true,
      sorts: true,
      cell: ({ size }) => <span className="num">{bytesText(size)}</span>,
    },
    {
      id: 'digest',
      label: w('digest'),
      width: '96px',
      cell: ({ sha256 }) => <span className="mono dim">{sha256.slice(0, digestShown)}</span>,
    },
    { id: 'flags', label: w('flags'), width: 'minmax(60px, 0.6fr)', cell: (row) => <Flags row={row} /> },
  ]
}

export function Flags({ row }: { readonly row: ExhibitRow }): ReactNode {
  const w = useWords('evidence')
  return (
    <span className={style['flags']}>
      {row.truncated && (
        <Tag tone="amber" title={w('truncatedHint')}>
          {w('truncated')}
        </Tag>
      )}
      {!row.stored && <Tag title={w('pendingHint')}>{w('pending')}</Tag>}
      {row.tags.map((tag) => (
        <Tag key={tag} tone="grey">
          {tag}
        </Tag>
      ))}
      {row.note !== null && row.note !== '' && <Tag title={row.note}>{w('noted')}</Tag>}
    </span>
  )
}
