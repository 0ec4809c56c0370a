// Changes of a host that stand, grouped as they can be undone: by run and step, newest first. One undo takes back a step at a time.

import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'
import { call, session, useSession } from '../../state/session.ts'

type Runs = Output<Contract, 'changes.list'>['runs']
export type Change = Runs[number]['changes'][number]

/** Changes of one step of one run that stand on a host. */
export interface Standing {
  readonly host: string
  readonly run: string
  readonly step: string
  /** newest first */
  readonly changes: readonly Change[]
  /** the newer change that stands on the same thing and must be undone first; null = nothing in the way */
  readonly blockedBy: Change | null
  /** at least one of its changes can be put back now */
  readonly canUndo: boolean
}

interface Known {
  readonly runs: Runs
  readonly error: Failure | null
}

const changes = createStore<Readonly<Record<string, Known>>>(() => ({}))
const reading = new Set<string>()
/** Milliseconds news are gathered for: acts come in bursts. */
const gather = 250

/** Reads the changes of a host again. */
async function read(host: string): Promise<void> {
  try {
    const { runs } = await call('changes.list', { host })
    changes.setState({ [host]: { runs, error: null } })
  } catch (cause) {
    changes.setState(({ [host]: before }) => ({ [host]: { runs: before?.runs ?? [], error: failureOf(cause) } }))
  }
}

function readSoon(host: string): void {
  if (reading.has(host)) return
  reading.add(host)
  setTimeout(() => {
    reading.delete(host)
    if (session.getState().connection === 'ready') void read(host)
  }, gather)
}

const noRuns: Runs = []

/** The changes of a host, by run, oldest run first; read again whenever its chain has grown. */
export function useChanges(host: string | null): { readonly runs: Runs; readonly error: Failure | null } {
  const known = useStore(changes, (state) => (host === null ? undefined : state[host]))
  const head = useSession(({ heads }) => (host === null ? 0 : (heads[host] ?? 0)))
  const ready = useSession(({ connection }) => connection === 'ready')
  const [empty] = useState(() => ({ runs: noRuns, error: null }))
  useEffect(() => {
    if (host !== null && head > 0 && ready) readSoon(host)
  }, [host, head, ready])
  return known ?? empty
}

export function useStandingGroups(host: string | null): readonly Standing[] {
  const { runs } = useChanges(host)
  return useMemo(() => (host === null ? [] : standingGroups(host, runs)), [host, runs])
}

export function standingGroups(host: string, runs: Runs): readonly Standing[] {
  const newest = runs
    .flatMap(({ run, changes: some }) => some.map((change) => ({ run, change })))
    .filter(({ change }) => !change.undone)
    .toReversed()
  const groups: { run: string; step: string; changes: Change[]; newer: readonly Change[] }[] = []
  for (const [at, { run, change }] of newest.entries()) {
    const group = groups.find((one) => one.run === run && one.step === change.step)
    if (group) group.changes.push(change)
    else groups.push({ run, step: change.step, changes: [change], newer: newest.slice(0, at).map((one) => one.change) })
  }
  return groups.map(({ run, step, changes: mine, newer }) => {
    const reversible = mine.filter((one) => one.reversible)
    const objects = new Set(reversible.flatMap((one) => one.objects))
    const blockedBy =
      newer.find((one) => one.step !== step && one.objects.some((object) => objects.has(object))) ?? null
    return { host, run, step, changes: mine, blockedBy, canUndo: reversible.length > 0 && blockedBy === null }
  })
}

const undoing = createStore<{ readonly of: Standing | null }>(() => ({ of: null }))

export function openUndo(of: Standing): void {
  undoing.setState({ of })
}

export function closeUndo(): void {
  undoing.setState({ of: null })
}

export function useUndoOpen(): Standing | null {
  return useStore(undoing, ({ of }) => of)
}
