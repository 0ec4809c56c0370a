// A run that was chosen somewhere on the screen, for the dialog that starts it.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { go } from '../../state/view.ts'

const offered = createStore<{ readonly playbook: string | null }>(() => ({ playbook: null }))

/** Opens the dialog with this playbook chosen. */
export function offerRun(playbook: string): void {
  offered.setState({ playbook })
  go({ dialog: 'start-run' })
}

export function useOffered(): string | null {
  return useStore(offered, ({ playbook }) => playbook)
}

export function clearOffer(): void {
  offered.setState({ playbook: null })
}
