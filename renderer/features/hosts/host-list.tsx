// The hosts of the case, with their connection and verdict.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function HostList(): ReactNode {
  const w = useWords('hosts')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
