// A run that is open and that nobody works on: what going on will do, and what it will not. Nothing is ever repeated blindly.

import { Button } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { stepNow, type RunView, type StepView } from '../../state/progress.ts'
import { call, session, useSession } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { ErrorNote } from '../../ui/kit.tsx'
import { useHostName, useStepTitle } from './here.ts'
import style from './checklist.module.css'

/** Hosts of a run whose link is ready and free, and those without one. */
export function useResumable(run: RunView | null): {
  readonly ready: readonly string[]
  readonly away: readonly string[]
} {
  const links = useSession((state) => state.links)
  const hosts = run === null || run.head.outcome !== null || run.working ? [] : run.head.hosts
  const isReady = (host: string): boolean => links.some((one) => one.host === host && one.state === 'ready')
  return { ready: hosts.filter(isReady), away: hosts.filter((host) => !isReady(host)) }
}

export function resume(hosts: readonly string[]): void {
  void attempt(() => call('run.resume', { hosts: [...hosts] }))
}

export function ResumeCard({
  run,
  host,
  steps,
  whole = false,
}: {
  readonly run: RunView
  readonly host: string
  readonly steps: readonly StepView[]
  /** with everything there is to say, where there is room for it */
  readonly whole?: boolean
}): ReactNode {
  const w = useWords('checklist')
  const name = useHostName()
  const title = useStepTitle()
  const { ready, away } = useResumable(run)
  const busy = useSession(({ jobs }) => jobs.some((one) => one.kind === 'undo' && one.state === 'working'))
  if (run.working || run.head.outcome !== null) return null
  const at = stepNow(steps)
  const error =
    run.job?.result?.kind === 'run' ? run.job.result.result.hosts.find((one) => one.id === host)?.error : null
  const failure = error ?? run.job?.error ?? null
  const lost = session.getState().links.find((one) => one.host === host)?.state === 'lost'
  return (
    <div className={style['card']} data-tone="amber" data-whole={whole}>
      <h3>{lost ? w('linkLost', { host: name(host) }) : w('resumeTitle')}</h3>
      {whole && failure !== null && failure.code !== 'cancelled' && <ErrorNote error={failure} />}
      {failure?.code === 'cancelled' && <p>{w('stopped')}</p>}
      {at !== null && <p>{w('resumeDoes', { step: title(at) })}</p>}
      {whole && <p>{w('resumeDoesNot')}</p>}
      {run.head.approval === 'all' && <p className={style['danger']}>{w('resumeAll', { by: run.head.examiner })}</p>}
      {away.length > 0 && (
        <p className={style['warn']}>{w('resumeNeedsHosts', { hosts: away.map(name).join(', ') })}</p>
      )}
      {ready.length > 0 && (
        <Button
          leftSection={<IconPlayerPlay size={14} />}
          disabled={busy}
          onClick={() => {
            resume(ready)
          }}
        >
          {away.length > 0 ? w('resumeSome', { n: ready.length }) : w('resume')}
        </Button>
      )}
    </div>
  )
}
