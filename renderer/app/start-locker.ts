// Opens the evidence locker and hands it to the screens.

import { openLocker } from '../evidence-db/open-locker.ts'
import { proof } from '../link/wire.ts'
import { setLocker } from '../state/locker.ts'
import { onConnect } from '../state/session.ts'

export function startLocker(): void {
  setLocker(openLocker({ onConnect, proof }))
}
