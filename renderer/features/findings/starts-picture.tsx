// What starts what, large: the whole map with names in full.

import type { ReactNode } from 'react'
import type { Look } from '../../state/looks.ts'

export function StartsPicture({ look }: { readonly look: Look }): ReactNode {
  return <div>{look.host}</div>
}
