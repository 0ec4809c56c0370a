// Words by which the evidence of a finding is found in the locker.

import { shown } from '../../../main/core/contract.ts'
import type { FindingView } from '../../state/looks.ts'

/** A filter for the evidence screen; empty shows everything of the host. */
export function evidenceOf({ target }: FindingView): string {
  switch (target.kind) {
    case 'process':
      return target.identity.exeSha256?.slice(0, 12) ?? `process ${String(target.identity.pid)}`
    case 'file':
    case 'line':
      return shown(target.path)
    case 'mount':
      return 'mounts'
    case 'host':
      return ''
  }
}
