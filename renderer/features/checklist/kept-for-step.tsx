// Evidence kept for the open step.

import type { ReactNode } from 'react'

export function KeptForStep(): ReactNode {
  return null
}
