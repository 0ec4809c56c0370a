// Where the person is: which screen, host, step. Nothing of the case is in here, so that losing it loses nothing but a place; the place is kept per tab.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

export const screens = ['triage', 'checklist', 'evidence', 'timeline', 'report', 'settings'] as const
export type Screen = (typeof screens)[number]

/** Windows over the screen. */
export type Dialog = 'add-hosts' | 'new-case' | 'import' | 'take-over' | 'start-run' | 'keys' | null

export interface View {
  readonly screen: Screen
  /** link that is looked at */
  readonly link: string | null
  /** links that are marked, for work on many at once; empty: the one that is looked at */
  readonly picked: readonly string[]
  /** step of the checklist that is open; null follows the run */
  readonly step: string | null
  /** finding that is open in triage */
  readonly finding: string | null
  /** exhibit that is open, by digest */
  readonly exhibit: string | null
  /** words the evidence screen filters by */
  readonly evidenceFilter: string
  /** `transcript` or a terminal's id */
  readonly dockTab: string
  readonly hostsOpen: boolean
  readonly sideOpen: boolean
  readonly dockOpen: boolean
  readonly dialog: Dialog
}

const kept = 'tourniquet-view'

const start: View = {
  screen: 'triage',
  link: null,
  picked: [],
  step: null,
  finding: null,
  exhibit: null,
  evidenceFilter: '',
  dockTab: 'transcript',
  hostsOpen: true,
  sideOpen: true,
  dockOpen: true,
  dialog: null,
}

export const view = createStore<View>(() => ({ ...start, ...before() }))
view.subscribe((state) => {
  sessionStorage.setItem(kept, JSON.stringify({ ...state, picked: [], dialog: null }))
})

export function useView<T>(select: (state: View) => T): T {
  return useStore(view, select)
}

/** Goes somewhere: `go({ screen: 'evidence', exhibit })`. */
export function go(to: Partial<View>): void {
  view.setState(to)
}

function before(): Partial<View> {
  try {
    return JSON.parse(sessionStorage.getItem(kept) ?? '{}') as Partial<View>
  } catch {
    return {} // the place is lost, nothing else
  }
}
