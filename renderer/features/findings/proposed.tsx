// Whether an act is proposed against a finding, as a chip.

import type { ReactNode } from 'react'
import type { FindingView } from '../../state/looks.ts'
import { Chip } from '../../ui/kit.tsx'

export function Proposed({ finding, label }: { readonly finding: FindingView; readonly label: string }): ReactNode {
  const tones = { yes: finding.kind === 'scheduler-daemon' ? 'amber' : 'red', unknown: 'amber', no: 'grey' } as const
  return <Chip tone={tones[finding.proposed]}>{label}</Chip>
}
