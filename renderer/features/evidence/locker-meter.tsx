// How full the locker is, how far behind the case folder, and whether its chain holds. Green only for a chain that was checked.

import type { ReactNode } from 'react'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useLocker } from '../../state/locker.ts'
import { go } from '../../state/view.ts'
import { ErrorNote, Section } from '../../ui/kit.tsx'
import { bytesText, countText } from '../../ui/measures.ts'
import { AskPersist, Rebuild } from './locker-notes.tsx'
import style from './evidence.module.css'

export function LockerMeter(): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  const { phase, have, lag, absent, chainIntact, persistent, room, error } = useLocker()
  if (phase === 'off')
    return (
      <Section title={w('title')}>
        <p className={style['meterText']}>{w('off')}</p>
      </Section>
    )
  const behind = lag.events + lag.exhibits
  const total = room === null ? 0 : room.used + room.free
  return (
    <Section
      title={w('title')}
      aside={
        <button
          type="button"
          className={style['meterLink']}
          onClick={() => {
            go({ screen: 'evidence' })
          }}
        >
          {w('meterItems', { n: countText(lang, have.exhibits), bytes: bytesText(have.bytes) })}
        </button>
      }
    >
      {room !== null && total > 0 && (
        <div
          className={style['meter']}
          role="meter"
          aria-label={w('meter', { total: bytesText(total) })}
          aria-valuenow={room.used}
          aria-valuemin={0}
          aria-valuemax={total}
          data-low={lag.bytes > room.free}
        >
          <i style={{ width: `${String(Math.max(room.used > 0 ? 1 : 0, (100 * room.used) / total))}%` }} />
        </div>
      )}
      <p className={style['meterText']}>
        {phase === 'opening' ? (
          w('opening')
        ) : (
          <>
            {w('strict')} ·{' '}
            {persistent === true ? (
              w('persistent')
            ) : persistent === false ? (
              <span className={style['warn']}>{w('notPersistent')}</span>
            ) : (
              w('persistUnknown')
            )}
            {room !== null && <> · {w('free', { bytes: bytesText(room.free) })}</>} ·{' '}
            <Chain phase={phase} intact={chainIntact} events={have.events} />
          </>
        )}
      </p>
      {behind > 0 && (
        <p className={style['meterText']} role="status">
          <span className={style['warn']}>
            {w('behind', { n: countText(lang, behind), bytes: bytesText(lag.bytes) })}
          </span>
        </p>
      )}
      {absent !== undefined && absent.exhibits > 0 && (
        <p className={style['meterText']}>{w('absent', { n: absent.exhibits })}</p>
      )}
      {persistent !== true && phase !== 'opening' && (
        <div className={style['meterAct']}>
          <AskPersist />
        </div>
      )}
      {(phase === 'stuck' || phase === 'damaged') && (
        <div className={style['meterAct']}>
          {error !== null && <ErrorNote error={error} />}
          {phase === 'damaged' && <Rebuild />}
        </div>
      )}
    </Section>
  )
}

function Chain({
  phase,
  intact,
  events,
}: {
  readonly phase: string
  readonly intact: boolean
  readonly events: number
}): ReactNode {
  const w = useWords('evidence')
  const lang = useLanguage()
  if (!intact || phase === 'damaged') return <span className={style['bad']}>{w('chainBroken')}</span>
  if (phase !== 'following' || events === 0) return <span>{w('chainUnchecked')}</span>
  return <span className={style['good']}>{w('chainAt', { n: countText(lang, events) })}</span>
}
