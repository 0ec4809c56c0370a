// One line of the report's timeline for one event. Events that say nothing to a reader there (digests, anchors, exhibits) have none.

import type { AnyEvent } from '../case/events.ts'

/** Who did it, where a person did, and what, in the field's own words. */
export interface EventLine {
  readonly by: string | null
  readonly text: string
}

export function eventLine(event: AnyEvent): EventLine | null {
  const line = (text: string, by: string | null = null): EventLine => ({ by, text })
  switch (event.type) {
    case 'case-opened':
      return line(event.data.tool, event.data.examiner)
    case 'case-taken-over':
      return line(event.data.reason, event.data.examiner)
    case 'host-added':
      return line(`${event.data.host} ${event.data.address} ${event.data.hostKey}`)
    case 'run-opened': {
      const { playbook, approval, hosts, examiner } = event.data
      return line(`${playbook.id} ${playbook.version} → ${hosts.join(', ')} (--approve ${approval})`, examiner)
    }
    case 'run-closed':
      return line(event.data.outcome)
    case 'exhibit-noted': {
      const { sha256, by, text, tags } = event.data
      return line(
        [sha256.slice(0, 16), ...(text === '' ? [] : [`“${text}”`]), ...tags.map((tag) => `#${tag}`)].join(' '),
        by,
      )
    }
    case 'exported':
      return line(`${event.data.exportId} ${event.data.signer}`)
    case 'arrived':
      return line(event.chain)
    case 'departed':
      return line(event.data.reason)
    case 'terminal-opened':
      return line(`${event.data.terminal} ${event.data.address}`, event.data.by)
    case 'terminal-closed': {
      const { terminal, outcome, exit, signal, bytes, segments, detail } = event.data
      const how = [exit === null ? '' : `exit ${String(exit)}`, signal ?? '', detail].filter((part) => part !== '')
      const kept = `${String(bytes)} B · ${String(2 * segments.length)} exhibits`
      return line([`${terminal}: ${outcome}`, ...how, kept].join(' · '))
    }
    case 'looked':
      return line([event.data.step, event.data.verdict].filter((part) => part !== null).join(': '))
    case 'step-ended': {
      const { step, outcome, skip, detail } = event.data
      return line([`${step}: ${outcome}`, skip, detail].filter((part) => part !== null && part !== '').join(' · '))
    }
    case 'attested':
      return line(`${event.data.step}: “${event.data.text}”`, event.data.by)
    case 'planned':
      return line(
        `${event.data.step}: ${String(event.data.items)} × ${event.data.plan.slice(0, 16)}${event.data.narrows ? ` ⊂ ${event.data.narrows.plan.slice(0, 16)}` : ''}`,
        event.data.narrows?.by ?? null,
      )
    case 'host-key-changed': {
      const { address, old, now } = event.data
      return line(`${address}: ${old ?? '?'} → ${now}`)
    }
    case 'host-key-accepted': {
      const { address, old, now, by, reason } = event.data
      return line(`${address}: ${old} → ${now} · “${reason}”`, by)
    }
    case 'refused': {
      const { step, plan, reason, text, by } = event.data
      const why = [reason, text === undefined || text === '' ? undefined : `“${text}”`]
      return line([`${step}: ${plan.slice(0, 16)}`, ...why].filter((part) => part !== undefined).join(' · '), by)
    }
    case 'approved':
      return line(`${event.data.step}: ${event.data.plan.slice(0, 16)}`, event.data.by)
    case 'acted':
      return line(
        [`${event.data.step}: ${event.data.outcome}`, event.data.detail].filter((part) => part !== '').join(' · '),
      )
    case 'verified':
      return line(
        [`${event.data.step}: ${event.data.result}`, event.data.detail].filter((part) => part !== '').join(' · '),
      )
    case 'undone':
      return line(
        [`${event.data.step}: ${event.data.outcome}`, event.data.detail].filter((part) => part !== '').join(' · '),
      )
    case 'chain-anchored':
    case 'exhibit-stored':
    case 'gap':
    case 'step-started':
    case 'evidence-kept':
    case 'intended':
      return null
  }
}
