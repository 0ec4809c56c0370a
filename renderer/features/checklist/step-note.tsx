// The right end of a step's row: what it kept or did, or what it is about to do, in two or three words.

import type { ReactNode } from 'react'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import { lastTold, useRun, useTold, type StepView } from '../../state/progress.ts'
import type { StepStory } from '../../state/story.ts'
import { durationText, useNow } from '../../ui/measures.ts'

export function StepNote({ step, host }: { readonly step: StepView; readonly host: string }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const deeds = useDeeds()
  const { sign, story } = step
  switch (sign) {
    case 'needs-you':
      return w('sign-needs-you')
    case 'working':
      return <Working step={step} host={host} />
    case 'held':
    case 'failed':
    case 'undone':
    case 'lapsed':
      return w(`sign-${sign}`)
    case 'unknown':
      return w('sign-unknown')
    case 'skipped':
      return story.ended?.skip == null ? w('sign-skipped') : say(`skip.${story.ended.skip}`)
    case 'ahead':
      return null
    case 'done':
    case 'read':
      if (story.ended?.outcome === 'nothing-to-do') return say('step.nothing-to-do')
      if (step.kind === 'inspect') {
        const { verdict = 'clean', unknowns = 0 } = story.looked ?? {}
        if (verdict !== 'clean' && verdict !== 'unknown') return say(`verdict.${verdict}`)
        if (unknowns > 0) return unknowns === 1 ? w('unknownOne') : w('unknowns', { n: unknowns })
        return w('keptItems', { n: story.exhibits.length })
      }
      if (step.kind === 'attest') return story.attested === null ? null : firstLine(story.attested.text)
      return deeds(step.verb, story)
  }
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 60)
}

/** `3 processes`, `2 lines`: what the changes of a step add up to. */
export function useDeeds(): (verb: string | null, story: StepStory) => string | null {
  const w = useWords('checklist')
  return (verb, { acts }) => {
    const changes = acts.flatMap(({ change }) => (change === null ? [] : [change]))
    const n = changes.length
    if (n === 0) return null
    const sum = changes.reduce((all, { summary }) => all + Number(summary.params['count'] ?? 1), 0)
    switch (verb) {
      case 'freeze':
        return sum === 1 ? w('process') : w('processes', { n: sum })
      case 'kill':
        return n === 1 ? w('process') : w('processes', { n })
      case 'edit-lines':
      case 'edit-keys':
        return sum === 1 ? w('line') : w('lines', { n: sum })
      case 'quarantine':
      case 'clear-flags':
      case 'install-key':
      case 'restore-binary':
        return n === 1 ? w('file') : w('files', { n })
      case 'pause-schedulers':
      case 'resume-schedulers':
        return n === 1 ? w('scheduler') : w('schedulers', { n })
      default:
        return n === 1 ? w('change') : w('changes', { n })
    }
  }
}

/** Progress of a step at work: how much is read or changed, or how long it still watches. */
function Working({ step, host }: { readonly step: StepView; readonly host: string }): ReactNode {
  const common = useWords('common')
  const left = useSecondsLeft(host, step.step)
  const w = useWords('checklist')
  const lang = useLanguage()
  const told = useTold(useRun()?.job?.job ?? null)
  if (left !== null) return w('left', { time: durationText(lang, left.left) })
  if (step.kind === 'act') {
    const acting = lastTold(told, 'acting', host, step.step)
    return acting === null ? w('sign-working') : common('of', { n: acting.done, total: acting.total })
  }
  const looking = lastTold(told, 'looking', host, step.step)
  return looking === null ? w('sign-working') : common('of', { n: looking.done, total: looking.total })
}

/** Of the wait a step is in: seconds left now, by this machine's clock since it was last told; null when it does not wait. */
export function useSecondsLeft(
  host: string | null,
  step: string,
): { readonly left: number; readonly total: number } | null {
  const told = useTold(useRun()?.job?.job ?? null)
  const now = useNow()
  const waiting = lastTold(told, 'waiting', host, step)
  if (waiting === null) return null
  const passed = Math.max(0, (now - Date.parse(waiting.at)) / 1000)
  return { left: Math.max(0, Math.round(waiting.secondsLeft - passed)), total: waiting.secondsTotal }
}
