// The evidence locker, for screens: its state as a hook, and the locker itself.

import { useSyncExternalStore } from 'react'
import type { Locker, LockerState } from '../evidence-db/locker.ts'

let current: Locker | null = null
const listeners = new Set<() => void>()

const none: LockerState = {
  phase: 'off',
  caseId: null,
  have: { events: 0, exhibits: 0, bytes: 0 },
  lag: { events: 0, exhibits: 0, bytes: 0 },
  chainIntact: true,
  persistent: null,
  room: null,
  error: null,
}

/** Called once, by the frame. */
export function setLocker(locker: Locker): void {
  current = locker
  locker.onState(() => {
    for (const listener of listeners) listener()
  })
  for (const listener of listeners) listener()
}

/** The locker, or null before it is open. */
export function locker(): Locker | null {
  return current
}

export function useLocker(): LockerState {
  return useSyncExternalStore(subscribe, () => current?.state() ?? none)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
