// How results look in a terminal of 80 columns: findings with their reasons, plans as diffs, changes, verdicts.

import type { Declined, DiffLine, PlannedItem } from '../core/actions/verb.ts'
import type { ChangeResult } from '../core/playbook/result.ts'
import { shown } from '../core/host-text.ts'
import type { Finding, Reason, Target, Verdict } from '../core/judge/finding.ts'
import { say, type Language } from '../i18n/words.ts'
import { clip, columns, pad, wrap, type Screen, type Tone } from './screen.ts'

/** Findings below this are counted, not listed: they are context, not leads. */
const listedFrom = 30
/** Reasons shown under one finding; the rest are counted. */
const reasonsShown = 4

const verdictTones: Readonly<Record<Verdict, Tone>> = {
  clean: 'green',
  suspect: 'amber',
  infected: 'red',
  'rebuild-advised': 'red',
  unknown: 'grey',
}

const marks: Readonly<Record<DiffLine['mark'], Tone>> = {
  '-': 'red',
  '+': 'green',
  '~': 'amber',
  '!': 'amber',
  ' ': 'grey',
}

/** `host   VERDICT` with one line of numbers below. */
export function showVerdict(
  screen: Screen,
  lang: Language,
  host: string,
  verdict: Verdict,
  findings: readonly Finding[],
  unknowns: number,
): void {
  const proposed = findings.filter((finding) => finding.proposed === 'yes' && isLead(finding)).length
  screen.line(`${screen.paint('bold', host)}  ${screen.paint(verdictTones[verdict], say(lang, `verdict.${verdict}`))}`)
  screen.line(screen.paint('grey', `  ${say(lang, 'cli.counts', { findings: findings.length, proposed, unknowns })}`))
}

/** A daemon to be paused is part of the plan, not a finding a person has to weigh. */
function isLead(finding: Finding): boolean {
  return finding.kind !== 'scheduler-daemon' && (finding.score >= listedFrom || finding.proposed !== 'no')
}

/** One block a finding: score, proposal, title, target, then its strongest reasons. */
export function showFindings(screen: Screen, lang: Language, findings: readonly Finding[]): void {
  const listed = findings.filter(isLead)
  for (const finding of listed) showFinding(screen, lang, finding)
  const rest = findings.length - listed.length
  if (rest > 0 && listed.length < findings.length)
    screen.line(screen.paint('grey', `  ${say(lang, 'cli.lower', { count: rest, below: listedFrom })}`))
}

function showFinding(screen: Screen, lang: Language, finding: Finding): void {
  const tone: Tone =
    finding.proposed === 'yes'
      ? 'red'
      : finding.proposed === 'unknown'
        ? 'grey'
        : finding.score >= 60
          ? 'amber'
          : 'plain'
  const badge = say(lang, `proposed.${finding.proposed}`)
  const head = `${String(finding.score).padStart(3)}  `
  const title = say(lang, finding.title, finding.params)
  const room = screen.width - head.length - columns(badge) - 2
  screen.line(
    `${screen.paint(tone, head)}${screen.paint('bold', pad(clip(title, room), room))}  ${screen.paint(tone, badge)}`,
  )
  const target = targetText(finding.target)
  if (target !== '' && (columns(title) > room || !title.includes(target)))
    for (const line of wrap(target, screen.width - 5).slice(0, 3)) screen.line(`     ${line}`)
  const telling = finding.reasons.filter((reason) => reason.effect !== 'note').toSorted((a, b) => weight(b) - weight(a))
  for (const reason of telling.slice(0, reasonsShown)) showReason(screen, lang, reason)
  if (telling.length > reasonsShown)
    screen.line(screen.paint('grey', `     + ${String(telling.length - reasonsShown)}`))
}

function weight(reason: Reason): number {
  return reason.effect === 'caps' ? 2000 - reason.permille : reason.permille
}

function showReason(screen: Screen, lang: Language, reason: Reason): void {
  const sign = reason.effect === 'caps' ? '≤' : '+'
  const figure = `${sign}${String(Math.round(reason.permille / 10)).padStart(2)} `
  const [first = '', ...more] = wrap(
    say(lang, `signal.${reason.signal}`, reason.params),
    screen.width - 5 - figure.length,
  )
  screen.line(screen.paint('grey', `     ${figure}${first}`))
  for (const line of more.slice(0, 2)) screen.line(screen.paint('grey', `     ${' '.repeat(figure.length)}${line}`))
}

/** The thing itself in one line. */
export function targetText(target: Target): string {
  switch (target.kind) {
    case 'process':
      return `pid ${String(target.identity.pid)}  ${target.exe === null ? '?' : shown(target.exe)}  ${shown(target.cmdline)}`
    case 'file':
      return shown(target.path)
    case 'line':
      return `${shown(target.path)}:${String(target.line)}  ${shown(target.text)}`
    case 'mount':
      return shown(target.point)
    case 'host':
      return ''
  }
}

/** A plan before approval: every change as a diff, and what was left out with the reason. */
export function showPlan(
  screen: Screen,
  lang: Language,
  plan: {
    readonly title: string
    readonly host: string
    readonly digest: string
    readonly items: readonly PlannedItem[]
    readonly declined: readonly Declined[]
    readonly irreversible: string | null
  },
): void {
  screen.line()
  screen.line(`${screen.paint('bold', plan.title)}  ${screen.paint('grey', plan.host)}`)
  for (const item of plan.items) showDiff(screen, lang, item.diff)
  for (const { target, reason, detail } of plan.declined) {
    screen.line(
      screen.paint(
        'grey',
        clip(
          `  ${say(lang, `declined.${reason}`)}: ${targetText(target)}${detail === '' ? '' : ` — ${detail}`}`,
          screen.width,
        ),
      ),
    )
  }
  if (plan.irreversible !== null)
    for (const line of wrap(`${say(lang, 'cli.irreversible')} ${plan.irreversible}`, screen.width - 2))
      screen.line(screen.paint('red', `  ${line}`))
  screen.line(screen.paint('grey', `  ${say(lang, 'cli.digest', { digest: plan.digest.slice(0, 16) })}`))
}

function showDiff(screen: Screen, lang: Language, diff: readonly DiffLine[]): void {
  for (const { mark, text: thing, note } of diff) {
    const text =
      note === undefined ? thing : [thing, say(lang, note.code, note.params)].filter((part) => part !== '').join('  ')
    for (const [at, line] of wrap(text, screen.width - 4).entries())
      screen.line(screen.paint(marks[mark], `  ${at === 0 ? mark : ' '} ${line}`))
  }
}

/** One line a change, with whether it can be undone. */
export function showChange(screen: Screen, lang: Language, change: ChangeResult): void {
  const { undone } = change
  const state = undone ? 'undone' : change.reversible ? 'reversible' : 'final'
  screen.line(
    `  ${screen.paint(undone ? 'grey' : change.reversible ? 'green' : 'red', pad(say(lang, `change-state.${state}`), 14))} ${clip(say(lang, change.summary.code, change.summary.params), screen.width - 18)}`,
  )
}
