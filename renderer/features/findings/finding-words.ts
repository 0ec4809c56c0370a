// Findings and reasons in words: titles, targets, short names of reasons. Everything here is shown as text; host text stays host text.

import type { HostText } from '../../../main/core/host-text.ts'
import { shown } from '../../../main/core/contract.ts'
import { en } from '../../i18n/en/index.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import type { FindingView } from '../../state/looks.ts'
import type { Tone } from '../../ui/kit.tsx'

export type ReasonView = FindingView['reasons'][number]
type Words = keyof typeof en.findings

/** Thousandths from which a reason is strong enough to be drawn red. */
const strong = 500

export function reasonTone(reason: ReasonView): Tone {
  if (reason.effect === 'decides') return 'amber'
  return reason.effect === 'raises' && reason.permille >= strong ? 'red' : 'grey'
}

/** A few words for a tag; a signal without a short name shows the name of its group. */
export function useReasonName(): (reason: ReasonView) => string {
  const w = useWords('findings')
  const say = useSay()
  return ({ signal, group }) => {
    const key = `why-${signal}`
    return Object.hasOwn(en.findings, key) ? w(key as Words) : say(`group.${group}`)
  }
}

/** What an act would take hold of, in one line of host text; null for the host itself. */
export function targetText({ target }: FindingView): HostText | null {
  switch (target.kind) {
    case 'process':
      return target.cmdline
    case 'file':
      return target.path
    case 'line':
      return target.text
    case 'mount':
      return target.point
    case 'host':
      return null
  }
}

/** What a filter searches in. */
export function useSearchText(): (finding: FindingView) => string {
  const say = useSay()
  const name = useReasonName()
  return (finding) => {
    const target = targetText(finding)
    return [
      say(finding.title, finding.params),
      say(`kind.${finding.kind}`),
      target === null ? '' : shown(target),
      finding.target.kind === 'line' ? shown(finding.target.path) : '',
      ...finding.reasons.map(name),
      ...finding.tags,
    ]
      .join('\n')
      .toLowerCase()
  }
}

export function hostile(finding: FindingView): boolean {
  return finding.proposed === 'yes' && finding.kind !== 'scheduler-daemon'
}
