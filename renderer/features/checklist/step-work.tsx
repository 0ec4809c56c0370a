// One step: its sentence, findings, plan, approval, outcome.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function StepWork(): ReactNode {
  const w = useWords('checklist')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
