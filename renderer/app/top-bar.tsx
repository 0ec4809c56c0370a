// The bar on top: which case, which phase, how long it has been open, and the way to every command.

import { Group, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconSettings } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { phases, type Phase } from '../../main/core/contract.ts'
import { useLanguage, useWords } from '../i18n/say.ts'
import { usePhaseStates } from '../state/progress.ts'
import { useSession } from '../state/session.ts'
import { go, useView } from '../state/view.ts'
import { Kbd } from '../ui/kit.tsx'
import { clockText, useNow } from '../ui/measures.ts'
import { palette } from './palette-store.ts'
import style from './app.module.css'

export function TopBar(): ReactNode {
  const w = useWords('frame')
  const open = useSession((state) => state.case)
  return (
    <header className={style['top']}>
      <a href="#work" className={style['skip']}>
        {w('skip')}
      </a>
      <span className={style['logo']}>
        <img src="./icon.svg" alt="" width={18} height={18} />
        Tourniquet
      </span>
      <span className={style['case']}>
        {open === null ? (
          w('caseNone')
        ) : (
          <>
            <strong>{open.number === null ? w('caseUnnumbered') : w('caseNumber', { number: open.number })}</strong>
            {open.customer !== null && ` · ${open.customer}`}
          </>
        )}
      </span>
      {open !== null && <Phases />}
      <Group gap={12} ml={open === null ? 'auto' : 0} wrap="nowrap">
        {open !== null && <Clock since={open.createdAt} />}
        <Tooltip label={w('palette')}>
          <UnstyledButton
            onClick={() => {
              palette.open()
            }}
          >
            <VisuallyHidden>{w('palette')} </VisuallyHidden>
            <Kbd>Ctrl K</Kbd>
          </UnstyledButton>
        </Tooltip>
        <Gear />
      </Group>
    </header>
  )
}

/** To the settings and back. */
function Gear(): ReactNode {
  const settings = useWords('settings')
  const cases = useWords('cases')
  const findings = useWords('findings')
  const open = useSession((state) => state.case !== null)
  const there = useView((state) => state.screen === 'settings')
  const label = there ? (open ? findings('title') : cases('title')) : settings('title')
  return (
    <Tooltip label={label}>
      <UnstyledButton
        className={style['gear']}
        aria-label={label}
        aria-pressed={there}
        onClick={() => {
          go({ screen: there ? 'triage' : 'settings' })
        }}
      >
        <IconSettings size={16} />
      </UnstyledButton>
    </Tooltip>
  )
}

function Phases(): ReactNode {
  const w = useWords('frame')
  const states = usePhaseStates()
  const other = useOtherNames()
  return (
    <ol className={style['phases']} aria-label={w('phases')}>
      {phases.map((phase) => (
        <li
          key={phase}
          data-state={states[phase]}
          {...(states[phase] === 'now' ? { 'aria-current': 'step' as const } : {})}
        >
          {states[phase] === 'done' && <IconCheck size={12} aria-label={w('phaseDone')} />}
          {w(`phase-${phase}`)}
          <small aria-hidden="true">{other[phase]}</small>
        </li>
      ))}
    </ol>
  )
}

/** The Chinese names stand beside the English ones, as on the runbooks people know; in Chinese nothing stands beside them. */
function useOtherNames(): Readonly<Record<Phase, string>> {
  const chinese = useLanguage() === 'zh-CN'
  return chinese
    ? { 'stop-bleeding': '', evict: '', restore: '', harden: '', watch: '' }
    : { 'stop-bleeding': '止血', evict: '清除', restore: '恢复', harden: '加固', watch: '观察' }
}

function Clock({ since }: { readonly since: string }): ReactNode {
  const w = useWords('frame')
  const now = useNow()
  return (
    <span className={style['clock']}>
      {w('openFor')} <strong className="num">{clockText((now - new Date(since).getTime()) / 1000)}</strong>
    </span>
  )
}
