// What is done on the hosts, line by line, as it is done. Read only, virtualized, and it follows the end for as long as nobody scrolls up.

import { Button, Switch, TextInput, Tooltip } from '@mantine/core'
import { IconArrowDown, IconListDetails } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import { usePlaybooks } from '../../state/playbooks.ts'
import { useSession } from '../../state/session.ts'
import { CopyButton, Empty } from '../../ui/kit.tsx'
import { bytesText, durationText, timeText } from '../../ui/measures.ts'
import { useHostName, useStepTitle } from './here.ts'
import { HostWords } from './host-words.tsx'
import { linesOf, type Line } from './transcript-lines.ts'
import { useVerbWord } from './verb-words.ts'
import style from './checklist.module.css'

/** Pixels of a line before it is measured. */
const lineHeight = 20
/** Pixels from the end that still count as being there. */
const atEnd = 24

const saidKeys = [
  'step',
  'look',
  'plan',
  'wait',
  'keep',
  'check',
  'watch',
  'undo',
  'request',
  'deadman',
  'end',
  'export',
] as const

export function Transcript(): ReactNode {
  const w = useWords('checklist')
  const [requests, setRequests] = useState(false)
  const [filter, setFilter] = useState('')
  const lines = useLines()
  const name = useHostName()
  const several = useMemo(() => new Set(lines.flatMap(({ host }) => (host === null ? [] : [host]))).size > 1, [lines])
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const shown = lines.filter(
    (line) =>
      (requests || !line.request) &&
      words.every((word) => `${line.said} ${line.text} ${line.result}`.toLocaleLowerCase().includes(word)),
  )
  return (
    <div className={style['transcript']}>
      <div className={style['transcriptBar']}>
        <TextInput
          size="xs"
          className={style['transcriptFilter'] ?? ''}
          placeholder={w('transcriptFilter')}
          aria-label={w('transcriptFilter')}
          value={filter}
          onChange={(event) => {
            setFilter(event.currentTarget.value)
          }}
        />
        <Tooltip label={w('transcriptRequestsHint')}>
          <Switch
            size="xs"
            label={w('transcriptRequests')}
            checked={requests}
            onChange={(event) => {
              setRequests(event.currentTarget.checked)
            }}
          />
        </Tooltip>
        <span className="faint num">
          {shown.length === 1 ? w('transcriptLine') : w('transcriptLines', { n: shown.length })}
        </span>
        <CopyButton
          value={shown.map((line) => asText(line, several ? name : null)).join('\n')}
          label={w('transcriptCopy')}
        />
      </div>
      {lines.length === 0 ? (
        <Empty icon={<IconListDetails size={22} />} title={w('transcriptEmpty')} hint={w('transcriptHint')} />
      ) : shown.length === 0 ? (
        <p className={style['ahead']}>{w('transcriptNoMatch')}</p>
      ) : (
        <Lines lines={shown} hostName={several ? name : null} />
      )}
    </div>
  )
}

function asText({ at, host, said, text, result }: Line, name: ((host: string) => string) | null): string {
  return [at, ...(host === null || name === null ? [] : [name(host)]), said, text, result]
    .filter((part) => part !== '')
    .join('\t')
}

/** Lines of every job of this session, in the order they were told. */
function useLines(): readonly Line[] {
  const w = useWords('checklist')
  const say = useSay()
  const lang = useLanguage()
  const verb = useVerbWord()
  const stepTitle = useStepTitle()
  const all = usePlaybooks()
  const told = useSession((state) => state.told)
  const jobs = useSession((state) => state.jobs)
  return useMemo(() => {
    const ordered = [...jobs].sort((a, b) => a.startedAt.localeCompare(b.startedAt))
    const said = (key: string): string => {
      const known = saidKeys.find((one) => one === key)
      return known === undefined ? key : w(`said-${known}`)
    }
    return ordered.flatMap(({ job, playbook }) => {
      // an undo names no playbook: its steps are of whichever has them
      const mine = all.filter(
        ({ id, version }) => playbook === null || (id === playbook.id && version === playbook.version),
      )
      const steps = mine.flatMap((one) => one.steps)
      const title = (step: string): string => {
        const known = steps.find((one) => one.step === step)
        return known === undefined ? step : stepTitle(known)
      }
      return linesOf(told[job] ?? [], {
        said,
        verb,
        title,
        say,
        w,
        bytes: bytesText,
        duration: (seconds) => durationText(lang, seconds),
      })
    })
  }, [told, jobs, all, lang, w, say, verb, stepTitle])
}

function Lines({
  lines,
  hostName,
}: {
  readonly lines: readonly Line[]
  readonly hostName: ((host: string) => string) | null
}): ReactNode {
  const w = useWords('checklist')
  const lang = useLanguage()
  const box = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
    getItemKey: (at) => lines[at]?.key ?? at,
  })
  useEffect(() => {
    if (following && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [following, lines.length, rows])
  return (
    <div className={style['linesFrame']}>
      <div
        ref={box}
        className={style['lines']}
        role="log"
        aria-label={w('transcript')}
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < atEnd)
        }}
      >
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start, key }) => {
            const line = lines[index]
            if (line === undefined) return null
            return (
              <div
                key={key}
                ref={rows.measureElement}
                data-index={index}
                className={style['transcriptLine']}
                data-tone={line.tone}
                style={{ transform: `translateY(${String(start)}px)` }}
              >
                <time className="num">{timeText(lang, line.at)}</time>
                {hostName !== null && (
                  <span className={style['lineHost']}>{line.host === null ? '' : hostName(line.host)}</span>
                )}
                <span className={style['lineSaid']}>{line.said}</span>
                <span className={style['lineText']}>
                  <HostWords text={line.text} />
                </span>
                <span className={style['lineResult']}>
                  <HostWords text={line.result} />
                </span>
              </div>
            )
          })}
        </div>
      </div>
      {!following && (
        <Button
          size="compact-xs"
          className={style['toEnd'] ?? ''}
          leftSection={<IconArrowDown size={12} />}
          onClick={() => {
            setFollowing(true)
          }}
        >
          {w('transcriptEnd')}
        </Button>
      )}
    </div>
  )
}
