// What a case is called and for whom it is: told once, by the first event of its journal, and never changed. Everything else that says it (case.json, a bundle,
// the page) is a copy of that event. Cases made before a field was known open with null for it.

import { TourniquetError } from '../errors.ts'
import type { AnyEvent, EventData } from './events.ts'
import { caseChain } from './journal.ts'
import type { CaseInfo } from './store.ts'

/** What the opening of a case says, field by field in one order, so that it reads the same to the byte wherever it is written. */
export function caseInfoOf(opened: EventData<'case-opened'>): CaseInfo {
  return {
    format: 'tourniquet.case/1',
    caseId: opened.caseId,
    number: opened.number,
    customer: opened.customer ?? null,
    examiner: opened.examiner,
    authority: opened.authority ?? null,
    timeZone: opened.timeZone ?? null,
    createdAt: opened.createdAt,
  }
}

/** The opening of a case chain. Throws `journal-broken` when the chain does not begin with it. */
export function openingOf(events: readonly AnyEvent[]): EventData<'case-opened'> {
  const [first] = events
  if (first?.type === 'case-opened') return first.data
  throw new TourniquetError('journal-broken', { file: `journal/${caseChain}.jsonl`, line: 1, why: 'missing' })
}

/** Throws `usage` unless it is null or an IANA time zone this machine knows, such as `Asia/Shanghai`. Offsets are refused: they know no summer time. */
export function assertTimeZone(name: string | null): void {
  if (name === null || (/^[A-Za-z]/.test(name) && isKnown(name))) return
  throw new TourniquetError('usage', {
    what: 'time zone',
    text: name,
    expected: 'an IANA name such as Asia/Shanghai or Europe/Berlin',
  })
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false // RangeError: no such zone
  }
}
