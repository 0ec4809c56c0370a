// Texts of ours that carry words of a host, already in shown form: marked, cut, never obeyed.

import { memo, type ReactNode } from 'react'
import type { HostText } from '../../../main/core/host-text.ts'
import { HostTextView } from '../../ui/kit.tsx'

/** `mono`: it is the host's text alone, such as a path. */
export const HostWords = memo(function HostWords({
  text,
  cut = false,
  mono = false,
}: {
  readonly text: string
  readonly cut?: boolean
  readonly mono?: boolean
}): ReactNode {
  return <HostTextView text={text as unknown as HostText} cut={cut} mono={mono} />
})
