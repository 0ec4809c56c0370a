// Windows of the cases: a new one, and import.

import type { ReactNode } from 'react'

export function CaseDialogs(): ReactNode {
  return null
}
