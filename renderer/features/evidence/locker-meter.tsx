// How full the locker is, and how far behind the case folder.

import type { ReactNode } from 'react'

export function LockerMeter(): ReactNode {
  return null
}
