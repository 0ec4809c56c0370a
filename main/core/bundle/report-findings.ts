// The report's findings: what the first and the last look of each host saw, with scores and reasons, and whether it was still there at the end.

import type { FindingShown } from './findings.ts'
import { html, type Html } from './html.ts'
import { own, ownOr, said, table, type ReportInput } from './report-parts.ts'

/** Findings below this are counted, not listed. */
const listedFrom = 30

export function findingsSection(input: ReportInput): Html {
  const blocks = input.findings.map(({ host, first, last }) => {
    if (first === null || last === null)
      return html`<h3>${host}</h3>
        <p class="grey">${own('never')}</p>`
    if ('unreadable' in first)
      return html`<h3>${host}</h3>
        <p class="amber">${own('findings.unreadable')}: ${first.unreadable}</p>`
    const known = new Set(first.findings.map(({ id }) => id))
    const later = 'unreadable' in last ? null : last.findings
    const all = [...first.findings, ...(later ?? []).filter(({ id }) => !known.has(id))]
    const listed = all
      .filter(({ score, proposed }) => score >= listedFrom || proposed !== 'no')
      .toSorted((a, b) => b.score - a.score)
    const rows = listed.map((finding) =>
      findingRow(input, finding, first.at === last.at ? 'same' : nowOf(finding, later, last.unknowns)),
    )
    const low = all.length - listed.length
    return html`<h3>${host}</h3>
      ${
        listed.length === 0
          ? html`<p>
              ${own('findings.none')} ${last.unknowns === 0 ? null : html`${last.unknowns} ${own('unknowns')}.`}
            </p>`
          : table(['score', 'finding', 'now'], rows)
      }${low === 0 ? null : html`<p class="dim">${low} ${own('findings.low')}</p>`}`
  })
  return html`<h2>${own('findings')}</h2>
    ${blocks}`
}

type Now = 'gone' | 'unseen' | 'there' | 'same' | 'unknown'

/** Not seen by a look that could not read everything is not the same as gone. */
function nowOf(finding: FindingShown, later: readonly FindingShown[] | null, unknowns: number): Now {
  if (later === null) return 'unknown'
  if (later.some(({ id }) => id === finding.id)) return 'there'
  return unknowns === 0 ? 'gone' : 'unseen'
}

function findingRow(input: ReportInput, finding: FindingShown, now: Now): Html {
  const { score, proposed, title, params, reasons } = finding
  const tone = proposed === 'yes' ? 'red' : score >= 60 ? 'amber' : 'grey'
  const lines = reasons.map(
    ({ effect, signal, permille, params: seen }) =>
      html`<li>
        <span class="dim">${ownOr('effect', effect)} ${Math.round(permille / 10)}</span>
        ${said(input, `signal.${signal}`, seen)}
      </li> `,
  )
  return html`<tr>
    <td class="n"><span class="score ${tone}">${Math.round(score)}</span></td>
    <td>
      <b>${said(input, title, params)}</b> <span class="${tone}">${ownOr('proposed', proposed)}</span><br /><code
        >${targetText(finding.target)}</code
      >
      <ul class="plain">
        ${lines}
      </ul>
    </td>
    <td>${own(`now.${now}`)}</td>
  </tr> `
}

/** The thing itself in one line, from whatever fields its kind has. */
function targetText(target: FindingShown['target']): string {
  const identity = target['identity']
  const pid =
    typeof identity === 'object' && identity !== null && 'pid' in identity && typeof identity.pid === 'number'
      ? identity.pid
      : null
  const parts = [
    pid === null ? null : `pid ${String(pid)}`,
    target['path'],
    target['exe'],
    target['point'],
    target['cmdline'],
    target['text'],
  ]
  return parts.filter((part) => typeof part === 'string' && part !== '').join('  ')
}
