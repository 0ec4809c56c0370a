// The checklist: every step of the run, and where it stands.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function Spine(): ReactNode {
  const w = useWords('checklist')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
