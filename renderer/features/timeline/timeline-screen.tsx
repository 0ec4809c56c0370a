// Everything that happened, on one axis.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function TimelineScreen(): ReactNode {
  const w = useWords('timeline')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
