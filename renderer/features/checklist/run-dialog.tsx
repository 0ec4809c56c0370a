// Choosing a playbook, its parameters and its hosts.

import type { ReactNode } from 'react'

export function RunDialog(): ReactNode {
  return null
}
