// The workbench's clocks, from Node. Nothing else in the product reads the time.

import { TourniquetError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

/** Wall clock in UTC, monotonic clock in milliseconds, and a sleep that an AbortSignal ends with `cancelled`. */
export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new TourniquetError('cancelled'))
        return
      }
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(new TourniquetError('cancelled'))
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}
