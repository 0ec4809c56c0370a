// Report, export, verification.

import { IconHourglass } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Empty } from '../../ui/kit.tsx'

export function ReportScreen(): ReactNode {
  const w = useWords('report')
  return <Empty icon={<IconHourglass size={24} />} title={w('title')} />
}
