// The sign of a step. Green is verified and nothing else; what is not known has a dashed edge.

import { Loader } from '@mantine/core'
import { IconArrowBackUp, IconCheck, IconMinus, IconPlayerPause, IconQuestionMark, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { StepSign } from '../../state/story.ts'
import style from './checklist.module.css'

const icons: Readonly<Record<StepSign, ReactNode>> = {
  ahead: null,
  working: null,
  'needs-you': '!',
  held: <IconPlayerPause size={10} />,
  done: <IconCheck size={11} stroke={2.4} />,
  read: <IconCheck size={11} stroke={2.4} />,
  unknown: <IconQuestionMark size={10} stroke={2.4} />,
  failed: <IconX size={11} stroke={2.4} />,
  skipped: <IconMinus size={11} stroke={2.4} />,
  undone: <IconArrowBackUp size={11} stroke={2.4} />,
  lapsed: <IconQuestionMark size={10} stroke={2.4} />,
}

export function SignIcon({ sign }: { readonly sign: StepSign }): ReactNode {
  if (sign === 'working')
    return <Loader size={16} color="blue" className={style['signLoader'] ?? ''} aria-hidden="true" />
  return (
    <span className={style['sign']} data-sign={sign} aria-hidden="true">
      {icons[sign]}
    </span>
  )
}
