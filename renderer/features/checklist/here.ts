// Which host of the run is looked at, and how hosts and steps are called. Losing it loses a place, nothing else.

import { useCallback } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { shown } from '../../../main/core/contract.ts'
import { useBilingual, useWords } from '../../i18n/say.ts'
import { useJournal } from '../../state/journal.ts'
import { stepNow, useRun, useSteps, type OutlineStep, type RunView, type StepView } from '../../state/progress.ts'
import { session, useSession } from '../../state/session.ts'
import { go, useView, view } from '../../state/view.ts'

/** A host chosen in the checklist although it has no link now; the host list takes over again with its next choice. */
const chosen = createStore<{ readonly host: string | null }>(() => ({ host: null }))
view.subscribe((now, before) => {
  if (now.link !== before.link) chosen.setState({ host: null })
})

/** Goes to a host, and to one of its steps. */
export function goToHost(host: string, step: string | null = null): void {
  const link = session.getState().links.find((one) => one.host === host)
  go({ screen: 'checklist', step, ...(link ? { link: link.link } : {}) })
  chosen.setState({ host })
}

/** Chain of the host the person looks at; null without one. */
export function useLookedAt(): string | null {
  const link = useView((state) => state.link)
  return useSession(
    ({ links }) => links.find((one) => one.link === link)?.host ?? links.find((one) => one.host)?.host ?? null,
  )
}

/** The host whose steps are shown: the one that was chosen, else the one that is looked at, else the first of the run. */
export function useRunHost(run: RunView | null): string | null {
  const picked = useStore(chosen, ({ host }) => host)
  const looked = useLookedAt()
  if (run === null) return null
  const { hosts } = run.head
  return [picked, looked].find((host) => host !== null && hosts.includes(host)) ?? hosts[0] ?? null
}

export interface Here {
  readonly run: RunView | null
  readonly host: string | null
  readonly steps: readonly StepView[]
  /** the step that is open: the chosen one, else where the work is */
  readonly step: StepView | null
}

/** One step of a run at one host: what every view of a step's work is given. */
export interface StepAtHost {
  readonly run: RunView
  readonly host: string
  readonly step: StepView
}

export function useHere(): Here {
  const run = useRun()
  const host = useRunHost(run)
  const steps = useSteps(run, host)
  const open = useView((state) => state.step)
  const step = steps.find((one) => one.step === open) ?? stepNow(steps)
  return { run, host, steps, step }
}

/** What people call a host: its own name, else how it was dialled. */
export function useHostName(): (host: string) => string {
  const links = useSession((state) => state.links)
  const addresses = useJournal((state) => state.addresses)
  return (host) => {
    const link = links.find((one) => one.host === host)
    if (link?.arrival) return shown(link.arrival.hostname)
    return link?.address ?? addresses[host] ?? host
  }
}

/** What people call a step. Steps without a title go by their sentence. */
export function useStepTitle(): (step: Pick<OutlineStep, 'step' | 'title' | 'sentence' | 'kind'>) => string {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  return useCallback(
    ({ step, title, sentence, kind }) => {
      if (title !== null) return bilingual(title)
      if (sentence !== null) return bilingual(sentence).replace(/[.。]$/, '')
      return kind === 'inspect' ? w('untitledInspect') : kind === 'wait' ? w('untitledWait') : step
    },
    [w, bilingual],
  )
}
