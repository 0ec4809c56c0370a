// What a person said, as it stands in the case.

import type { ReactNode } from 'react'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import type { StepView } from '../../state/progress.ts'
import { timeText } from '../../ui/measures.ts'
import style from './checklist.module.css'

export function AttestedWork({ step }: { readonly step: StepView }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const lang = useLanguage()
  const { attested, ended } = step.story
  return (
    <div className={style['block']}>
      {attested === null ? (
        <p className="dim">{ended === null ? w('sign-held') : say(`step.${ended.outcome}`)}</p>
      ) : (
        <blockquote className={style['said']}>
          <p>{attested.text}</p>
          <footer>{w('attestedBy', { by: attested.by, time: timeText(lang, attested.at) })}</footer>
        </blockquote>
      )}
    </div>
  )
}
