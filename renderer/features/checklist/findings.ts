// What the last look at a host found, for the reasons beside a planned change.

import { useEffect, useState } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { useJournal } from '../../state/journal.ts'
import { call } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import type { Failure } from '../../ui/kit.tsx'

type Page = Output<Contract, 'look.findings'>
export type Finding = Page['findings'][number]

export interface Look {
  readonly verdict: Page['verdict']
  readonly findings: readonly Finding[]
  readonly total: number
  readonly unknowns: Page['unknowns']
  readonly unknownsTotal: number
  readonly error: Failure | null
}

/** Findings read for one look: the reasons of a plan's items are among the highest. */
const mostRead = 500

/** The last look at a host; null until it was read. Read again after every new look. */
export function useLook(host: string | null): Look | null {
  const [look, setLook] = useState<{ readonly host: string; readonly look: Look } | null>(null)
  const seen = useJournal(({ chains }) => (host === null ? null : lastLook(chains[host])))
  useEffect(() => {
    if (host === null) return undefined
    let wanted = true
    read(host).then(
      (now) => {
        if (wanted) setLook({ host, look: now })
      },
      (cause: unknown) => {
        const none = { verdict: 'unknown' as const, findings: [], total: 0, unknowns: [], unknownsTotal: 0 }
        if (wanted) setLook({ host, look: { ...none, error: failureOf(cause) } })
      },
    )
    return () => {
      wanted = false
    }
  }, [host, seen])
  return look !== null && look.host === host ? look.look : null
}

function lastLook(events: readonly { readonly type: string; readonly seq: number }[] | undefined): number | null {
  return events?.findLast(({ type }) => type === 'looked')?.seq ?? null
}

async function read(host: string): Promise<Look> {
  const findings: Finding[] = []
  for (;;) {
    const page = await call('look.findings', { host, from: findings.length })
    findings.push(...page.findings)
    if (findings.length >= Math.min(page.total, mostRead) || page.findings.length === 0)
      return { ...page, findings, error: null }
  }
}

/** The finding a planned item is about: by its id, else the process its key names. */
export function findingOf(
  item: { readonly key: string; readonly finding: string | null },
  findings: readonly Finding[],
): Finding | null {
  const known = findings.find(({ id }) => id === item.finding)
  if (known !== undefined) return known
  const [, pid, startTime] = /^process:(\d+):(\d+)$/.exec(item.key) ?? []
  if (pid === undefined) return null
  return (
    findings.find(
      ({ target }) =>
        target.kind === 'process' && String(target.identity.pid) === pid && target.identity.startTime === startTime,
    ) ?? null
  )
}
