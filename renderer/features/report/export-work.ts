// Writing a bundle: it goes on while the person looks at another screen, tells its bytes, and is stopped at once. What was written stays until it is forgotten.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { isTourniquetError, TourniquetError } from '../../../main/core/errors.ts'
import type { Progress, SignWith } from '../../evidence-db/locker.ts'
import { locker } from '../../state/locker.ts'
import { call, session, type JobView } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'
import type { Bundle } from './verify-bundle.ts'

export interface Wanted {
  readonly exportId: string | null
  readonly includeSecrets: boolean
  readonly signer: SignWith
}

export interface WrittenBundle {
  readonly name: string
  readonly bytes: number
  /** null when the program did not count them */
  readonly files: number | null
  readonly redacted: number
  readonly fingerprint: string
  readonly tagManifestSha256: string
  readonly bundle: Bundle
}

export type ExportWork =
  | { readonly at: 'idle' }
  | { readonly at: 'writing'; readonly progress: Progress | null; readonly stop: () => void }
  | { readonly at: 'written'; readonly written: WrittenBundle }
  | { readonly at: 'failed'; readonly error: Failure; readonly wanted: Wanted }

const work = createStore<{ readonly now: ExportWork }>(() => ({ now: { at: 'idle' } }))

session.subscribe((now, before) => {
  if (now.case?.caseId === before.case?.caseId) return
  forgetExport() // it belonged to another case
})

export function useExport(): ExportWork {
  return useStore(work, ({ now }) => now)
}

/** Stops what is under way and lets the file go. */
export function forgetExport(): void {
  const { now } = work.getState()
  if (now.at === 'writing') now.stop()
  work.setState({ now: { at: 'idle' } })
}

/** Writes from the locker in this browser. */
export function writeFromLocker(wanted: Wanted): void {
  const stop = new AbortController()
  void run(wanted, stop, async (told) => {
    const from = locker()
    if (from === null) throw new TourniquetError('locker-damaged', { detail: '' })
    const { exportId, bytes, files, redacted, fingerprint, tagManifestSha256, file } = await from.writeBundle({
      ...wanted,
      signal: stop.signal,
      told,
    })
    return { name: bundleName(exportId), bytes, files, redacted, fingerprint, tagManifestSha256, bundle: { file } }
  })
}

/** Writes from the case folder, by the program: for a browser whose locker cannot. */
export function writeFromFolder(wanted: Wanted): void {
  const stop = new AbortController()
  void run(wanted, stop, async (told) => {
    const { job } = await call('export.start', { ...wanted, out: null }, { signal: stop.signal })
    stop.signal.addEventListener('abort', () => {
      void call('job.stop', { job }).catch(() => undefined) // it has ended already
    })
    const { result, error } = await jobEnd(job, told)
    if (result?.kind !== 'export') throw new TourniquetError(error?.code ?? 'cancelled', error?.params ?? {})
    const { path, bytes, redacted, fingerprint, tagManifestSha256 } = result
    const name = path.split(/[/\\]/).at(-1) ?? path
    return { name, bytes, files: null, redacted, fingerprint, tagManifestSha256, bundle: { path } }
  })
}

async function run(
  wanted: Wanted,
  stop: AbortController,
  write: (told: (progress: Progress) => void) => Promise<WrittenBundle>,
): Promise<void> {
  const writing = (progress: Progress | null): void => {
    work.setState({
      now: {
        at: 'writing',
        progress,
        stop: () => {
          stop.abort()
          work.setState({ now: { at: 'idle' } })
        },
      },
    })
  }
  writing(null)
  try {
    const written = await write((progress) => {
      if (!stop.signal.aborted) writing(progress)
    })
    if (!stop.signal.aborted) work.setState({ now: { at: 'written', written } })
  } catch (cause) {
    if (stop.signal.aborted) return
    work.setState({
      now: isTourniquetError(cause, 'cancelled') ? { at: 'idle' } : { at: 'failed', error: failureOf(cause), wanted },
    })
  }
}

function jobEnd(job: string, told: (progress: Progress) => void): Promise<JobView> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { jobs, told: all } = session.getState()
      const last = all[job]?.at(-1)?.progress
      if (last?.type === 'writing') told({ done: last.done, total: last.total })
      const one = jobs.find((view) => view.job === job)
      if (one?.state !== 'done' && one?.state !== 'failed') return
      stop()
      resolve(one)
    }
    const stop = session.subscribe(look)
    look()
  })
}

/** A name a customer can file: the case's number, as far as file systems take it, and the export's id. */
function bundleName(exportId: string): string {
  const open = session.getState().case
  const about = (open?.number ?? open?.caseId ?? 'case').replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80)
  return `${about}-${exportId}.zip`
}
