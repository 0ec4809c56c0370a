// What a person does with cases, and what of it waits: the list as main last gave it, a bundle that was dropped, a practice that is booting.

import { useEffect } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { CaseSummary } from '../../../main/core/contract.ts'
import { isTourniquetError, TourniquetError } from '../../../main/core/errors.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'
import { call, session, useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt, failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

interface Cases {
  readonly cases: readonly Frozen<CaseSummary>[] | null
  readonly unreadable: readonly string[]
  readonly failure: Failure | null
}

const cases = createStore<Cases>(() => ({ cases: null, unreadable: [], failure: null }))

/** A bundle that was dropped on the screen, for the import window. */
export const dropped = createStore<{ readonly file: File | null }>(() => ({ file: null }))

/** The list, read anew whenever the screen is entered or a connection is made. */
export function useCases(): Cases {
  const connection = useSession((state) => state.connection)
  useEffect(() => {
    if (connection === 'ready') void readCases()
  }, [connection])
  return useStore(cases)
}

async function readCases(): Promise<void> {
  try {
    const read = await call('case.list', {})
    cases.setState({ ...read, failure: null })
  } catch (cause) {
    cases.setState({ failure: failureOf(cause) })
  }
}

/** A case whose last writer cannot be asked from here: whoever knows that it is gone may take the case over. */
export interface HeldCase {
  readonly path: string
  readonly host: string
  /** RFC 3339, or `unknown` */
  readonly since: string
}

export const held = createStore<{ readonly held: HeldCase | null }>(() => ({ held: null }))

/** Opens a case; says what went wrong if it cannot be, and asks whether to take over what was left open on another machine. True when it is open. */
export function openCase(path: string): Promise<boolean> {
  return attempt(async () => {
    let opened
    try {
      opened = await call('case.open', { path, examiner: session.getState().settings.examiner, takeOver: null })
    } catch (cause) {
      if (!isTourniquetError(cause, 'case-locked') || cause.params['reason'] !== 'perhaps in use elsewhere') throw cause
      held.setState({ held: { path, host: String(cause.params['host']), since: String(cause.params['since']) } })
      go({ dialog: 'take-over' })
      throw new TourniquetError('cancelled', {}, cause)
    }
    enterCase(opened)
  })
}

/** Shows a case that was just opened, from its beginning; of a copy it is said at once that it is one. */
export function enterCase({ copy }: { readonly copy: boolean }): void {
  go({ dialog: copy ? 'take-over' : null, link: null, picked: [], step: null, finding: null, exhibit: null })
}

/** Makes the case the one that is worked on from now on, in the name of this person. Rejects with main's error. */
export async function takeOver(path: string, examiner: string, reason: string): Promise<void> {
  const opened = await call('case.open', { path, examiner: examiner.trim(), takeOver: reason.trim() })
  held.setState({ held: null })
  enterCase(opened)
  await rememberExaminer(examiner)
}

/** The first examiner of this computer is the one of its settings. */
async function rememberExaminer(examiner: string): Promise<void> {
  const { settings } = session.getState()
  if (settings.examiner !== null || orNull(examiner) === null) return
  const next = { ...settings, examiner: examiner.trim() }
  session.setState({ settings: next })
  await call('settings.set', next)
}

/** The browser's own zone, as IANA calls it. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

export interface CaseAbout {
  readonly number: string
  readonly customer: string
  readonly examiner: string
  readonly authority: string
  readonly timeZone: string | null
}

/** Opens a new case. The first examiner of this computer is remembered as the one of its settings. Rejects with main's error. */
export async function createCase({ number, customer, examiner, authority, timeZone }: CaseAbout): Promise<void> {
  const { settings } = session.getState()
  await call('case.create', {
    number: orNull(number),
    customer: orNull(customer),
    examiner: orNull(examiner) ?? settings.examiner,
    authority: orNull(authority),
    timeZone,
  })
  go({ dialog: null, screen: 'triage', link: null, picked: [], step: null, finding: null, exhibit: null })
  await rememberExaminer(examiner)
}

/** Boots the drill host, opens a case for it and connects: one click. Rejects with `practice-failed` and main's errors. */
export async function practise(customer: string): Promise<void> {
  if (session.getState().practice.state !== 'ready') {
    await call('practice.start', {})
    await booted()
  }
  const { destination } = session.getState().practice
  if (destination === null) throw new TourniquetError('practice-failed', { detail: '' })
  await createCase({
    number: `practice-${new Date().toISOString().slice(0, 16).replace(/[T:]/g, '-')}`,
    customer,
    examiner: session.getState().settings.examiner ?? '',
    authority: customer,
    timeZone: ownZone(),
  })
  const link = await call('hosts.connect', {
    destination,
    secrets: {},
    sudo: false,
    legacyAlgorithms: false,
    remember: false,
  })
  go({ link: link.link })
}

/** Waits until the drill host is up. Rejects with `practice-failed`. */
function booted(): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { state, detail } = session.getState().practice
      if (state === 'booting') return
      stop()
      if (state === 'ready') resolve()
      else reject(new TourniquetError('practice-failed', { detail }))
    }
    const stop = session.subscribe(look)
    look()
  })
}

function orNull(text: string): string | null {
  const trimmed = text.trim()
  return trimmed === '' ? null : trimmed
}
