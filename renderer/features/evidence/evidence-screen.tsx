// Every exhibit: find, look, check again.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function EvidenceScreen(): ReactNode {
  const w = useWords('evidence')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
