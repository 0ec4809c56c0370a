// The plan as a diff of files, processes and units: what goes, what comes, what changes its state, and what to beware of.

import { useState, type ReactNode } from 'react'
import { useSay, useWords } from '../../i18n/say.ts'
import { HostWords } from './host-words.tsx'
import type { PlannedItem } from './plan-reading.ts'
import style from './checklist.module.css'

/** Lines shown at once; the others are a click away. */
const shownAtOnce = 120

export function PlanDiff({ items }: { readonly items: readonly PlannedItem[] }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const [whole, setWhole] = useState(false)
  const lines = items.flatMap(({ diff }) => diff)
  const part = whole ? lines : lines.slice(0, shownAtOnce)
  return (
    <div className={style['diff']} role="list" tabIndex={0} aria-label={w('plan')}>
      {part.map(({ mark, text, note }, at) => (
        <div key={at} role="listitem" data-mark={mark}>
          <span aria-hidden="true">{mark}</span>
          <span className={style['diffText']}>
            <HostWords text={text} mono />
          </span>
          {note !== undefined && (
            <span className={style['diffNote']}>
              <HostWords text={say(note.code, note.params)} />
            </span>
          )}
        </div>
      ))}
      {part.length < lines.length && (
        <button
          type="button"
          className={style['moreLines']}
          onClick={() => {
            setWhole(true)
          }}
        >
          {w('diffMore', { n: lines.length - part.length })}
        </button>
      )}
    </div>
  )
}
