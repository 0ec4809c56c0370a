// What starts what, as a picture.

import type { ReactNode } from 'react'

export function StartsMap(): ReactNode {
  return null
}
