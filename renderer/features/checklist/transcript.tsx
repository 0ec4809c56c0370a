// What the playbook does, line by line, as it does it.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function Transcript(): ReactNode {
  const w = useWords('checklist')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
