// Transcript and terminals, in tabs.

import type { ReactNode } from 'react'

export function Dock({ transcript }: { readonly transcript: ReactNode }): ReactNode {
  return transcript
}
