// CPU of the host over the samples.

import type { ReactNode } from 'react'

export function CpuChart(): ReactNode {
  return null
}
