// The items of a plan: what would be changed, how sure it is and why, with a tick each. Below, what was left alone and for what reason.

import { Checkbox, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { shown } from '../../../main/core/contract.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { findings as words } from '../../i18n/en/findings.ts'
import type { ActStory } from '../../state/story.ts'
import { Chip, Score, Tag, type Tone } from '../../ui/kit.tsx'
import { findingOf, type Finding } from './findings.ts'
import { HostWords } from './host-words.tsx'
import type { DeclinedItem, PlannedItem, WholePlan } from './plan-reading.ts'
import style from './checklist.module.css'

/** Reasons shown on a row; the others are one hover or focus away. */
const reasonsShown = 3
/** Characters of a sentence in a tooltip: host text in it can be very long. */
const sentenceShown = 600
/** Thousandths from which a reason alone is alarming. */
const heavy = 500

export function PlanTable({
  plan,
  findings,
  acts,
  out,
  onTick,
}: {
  readonly plan: WholePlan
  readonly findings: readonly Finding[]
  readonly acts: readonly ActStory[]
  /** keys taken out; null: nothing can be ticked now */
  readonly out: ReadonlySet<string> | null
  readonly onTick: (key: string) => void
}): ReactNode {
  const w = useWords('checklist')
  return (
    <table className={style['table']}>
      <thead>
        <tr>
          <th scope="col" className={style['tick']}>
            <span className={style['srOnly']}>{w('plan')}</span>
          </th>
          <th scope="col" className={style['scoreCell']}>
            {w('score')}
          </th>
          <th scope="col">{w('item')}</th>
          <th scope="col">{w('why')}</th>
          <th scope="col" className={style['stateCell']}>
            {w('state')}
          </th>
        </tr>
      </thead>
      <tbody>
        {plan.items.map((item) => (
          <ItemRow
            key={item.key}
            item={item}
            finding={findingOf(item, findings)}
            act={acts.findLast((one) => one.item === item.key) ?? null}
            ticked={out === null || !out.has(item.key)}
            fixed={out === null}
            onTick={onTick}
          />
        ))}
        {plan.declined.map((item, at) => (
          <DeclinedRow key={at} item={item} finding={findings.find(({ id }) => id === item.finding) ?? null} />
        ))}
      </tbody>
    </table>
  )
}

function ItemRow({
  item,
  finding,
  act,
  ticked,
  fixed,
  onTick,
}: {
  readonly item: PlannedItem
  readonly finding: Finding | null
  readonly act: ActStory | null
  readonly ticked: boolean
  readonly fixed: boolean
  readonly onTick: (key: string) => void
}): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const name = finding === null ? item.key : say(finding.title, finding.params)
  const objects = item.diff.filter(({ mark }) => mark !== ' ' && mark !== '!')
  return (
    <tr data-ticked={ticked}>
      <td className={style['tick']}>
        <Checkbox
          size="xs"
          checked={ticked}
          disabled={fixed}
          aria-label={w('pick', { what: name.slice(0, 200) })}
          onChange={() => {
            onTick(item.key)
          }}
        />
      </td>
      <td className={style['scoreCell']}>
        {finding === null ? <span className="faint">–</span> : <Score value={finding.score} />}
      </td>
      <td>
        <HostWords text={name} cut mono={finding === null} />
        {objects.slice(0, 3).map((line, at) => (
          <div key={at} className={style['object']}>
            <HostWords text={line.text.trim()} cut mono />
          </div>
        ))}
        {objects.length > 3 && <div className="faint">{w('diffMore', { n: objects.length - 3 })}</div>}
      </td>
      <td>
        <Reasons finding={finding} />
      </td>
      <td className={style['stateCell']}>
        <ItemState act={act} />
      </td>
    </tr>
  )
}

