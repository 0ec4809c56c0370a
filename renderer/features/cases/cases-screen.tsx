// The cases: open one, begin one, import one, or practise.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function CasesScreen(): ReactNode {
  const w = useWords('cases')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
