// The report: one page without script, in two languages, that a customer can be handed and a court can print. It shows what the record says, unknown
// as unknown; every value goes through `html`.

import type { AnyEvent } from '../case/events.ts'
import { base64 } from '../json.ts'
import { eventLine } from './report-events.ts'
import { findingsSection } from './report-findings.ts'
import { clock, own, ownOr, said, table, type ReportInput } from './report-parts.ts'
import { html, markup, type Html } from './html.ts'
import type { CaseRecord, Look } from './record.ts'
import { reportStyle } from './report-style.ts'
import type { Note } from './snapshot.ts'
import { isReportWord, reportWord, type ReportWord } from './report-words.ts'
import { fromHex } from './sshsig.ts'

export type { ReportInput, Words } from './report-parts.ts'

/** The whole page. */
export function renderReport(input: ReportInput): string {
  const { record } = input
  const style = base64(fromHex(input.hashing.sha256().update(new TextEncoder().encode(reportStyle)).hex()))
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`
  const page = html`<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width" />
    <title>${reportWord('title')[0]} ${record.info.number ?? record.info.caseId}</title> `
  const body = html`<body>
<input type="radio" name="lang" id="en" checked><label for="en">English</label><input type="radio" name="lang" id="zh"><label for="zh">中文</label>
<main>
${head(input)}
${summary(record)}
${hosts(input)}
${findingsSection(input)}
${changes(input)}
${timeline(input)}
${approvals(record)}
${gaps(record)}
${evidence(input)}
${verification(input)}
</main>
</body>
</html>
`
  return `<!doctype html>\n<html>\n<head>\n${markup(page)}<style>${reportStyle}</style>\n</head>\n${markup(body)}`
}

function head({ record, bundle }: ReportInput): Html {
  const { info, tool, until, head: hash } = record
  const signed =
    bundle === null
      ? own('signer.none')
      : html`<code>${bundle.signer.fingerprint}</code> ${bundle.signer.kind === 'person' ? bundle.signer.label : null}
          (${own(`signer.${bundle.signer.kind}`)})`
  return html`<h1>${own('title')} ${info.number}</h1>
    <dl>
      <dt>${own('case')}</dt>
      <dd><code>${info.caseId}</code></dd>
      <dt>${own('number')}</dt>
      <dd>${info.number ?? '–'}</dd>
      <dt>${own('customer')}</dt>
      <dd>${info.customer ?? '–'}</dd>
      <dt>${own('examiner')}</dt>
      <dd>${info.examiner}</dd>
      <dt>${own('authority')}</dt>
      <dd>${info.authority ?? '–'}</dd>
      <dt>${own('time-zone')}</dt>
      <dd>${info.timeZone ?? '–'}</dd>
      <dt>${own('opened')}</dt>
      <dd>${clock(info.createdAt)}</dd>
      <dt>${own('until')}</dt>
      <dd>${clock(until)}</dd>
      <dt>${own('tool')}</dt>
      <dd>${tool}</dd>
      ${
        bundle === null
          ? null
          : html`<dt>${own('export')}</dt>
              <dd><code>${bundle.exportId}</code></dd>`
      }
      <dt>${own('head')}</dt>
      <dd><code>${hash}</code></dd>
      <dt>${own('signer')}</dt>
      <dd>${signed}</dd>
    </dl>`
}

function summary({ hosts: list, changes: made, exhibits, gaps: open }: CaseRecord): Html {
  const real = made.filter(({ undo }) => undo.state !== 'nothing-changed')
  const stand = real.filter(({ undo }) => undo.state !== 'undone')
  const tile = (count: number, word: ReportWord): Html => html`<div class="tile"><b>${count}</b>${own(word)}</div>`
  return html`<h2>${own('summary')}</h2>
    <div class="tiles">
      ${tile(list.length, 'count.hosts')}${tile(real.length, 'count.changes')}${tile(stand.length, 'count.stand')}${tile(new Set(exhibits.map(({ sha256 }) => sha256)).size, 'count.exhibits')}${tile(open.length, 'count.gaps')}
    </div>
    <p class="dim">${own('limits.text')}</p>`
}

const verdictTones: Readonly<Record<string, string>> = {
  clean: 'green',
  suspect: 'amber',
  infected: 'red',
  'rebuild-advised': 'red',
}

/** Clean is green only when nothing stayed unknown. */
function toneOf({ verdict, unknowns }: Look): string {
  if (verdict === 'clean' && unknowns > 0) return 'grey'
  return verdictTones[verdict] ?? 'grey'
}

function hosts(input: ReportInput): Html {
  const look = (of: Look | null, undoneSince = 0): Html =>
    of === null
      ? html`<span class="grey">${own('never')}</span>`
      : html`<b class="${undoneSince === 0 ? toneOf(of) : 'grey'}">${said(input, `verdict.${of.verdict}`)}</b
          ><br /><span class="dim"
            >${clock(of.at)}${of.unknowns === 0 ? null : html`<br />${of.unknowns} ${own('unknowns')}`}</span
          >`
  const rows = input.record.hosts.map(
    ({ host, address, hostKey, machineId, first, last, undoneSince }) =>
      html`<tr>
        <td>${host}</td>
        <td>${address ?? '–'}</td>
        <td><code>${hostKey ?? '–'}</code><br /><code class="dim">${machineId ?? '–'}</code></td>
        <td>${look(first)}</td>
        <td>
          ${look(last, undoneSince)}${undoneSince === 0 ? null : html`<br /><span class="amber">${undoneSince} ${own('undone-since')}</span>`}
        </td>
      </tr> `,
  )
  return html`<h2>${own('hosts')}</h2>
    ${table(['host', 'address', html`${own('host-key')} / ${own('machine-id')}`, 'first-look', 'last-look'], rows)}`
}

function changes(input: ReportInput): Html {
  const list = input.record.changes
  const rows = list.map(({ host, intendedAt, summary: sentence, verb, item, outcome, detail, verified, undo }) => {
    const over = undo.state === 'undone' || undo.state === 'nothing-changed'
    const state = over ? 'grey' : undo.state === 'stands' && verified?.result === 'yes' ? 'green' : 'amber'
    return html`<tr>
      <td class="t">${clock(intendedAt)}</td>
      <td>${host}</td>
      <td>
        ${sentence === null ? html`${verb} <code>${item}</code>` : said(input, sentence.code, sentence.params)}${detail === '' ? null : html`<br /><span class="dim">${detail}</span>`}
      </td>
      <td>${own(`outcome.${outcome}`)}</td>
      <td>${verified === null ? own('verified.not') : ownOr('verified', verified.result)}</td>
      <td class="${state}">
        ${own(`undo.${undo.state}`)}${undo.notRestored.length === 0 ? null : html`<br />${own('not-restored')}: ${undo.notRestored.join(', ')}`}
      </td>
    </tr> `
  })
  const listed = table(['time', 'host', 'change', 'outcome', 'verified', 'undo'], rows)
  return html`<h2>${own('changes')}</h2>
    ${list.length === 0 ? html`<p>${own('changes.none')}</p>` : listed}`
}

function timeline({ record }: ReportInput): Html {
  const row = (event: AnyEvent): Html | null => {
    const line = eventLine(event)
    const word = `event.${event.type}`
    if (line === null || !isReportWord(word)) return null
    return html`<tr>
      <td class="t">${clock(event.at)}</td>
      <td>${event.chain}</td>
      <td>${own(word)}</td>
      <td>${line.by ?? ''}</td>
      <td>${line.text}</td>
    </tr> `
  }
  return html`<h2>${own('timeline')}</h2>
    ${table(['time', 'host', null, 'who', 'what'], record.timeline.map(row))}`
}

function approvals({ approvals: list }: CaseRecord): Html | null {
  if (list.length === 0) return null
  const rows = list.map(
    ({ at, chain, kind, step, by, how, plan, text, reason }) =>
      html`<tr>
        <td class="t">${clock(at)}</td>
        <td>${chain}</td>
        <td>${own(`event.${kind}`)}${how === null ? null : ` (${how})`}</td>
        <td>${by}</td>
        <td>
          ${step}${reason === null ? null : html`<br />${own(`refusal.${reason}`)}`}${text === null ? null : html`<br />“${text}”`}
        </td>
        <td><code>${plan ?? '–'}</code></td>
      </tr> `,
  )
  return html`<h2>${own('approvals')}</h2>
    ${table(['time', 'host', null, 'who', 'what', 'plan'], rows)}`
}

function gaps({ gaps: list }: CaseRecord): Html {
  const rows = list.map(
    ({ at, chain, kind, what, reason, detail }) =>
      html`<tr>
        <td class="t">${clock(at)}</td>
        <td>${chain}</td>
        <td>${own(`gap.${kind}`)}</td>
        <td><code>${what}</code></td>
        <td>${reason}${detail === '' ? null : html`<br /><span class="dim">${detail}</span>`}</td>
      </tr> `,
  )
  const listed = table(['time', 'host', 'kind', 'what', 'reason'], rows)
  return html`<h2>${own('gaps')}</h2>
    <p class="dim">${own('gaps.note')}</p>
    ${list.length === 0 ? html`<p>${own('gaps.none')}</p>` : listed}`
}

function evidence({ record, redactions }: ReportInput): Html {
  const held = new Set(redactions.map(({ sha256 }) => sha256))
  const rows = record.exhibits.map(
    ({ at, chain, what, path, size, sha256, hostSha256, truncated, notes }) =>
      html`<tr>
        <td class="t">${clock(at)}</td>
        <td>${chain}</td>
        <td>${what}</td>
        <td><code>${path ?? '–'}</code>${noteLine(notes?.at(-1))}</td>
        <td class="n">${size}</td>
        <td>
          <code>${sha256}</code
          >${hostSha256 === null ? null : html`<br /><span class="green">${own('hashed')}</span>`}${truncated ? html`<br /><span class="amber">${own('truncated')}</span>` : null}${held.has(sha256) ? html`<br /><span class="amber">${own('redacted')}</span>` : null}
        </td>
      </tr> `,
  )
  return html`<h2>${own('evidence')}</h2>
    <p class="dim">${own('evidence.note')}</p>
    ${table(['time', 'host', 'kind', 'path', 'size', 'digest'], rows)}`
}

/** The last word on an exhibit; the timeline has those before it. */
function noteLine(note: Note | undefined): Html | null {
  if (note === undefined || (note.text === '' && note.tags.length === 0)) return null
  const tags = note.tags.map((tag) => html`<span class="dim">#${tag}</span> `)
  return html`<br />${tags}${note.text} <span class="dim">(${note.by})</span>`
}

function verification({ bundle }: ReportInput): Html {
  return html`<h2>${own('verify')}</h2>
    <p class="note">${own(bundle === null ? 'verify.alone' : 'verify.text')}</p>`
}
