// Evidence kept for the open step, newest first, each piece one click from the locker. What was cut off says so.

import { IconCheck, IconCircleHalf2 } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { HostText } from '../../../main/core/host-text.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { lastTold, useTold } from '../../state/progress.ts'
import type { StoredExhibit } from '../../state/story.ts'
import { go } from '../../state/view.ts'
import { HostTextView, Section } from '../../ui/kit.tsx'
import { bytesText, timeText } from '../../ui/measures.ts'
import { useHere } from './here.ts'
import style from './checklist.module.css'

/** Pieces listed here; the locker has them all. */
const listed = 12

export function KeptForStep(): ReactNode {
  const w = useWords('checklist')
  const { run, host, step } = useHere()
  const told = useTold(run?.job?.job ?? null)
  if (run === null || step === null) return null
  const { exhibits } = step.story
  const { keptForPlan, plans } = step.story
  const keeping = run.working && step.story.ended === null && keptForPlan < (plans.at(-1)?.items ?? 0)
  const now = keeping ? lastTold(told, 'capturing', host, step.step) : null
  const newest = exhibits.toReversed()
  return (
    <Section title={w('keptTitle')} aside={exhibits.length > 0 ? w('keptItems', { n: exhibits.length }) : undefined}>
      {now !== null && <p className={style['teaching']}>{w('keptNow', { bytes: bytesText(now.bytes) })}</p>}
      {newest.length === 0 && now === null && <p className={style['teaching']}>{w('keptNone')}</p>}
      <ul className={style['kept']}>
        {newest.slice(0, listed).map((exhibit) => (
          <li key={exhibit.seq}>
            <Exhibit exhibit={exhibit} />
          </li>
        ))}
      </ul>
      {newest.length > listed && (
        <button
          type="button"
          className={style['moreKept']}
          onClick={() => {
            go({ screen: 'evidence' })
          }}
        >
          {w('keptMore', { n: newest.length - listed })}
        </button>
      )}
    </Section>
  )
}

function Exhibit({ exhibit }: { readonly exhibit: StoredExhibit }): ReactNode {
  const w = useWords('checklist')
  const lang = useLanguage()
  const { what, path, sha256, size, truncated, hostSha256, at } = exhibit
  const state = truncated ? w('keptCut') : hostSha256 === sha256 ? w('keptWhole') : w('keptMade')
  return (
    <button
      type="button"
      className={style['keptRow']}
      title={w('keptOpen', { what })}
      onClick={() => {
        go({ screen: 'evidence', exhibit: sha256 })
      }}
    >
      {truncated ? (
        <IconCircleHalf2 size={14} data-state="cut" aria-hidden="true" />
      ) : (
        <IconCheck size={14} data-state={hostSha256 === sha256 ? 'whole' : 'made'} aria-hidden="true" />
      )}
      <span className={style['keptText']}>
        <span className={style['keptName']}>
          {path === null ? <code>{what}</code> : <HostTextView text={path as unknown as HostText} cut mono={false} />}
        </span>
        <span className="mono faint" title={sha256}>
          {sha256.slice(0, 6)}…{sha256.slice(-4)} · {bytesText(size)}
          {path !== null && ` · ${what}`}
        </span>
        <span className={truncated ? style['why'] : style['srOnly']}>{state}</span>
      </span>
      <time className="faint num" dateTime={at}>
        {timeText(lang, at).slice(0, 5)}
      </time>
    </button>
  )
}
