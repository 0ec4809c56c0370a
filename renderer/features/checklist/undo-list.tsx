// Changes that stand on the host, newest first, each step of them with its undo; and how the last undo went.

import { Button, Progress } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { useTold } from '../../state/progress.ts'
import { useSession } from '../../state/session.ts'
import { ErrorNote, Section, Tag } from '../../ui/kit.tsx'
import { useHere, useLookedAt } from './here.ts'
import { HostWords } from './host-words.tsx'
import { Blocked, useTitleOf } from './undo-dialog.tsx'
import { openUndo, useChanges, useStandingGroups, type Standing } from './undo.ts'
import style from './checklist.module.css'

type JobView = Output<Contract, 'state'>['jobs'][number]

export function UndoList(): ReactNode {
  const w = useWords('checklist')
  const looked = useLookedAt()
  const host = useHere().host ?? looked
  const groups = useStandingGroups(host)
  const { error } = useChanges(host)
  const job = useSession(({ jobs }) => jobs.findLast((one) => one.kind === 'undo') ?? null)
  return (
    <Section title={w('changesTitle')} aside={groups.length > 0 ? w('changesOrder') : undefined}>
      {error !== null && (
        <div className={style['inset']}>
          <ErrorNote error={error} />
        </div>
      )}
      {job !== null && <UndoJob job={job} />}
      {groups.length === 0 ? (
        <p className={style['teaching']}>{w('changesNone')}</p>
      ) : (
        <ul className={style['undos']}>
          {groups.map((group) => (
            <UndoRow key={`${group.run} ${group.step}`} group={group} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function UndoRow({ group }: { readonly group: Standing }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const title = useTitleOf()(group)
  const { changes, blockedBy, canUndo } = group
  const newest = changes[0]
  const sentence = newest === undefined ? '' : say(newest.summary.code, newest.summary.params)
  const reversible = changes.some((one) => one.reversible)
  return (
    <li data-can={canUndo}>
      <IconArrowBackUp size={14} aria-hidden="true" />
      <span className={style['undoText']}>
        <span className={style['undoName']} title={title}>
          {title}
        </span>
        <span className="dim">
          <HostWords text={sentence} cut />
        </span>
        {changes.length > 1 && <span className="faint">{w('changes', { n: changes.length })}</span>}
        {blockedBy !== null && (
          <span className={style['why']}>
            <Blocked by={blockedBy} />
          </span>
        )}
      </span>
      {!reversible ? (
        <Tag>{w('changeFinal')}</Tag>
      ) : (
        <Button
          size="compact-xs"
          variant="default"
          disabled={!canUndo}
          aria-label={w('undoOf', { what: title })}
          onClick={() => {
            openUndo(group)
          }}
        >
          {w('undo')}
        </Button>
      )}
    </li>
  )
}

/** The undo under way, or what became of the last one. */
function UndoJob({ job }: { readonly job: JobView }): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const told = useTold(job.job)
  const done = told.filter(({ progress }) => progress.type === 'undone').length
  if (job.state === 'working' || job.state === 'stopping')
    return (
      <div className={style['undoJob']} role="status">
        <Progress value={100} animated size="sm" aria-label={w('undoing', { done })} />
        <span className="dim num">{w('undoing', { done })}</span>
      </div>
    )
  if (job.error !== null)
    return (
      <div className={style['inset']}>
        <ErrorNote error={job.error} />
      </div>
    )
  if (job.result?.kind !== 'undo') return null
  const { hosts } = job.result.result
  const all = hosts.flatMap(({ changes }) => changes)
  const good = all.filter(({ outcome }) => outcome === 'done' || outcome === 'already')
  const bad = all.filter((one) => !good.includes(one))
  return (
    <div className={style['undoJob']} role="status">
      <span>{w('undoDone', { n: good.length, total: all.length })}</span>
      {hosts.map(({ id, error }) => error !== null && <ErrorNote key={id} error={error} />)}
      {bad.map((one) => (
        <span key={one.act} className={one.outcome === 'failed' ? style['danger'] : style['why']}>
          <HostWords text={say(one.summary.code, one.summary.params)} cut />
          {one.skip !== null
            ? say(`undo-skip.${one.skip}`)
            : one.outcome === 'skipped'
              ? ''
              : say(`undo.${one.outcome}`)}
          {one.detail !== '' && <HostWords text={` · ${one.detail}`} cut />}
        </span>
      ))}
    </div>
  )
}
