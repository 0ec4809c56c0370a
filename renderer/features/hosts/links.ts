// What the list says of a host: in which state its link is and why, what was last judged of it, and the acts a person has on it.

import { useEffect, useState } from 'react'
import type { Link } from '../../../main/core/contract.ts'
import type { Frozen } from '../../../main/core/rpc/define.ts'
import { lastLook } from '../../state/looks.ts'
import { call, session, useSession, type Session } from '../../state/session.ts'
import { go, view } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import type { Tone } from '../../ui/kit.tsx'

export type LinkView = Frozen<Link>

/** What was last seen of a host in this session: by a look that is told, or by the result of a job. Null: not looked at. */
export function judged(state: Session, host: string | null): string | null {
  if (host === null) return null
  for (const job of state.jobs.toReversed()) {
    if (!job.hosts.includes(host)) continue
    const told = (state.told[job.job] ?? []).findLast(
      ({ progress }) => progress.type === 'looked' && progress.complete && progress.host === host,
    )
    if (job.result?.kind === 'triage') {
      const result = job.result.hosts.find((one) => one.host === host)
      if (result) return result.verdict
    }
    // what an undo put back was not looked at since: nobody knows what the host is now
    if (job.kind === 'undo' && job.state !== 'working') return 'unknown'
    if (job.result?.kind === 'run') {
      const result = job.result.result.hosts.find((one) => one.id === host)
      if (result) return result.verdict
    }
    if (told?.progress.type === 'looked') return told.progress.verdict
  }
  return null
}

/** The verdict to show of a host: of this session, else the last one the case keeps. Null: it was never looked at. */
export function useVerdict(host: string | null): string | null {
  const now = useSession((state) => judged(state, host))
  const [kept, setKept] = useState<{ readonly host: string; readonly verdict: string } | null>(null)
  useEffect(() => {
    if (host === null || now !== null) return
    let wanted = true
    Promise.all([call('look.findings', { host, from: 0 }), lastLook(host)]).then(
      ([{ verdict, total, unknownsTotal }, { putBackSince }]) => {
        // a host that was never looked at is `unknown` with nothing found and nothing missed
        const looked = verdict !== 'unknown' || total + unknownsTotal > 0
        if (wanted && looked) setKept({ host, verdict: putBackSince ? 'unknown' : verdict })
      },
      () => undefined, // no chip is shown: the findings screen says what cannot be read
    )
    return () => {
      wanted = false
    }
  }, [host, now])
  return now ?? (kept?.host === host ? kept.verdict : null)
}

const tones: Readonly<Record<LinkView['state'], Tone>> = {
  connecting: 'blue',
  asking: 'amber',
  ready: 'green',
  lost: 'grey',
  failed: 'grey',
  left: 'grey',
}

/** Green is a link that stands and answers; a key that changed is hostile until it is explained. */
export function toneOf(link: LinkView): Tone {
  return keyChanged(link) ? 'red' : tones[link.state]
}

export function keyChanged(link: LinkView): boolean {
  return link.error?.code === 'host-key-changed' || link.error?.code === 'host-key-mismatch'
}

/** `user@host:port` in its parts; port 22 is not worth showing. */
export function addressParts(address: string): { readonly user: string; readonly host: string } {
  const at = address.lastIndexOf('@')
  return { user: at === -1 ? '' : address.slice(0, at), host: address.slice(at + 1).replace(/:22$/, '') }
}

/** The first sentence of several: what happened, without what was kept and what to do. */
export function firstSentence(text: string): string {
  return /^.*?(?:[.!?](?=\s)|。|$)/s.exec(text)?.[0].replace(/[.。]$/, '') ?? text
}

export function canReconnect(link: LinkView): boolean {
  return link.state === 'lost' || link.state === 'failed' || link.state === 'left'
}

export function canLeave(link: LinkView): boolean {
  return link.job === null && !canReconnect(link)
}

export function isFree(link: LinkView): boolean {
  return link.state === 'ready' && link.host !== null && link.job === null
}

export function reconnect(link: string): void {
  void attempt(() => call('hosts.reconnect', { link, secrets: null }))
}

export function disconnect(link: string): void {
  void attempt(() => call('hosts.disconnect', { link }))
}

/** Marked links, or the one that is looked at. */
export function chosenLinks(): readonly LinkView[] {
  const { picked, link } = view.getState()
  const wanted = picked.length > 0 ? picked : link === null ? [] : [link]
  return session.getState().links.filter((one) => wanted.includes(one.link))
}

/** Looks at the hosts, all at once; those that are not connected or busy are left out. */
export function triage(links: readonly LinkView[]): void {
  const hosts = links.filter(isFree).flatMap(({ host }) => host ?? [])
  if (hosts.length === 0) return
  go({ screen: 'triage' })
  void attempt(() => call('triage.start', { hosts: [...new Set(hosts)], hostView: null }))
}

export function togglePick(link: string): void {
  const { picked } = view.getState()
  go({ picked: picked.includes(link) ? picked.filter((one) => one !== link) : [...picked, link] })
}

type Dialled = Parameters<typeof call<'hosts.connect'>>[1]
/** How a host was dialled: which way, with which key file, as whom. Never a secret. */
export type Way = Pick<Dialled, 'destination' | 'sudo' | 'legacyAlgorithms'>

/** Dials and looks at it at once; a link is on the list before its first event. Rejects with main's error. */
export async function dial(input: Dialled): Promise<string> {
  const link = await call('hosts.connect', input)
  const { destination, sudo, legacyAlgorithms } = input
  keepWay(link.address, { destination, sudo, legacyAlgorithms })
  session.setState(({ links }) => (links.some((one) => one.link === link.link) ? {} : { links: [...links, link] }))
  return link.link
}

/** How this browser last dialled a host of the open case: after a restart it is reached the same way, through the same jump hosts. Null: it never did. */
export function wayTo(address: string): Way | null {
  return ways()[address] ?? null
}

function keepWay(address: string, way: Way): void {
  localStorage.setItem(waysKey(), JSON.stringify({ ...ways(), [address]: way }))
}

function ways(): Readonly<Record<string, Way>> {
  try {
    return JSON.parse(localStorage.getItem(waysKey()) ?? '{}') as Readonly<Record<string, Way>>
  } catch {
    return {} // hosts are dialled as by their address alone
  }
}

function waysKey(): string {
  return `tourniquet-ways-${session.getState().case?.caseId ?? ''}`
}
