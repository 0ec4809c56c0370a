// Where an exhibit came from: digests of both ends, the exact request, both clocks, the events that name it, and the file as it stood.

import { IconCircleCheck } from '@tabler/icons-react'
import { useEffect, useState, type ReactNode } from 'react'
import type { JournalEvent } from '../../evidence-db/case.ts'
import type { ExhibitRow } from '../../evidence-db/locker.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { locker } from '../../state/locker.ts'
import { useSession } from '../../state/session.ts'
import { CopyButton } from '../../ui/kit.tsx'
import { timeText } from '../../ui/measures.ts'
import { custodyOf, fieldsOf } from './custody.ts'
import style from './evidence.module.css'

interface Props {
  readonly row: ExhibitRow
  readonly names: (chain: string) => string
}

export function Provenance({ row, names }: Props): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  const zone = useSession((state) => state.case?.timeZone ?? null)
  const fields = fieldsOf(row.meta)
  return (
    <div className={style['about']}>
      <section>
        <h3>{w('hashes')}</h3>
        <dl>
          <dt>{w('hashOurs')}</dt>
          <dd className="mono">
            {row.sha256} <CopyButton value={row.sha256} label={w('copyDigest')} />
          </dd>
          <dt>{w('hashHost')}</dt>
          <dd className="mono">
            <HostDigest row={row} />
          </dd>
        </dl>
        <h3>{w('provenance')}</h3>
        <dl>
          <dt>{w('request')}</dt>
          <dd className="mono">{row.method}</dd>
          <dt>{w('host')}</dt>
          <dd>{names(row.chain)}</dd>
          <dt>{w('ourClock')}</dt>
          <dd className="num">{timeText(lang, row.at, zone, true)}</dd>
          <dt>{w('hostClock')}</dt>
          <dd className="num">
            {row.hostTime === null ? (
              <span className="faint">{w('hashNone')}</span>
            ) : (
              timeText(lang, new Date(Number(row.hostTime) / 1000).toISOString(), zone, true)
            )}
          </dd>
          <dt>{w('chainPlace')}</dt>
          <dd className="mono">
            {row.chain} #{row.seq}
          </dd>
        </dl>
      </section>
      <section>
        <h3>{w('custody')}</h3>
        <Custody row={row} />
        <h3>{w('metadata')}</h3>
        {fields.length === 0 ? (
          <p className="dim">{w('metadataNone')}</p>
        ) : (
          <dl>
            {fields.map(([name, value]) => (
              <Field key={name} name={name} value={value} />
            ))}
          </dl>
        )}
      </section>
    </div>
  )
}

function Field({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd className="mono">{value}</dd>
    </>
  )
}

function HostDigest({ row }: { readonly row: ExhibitRow }): ReactNode {
  const w = useWords('evidence')
  if (row.hostSha256 === null) return <span className="faint">{w('hashNone')}</span>
  if (row.hostSha256 === row.sha256)
    return (
      <span className={style['good']}>
        <IconCircleCheck size={13} aria-hidden="true" /> {w('hashSame')}
      </span>
    )
  return (
    <>
      {row.hostSha256}{' '}
      <span className={row.truncated ? 'dim' : style['bad']}>{row.truncated ? w('hashCut') : w('hashDiffers')}</span>
    </>
  )
}

function Custody({ row }: { readonly row: ExhibitRow }): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  const zone = useSession((state) => state.case?.timeZone ?? null)
  const [events, setEvents] = useState<readonly JournalEvent[] | null>(null)
  const { sha256, chain, seq } = row
  useEffect(() => {
    let current = true
    const from = locker()
    if (from === null) return
    custodyOf(from, { sha256, chain, seq }).then(
      (found) => {
        if (current) setEvents(found)
      },
      () => undefined, // the locker says itself what is wrong with it
    )
    return () => {
      current = false
    }
  }, [sha256, chain, seq])
  if (events === null) return null
  return (
    <ol className={style['custody']}>
      {events.map((event) => (
        <li key={`${event.chain} ${String(event.seq)}`}>
          <span className="num dim">{timeText(lang, event.at, zone)}</span>
          <span className="mono">{event.type}</span>
          <span className="faint mono">
            {event.chain} #{event.seq}
          </span>
        </li>
      ))}
      {events.length === 0 && <li className="dim">{w('custodyNone')}</li>}
    </ol>
  )
}
