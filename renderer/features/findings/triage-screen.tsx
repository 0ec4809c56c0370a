// What was found on a host, by score, with the reasons.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function TriageScreen(): ReactNode {
  const w = useWords('findings')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
