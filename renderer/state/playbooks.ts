// The playbooks there are, read once a connection.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { PlaybookInfo } from '../../main/core/contract.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { onConnect } from './session.ts'

export type Playbook = Frozen<PlaybookInfo>

export const playbooks = createStore<readonly Playbook[]>(() => [])

export function usePlaybooks(): readonly Playbook[] {
  return useStore(playbooks)
}

onConnect((client) => {
  client.call('playbooks.list', {}).then(
    (answer) => {
      playbooks.setState(inOrder(answer.playbooks), true)
    },
    () => undefined, // the connection ended: the next one reads them
  )
})

/** What most people come for stands first, then the longer before the shorter: a composed runbook before its parts. */
const first = 'evict-miner'

function inOrder(all: readonly Playbook[]): readonly Playbook[] {
  return [...all].sort((a, b) => Number(b.id === first) - Number(a.id === first) || b.steps.length - a.steps.length)
}
