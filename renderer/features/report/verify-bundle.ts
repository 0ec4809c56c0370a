// Checking a bundle: its bytes go to the program on this machine, which reads it the way a stranger would, and are gone when the workbench closes.

import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import type { Progress } from '../../evidence-db/locker.ts'
import { call } from '../../state/session.ts'
import { upload } from '../../state/upload.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

export type Verified = Output<Contract, 'bundle.verify'>

/** A bundle the page holds, or one the program wrote. */
export type Bundle = { readonly file: File } | { readonly path: string }

export type Check =
  | { readonly at: 'bringing'; readonly progress: Progress }
  | { readonly at: 'checking' }
  | { readonly at: 'good'; readonly what: Verified }
  | { readonly at: 'bad'; readonly error: Failure }

/** Tells every stage; ends with `good` or `bad`, or in silence when it was stopped. `signer`: empty = nobody is expected. */
export async function check(
  bundle: Bundle,
  signer: string,
  signal: AbortSignal,
  told: (check: Check) => void,
): Promise<void> {
  try {
    const from =
      'path' in bundle
        ? { path: bundle.path }
        : {
            upload: (
              await upload(bundle.file, {
                signal,
                told: (progress) => {
                  told({ at: 'bringing', progress })
                },
              })
            ).upload,
          }
    told({ at: 'checking' })
    const expected = signer.trim() === '' ? null : signer.trim()
    told({ at: 'good', what: await call('bundle.verify', { from, signer: expected }, { signal }) })
  } catch (cause) {
    if (!signal.aborted) told({ at: 'bad', error: failureOf(cause) })
  }
}
