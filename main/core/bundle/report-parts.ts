// What every section of the report is made of: its input, both languages of a word, times as people read them.

import type { Hashing } from '../ports.ts'
import type { HostFindings } from './findings.ts'
import { html, type Html } from './html.ts'
import type { CaseRecord } from './record.ts'
import type { Redaction } from './redact.ts'
import { isReportWord, reportWord, type ReportWord } from './report-words.ts'

export type Language = 'en' | 'zh-CN'

/** Words of findings, signals, changes and verdicts by code; the code itself where there are none. Host text in `params` is in shown form. */
export type Words = (lang: Language, code: string, params: Readonly<Record<string, string | number>>) => string

export interface ReportInput {
  readonly record: CaseRecord
  readonly findings: readonly HostFindings[]
  readonly redactions: readonly Redaction[]
  /** null for a page outside a bundle */
  readonly bundle: {
    readonly exportId: string
    readonly signer: { readonly fingerprint: string; readonly label: string; readonly kind: 'person' | 'case' }
  } | null
  readonly words: Words
  readonly hashing: Hashing
}

/** Both languages of one of our own words; the style shows one. */
export function own(word: ReportWord): Html {
  const [en, zh] = reportWord(word)
  return both(en, zh)
}

function both(en: string, zh: string): Html {
  return en === zh
    ? html`${en}`
    : html`<span class="en" lang="en">${en}</span><span class="zh" lang="zh-CN">${zh}</span>`
}

/** A code made from data: our word for it when there is one, else the code as it is. */
export function ownOr(prefix: string, code: string): Html {
  const word = `${prefix}.${code}`
  return isReportWord(word) ? own(word) : html`${code}`
}

export function said(
  { words }: ReportInput,
  code: string,
  params: Readonly<Record<string, string | number>> = {},
): Html {
  return both(words('en', code, params), words('zh-CN', code, params))
}

/** RFC 3339 as people read it: no T, whole seconds. */
export function clock(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d+)?Z$/, '')
}

/** A table with one head cell a word; null is a column without one. */
export function table(heads: readonly (ReportWord | null | Html)[], rows: readonly (Html | null)[]): Html {
  const cells = heads.map((head) => html`<th>${typeof head === 'string' ? own(head) : head}</th>`)
  return html`<table>
    <tr>
      ${cells}
    </tr>
    ${rows}
  </table>`
}
