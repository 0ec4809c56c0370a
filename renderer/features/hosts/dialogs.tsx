// Windows of the hosts: adding them, and the questions about keys and logins.

import type { ReactNode } from 'react'

export function HostDialogs(): ReactNode {
  return null
}
