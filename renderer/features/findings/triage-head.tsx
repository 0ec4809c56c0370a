// The head of triage: which host, the verdict in one sentence, when it was looked at, and the way to look again or to stop looking.

import { Button, NativeSelect, Progress, Switch } from '@mantine/core'
import { IconPlayerStop, IconRadar } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import { lookAtUnlinked, type Here } from '../../state/here.ts'
import type { Look } from '../../state/looks.ts'
import { call, useSession, type JobView } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { ErrorNote, HostTextView, Verdict } from '../../ui/kit.tsx'
import { timeText, useAgo, useNow } from '../../ui/measures.ts'
import { hostile } from './finding-words.ts'
import style from './findings.module.css'

/** Looks at a host; how it goes comes as a job. `hostView` null: as the settings say. */
export function startLook(host: string, hostView: boolean | null): void {
  void attempt(() => call('triage.start', { hosts: [host], hostView }))
}

export function TriageHead({ here, look }: { readonly here: Here; readonly look: Look | null }): ReactNode {
  const w = useWords('findings')
  const job = useSession(
    (state) => state.jobs.findLast((one) => one.kind === 'triage' && one.hosts.includes(here.host)) ?? null,
  )
  const working = job?.state === 'working' || job?.state === 'stopping'
  return (
    <header className={style['head']}>
      <div className={style['who']}>
        <h1>
          {here.link?.arrival ? <HostTextView text={here.link.arrival.hostname} cut mono={false} /> : here.address}
        </h1>
        {here.link?.arrival && <span className="mono dim">{here.address}</span>}
        <HostChoice here={here} />
        {look?.state === 'read' && (
          <span className={style['verdict']}>
            <Verdict verdict={look.verdict} />
          </span>
        )}
        <span className={style['actions']}>
          {working ? <StopLooking job={job} /> : <LookAgain here={here} look={look} />}
        </span>
      </div>
      {look?.state === 'read' && <Why look={look} />}
      {working && <Looking host={here.host} job={job} />}
      {job?.state === 'failed' && job.error !== null && job.error.code !== 'cancelled' && (
        <ErrorNote error={job.error}>
          <div className="dim">{w('lookFailed')}</div>
        </ErrorNote>
      )}
      <HostFailure job={job} host={here.host} />
    </header>
  )
}

function HostFailure({ job, host }: { readonly job: JobView | null; readonly host: string }): ReactNode {
  const result = job?.result?.kind === 'triage' ? job.result.hosts.find((one) => one.host === host) : undefined
  return result?.error ? <ErrorNote error={result.error} /> : null
}

function Why({ look }: { readonly look: Look }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const lang = useLanguage()
  const ago = useAgo()
  const now = useNow(5000)
  const zone = useSession((state) => state.case?.timeZone ?? null)
  const proposed = look.findings.filter(hostile).length
  return (
    <p className={style['why']} data-verdict={look.verdict}>
      {look.putBackSince ? w('putBackSince') : say(`verdict-meaning.${look.verdict}`)}{' '}
      {proposed > 0 && w('proposedCount', { n: proposed })}{' '}
      {look.unknownsTotal > 0 &&
        (look.unknownsTotal === 1 ? w('unknownCountOne') : w('unknownCount', { n: look.unknownsTotal }))}{' '}
      {look.at !== null && (
        <span className="faint" title={timeText(lang, look.at, zone, true)}>
          {w('lookedAt', { at: timeText(lang, look.at, zone) })} · {ago(look.at, now)}
        </span>
      )}
    </p>
  )
}

function LookAgain({ here, look }: { readonly here: Here; readonly look: Look | null }): ReactNode {
  const w = useWords('findings')
  const usual = useSession((state) => state.settings.hostView)
  const [hostView, setHostView] = useState<boolean | null>(null)
  if (here.link?.state !== 'ready') return <span className="faint">{w('notConnected')}</span>
  return (
    <>
      <Switch
        label={w('hostViewSwitch')}
        title={w('hostViewHint')}
        checked={hostView ?? usual}
        onChange={(event) => {
          setHostView(event.currentTarget.checked)
        }}
      />
      <Button
        leftSection={<IconRadar size={14} />}
        variant={look?.state === 'read' ? 'default' : 'filled'}
        disabled={here.link.job !== null}
        onClick={() => {
          startLook(here.host, hostView)
        }}
      >
        {look?.state === 'read' ? w('lookAgain') : w('look')}
      </Button>
    </>
  )
}

function StopLooking({ job }: { readonly job: JobView }): ReactNode {
  const w = useWords('findings')
  return (
    <Button
      variant="default"
      leftSection={<IconPlayerStop size={14} />}
      disabled={job.state === 'stopping'}
      onClick={() => {
        void attempt(() => call('job.stop', { job: job.job }))
      }}
    >
      {job.state === 'stopping' ? w('stopping') : w('stopLook')}
    </Button>
  )
}

function Looking({ host, job }: { readonly host: string; readonly job: JobView }): ReactNode {
  const w = useWords('findings')
  const say = useSay()
  const last = useSession((state) =>
    state.told[job.job]?.findLast(({ progress }) => progress.type === 'looking' && progress.host === host),
  )?.progress
  const looking = last?.type === 'looking' ? last : null
  const words =
    looking === null
      ? w('lookingStart')
      : w('looking', { done: looking.done, total: looking.total, probe: say(`probe.${looking.probe}`) })
  return (
    <div className={style['progress']} role="status">
      <Progress
        value={looking === null ? 3 : (100 * looking.done) / Math.max(1, looking.total)}
        size={4}
        aria-label={words}
        animated
      />
      <span className="dim num">{words}</span>
    </div>
  )
}

/** Hosts of the case nobody is connected to can be looked at as well, as the case knows them. */
function HostChoice({ here }: { readonly here: Here }): ReactNode {
  const w = useWords('findings')
  const chains = useSession((state) => state.case?.chains)
  const links = useSession((state) => state.links)
  const hosts = (chains ?? []).map(({ chain }) => chain).filter((chain) => chain !== 'case')
  if (hosts.every((host) => links.some((link) => link.host === host))) return null
  if (hosts.length < 2 && links.length === 0) return null
  return (
    <NativeSelect
      size="xs"
      aria-label={w('chooseHost')}
      value={here.host}
      data={hosts.map((host) => ({ value: host, label: links.find((link) => link.host === host)?.address ?? host }))}
      onChange={(event) => {
        lookAtUnlinked(event.currentTarget.value)
      }}
    />
  )
}
