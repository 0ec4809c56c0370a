// Report and export: what leaves the case. On the left the bundle is made and checked, on the right is what a customer will read.

import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { Earlier } from './earlier.tsx'
import { ExportCard } from './export-card.tsx'
import { Preview } from './preview.tsx'
import { VerifyAny } from './verify-panel.tsx'
import style from './report.module.css'

export function ReportScreen(): ReactNode {
  const w = useWords('report')
  return (
    <div className={style['screen']}>
      <div className={style['side']}>
        <Box title={w('bundle')} hint={w('bundleHint')}>
          <ExportCard />
        </Box>
        <Box title={w('earlier')}>
          <Earlier />
        </Box>
        <Box title={w('other')}>
          <VerifyAny />
        </Box>
      </div>
      <Preview />
    </div>
  )
}

function Box({
  title,
  hint,
  children,
}: {
  readonly title: string
  readonly hint?: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <section className={style['box']} aria-label={title}>
      <h2>{title}</h2>
      {hint !== undefined && <p className="dim">{hint}</p>}
      {children}
    </section>
  )
}