function DeclinedRow({ item, finding }: { readonly item: DeclinedItem; readonly finding: Finding | null }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const name = finding === null ? targetName(item.target) : say(finding.title, finding.params)
  return (
    <tr data-declined="true">
      <td className={style['tick']}>
        <Checkbox
          size="xs"
          checked={false}
          disabled
          readOnly
          aria-label={`${w('declinedTitle')}: ${name.slice(0, 200)}`}
        />
      </td>
      <td className={style['scoreCell']}>
        {finding === null ? <span className="faint">–</span> : <Score value={finding.score} />}
      </td>
      <td>
        <HostWords text={name} cut mono={finding === null} />
      </td>
      <td>
        <Tag tone={item.reason === 'unknown' ? 'amber' : 'grey'}>{w(`declined-why-${item.reason}`)}</Tag>{' '}
        {item.detail !== '' && <HostWords text={item.detail} cut />}
      </td>
      <td className={style['stateCell']}>
        <Chip tone="grey">{say(`declined.${item.reason}`)}</Chip>
      </td>
    </tr>
  )
}

function targetName(target: DeclinedItem['target']): string {
  switch (target.kind) {
    case 'process':
      return `${String(target.identity.pid)}  ${target.exe === null ? shown(target.cmdline) : shown(target.exe)}`
    case 'file':
      return shown(target.path)
    case 'line':
      return `${shown(target.path)}:${String(target.line)}`
    case 'mount':
      return shown(target.point)
    case 'host':
      return '/'
  }
}

/** Each reason in a word or two, the strongest first, its whole sentence one hover away. */
export function Reasons({ finding }: { readonly finding: Finding | null }): ReactNode {
  const say = useSay()
  const shortWord = useShortReason()
  if (finding === null) return <span className="faint">–</span>
  const reasons = finding.reasons
    .filter(({ effect }) => effect !== 'note')
    .toSorted((a, b) => rank(b) - rank(a) || b.permille - a.permille)
    .map((reason) => ({ ...reason, word: shortWord(reason) }))
    .filter(({ word }, at, all) => all.findIndex((one) => one.word === word) === at)
  const rest = reasons.slice(reasonsShown)
  const sentence = ({ signal, params }: Reason): string => say(`signal.${signal}`, params)
  return (
    <span className={style['reasons']}>
      {reasons.slice(0, reasonsShown).map((reason) => (
        <Tag key={reason.word} tone={toneOf(reason)} title={sentence(reason).slice(0, sentenceShown)}>
          {reason.word}
        </Tag>
      ))}
      {rest.length > 0 && (
        <Tooltip label={rest.map(sentence).join(' · ').slice(0, sentenceShown)}>
          <span className={style['more']}>+{rest.length}</span>
        </Tooltip>
      )}
    </span>
  )
}

/** The short word triage uses for a signal; a signal without one goes by its group. */
function useShortReason(): (reason: Reason) => string {
  const w = useWords('findings')
  const say = useSay()
  return ({ signal, group }) => {
    const key = `why-${signal}`
    return isKnown(key) ? w(key) : say(`group.${group}`)
  }
}

function isKnown(key: string): key is keyof typeof words {
  return Object.hasOwn(words, key)
}

type Reason = Finding['reasons'][number]

function rank({ effect }: Reason): number {
  return effect === 'decides' ? 2 : effect === 'raises' ? 1 : 0
}

function toneOf({ effect, permille }: Reason): Tone {
  if (effect === 'caps') return 'grey'
  return effect === 'decides' || permille >= heavy ? 'red' : 'grey'
}

const outcomeTones: Readonly<Record<NonNullable<ActStory['outcome']>, Tone>> = {
  done: 'blue',
  already: 'grey',
  conflict: 'amber',
  failed: 'red',
}

function ItemState({ act }: { readonly act: ActStory | null }): ReactNode {
  const w = useWords('checklist')
  if (act?.undone === 'done' || act?.undone === 'already') return <Chip tone="grey">{w('sign-undone')}</Chip>
  if (act?.verified) {
    const { result } = act.verified
    return <Chip tone={result === 'yes' ? 'green' : result === 'no' ? 'red' : 'grey'}>{w(`verified-${result}`)}</Chip>
  }
  if (act?.outcome != null) return <Chip tone={outcomeTones[act.outcome]}>{w(`outcome-${act.outcome}`)}</Chip>
  return <span className="faint">–</span>
}
