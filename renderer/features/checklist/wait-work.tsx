// A soak: how long everything must still stay as it was left, and what is watched meanwhile. It ends early only when something came back.

import { RingProgress } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLanguage, useSay, useWords } from '../../i18n/say.ts'
import type { ActStory } from '../../state/story.ts'
import { useHostStory } from '../../state/progress.ts'
import { Chip, Section } from '../../ui/kit.tsx'
import { clockText, durationText } from '../../ui/measures.ts'
import type { StepAtHost } from './here.ts'
import { HostWords } from './host-words.tsx'
import { useSecondsLeft } from './step-note.tsx'
import style from './checklist.module.css'

export function WaitWork({ run, host, step }: StepAtHost): ReactNode {
  const w = useWords('checklist')
  const say = useSay()
  const lang = useLanguage()
  const left = useSecondsLeft(host, step.step)
  const story = useHostStory(run.head, host)
  const over = step.story.ended
  const watched = Object.values(story)
    .flatMap(({ acts }) => acts)
    .filter(({ change, undone }) => change !== null && undone !== 'done' && undone !== 'already')
    .filter(isLatestWord)
  const part = left === null || left.total === 0 ? 0 : (100 * (left.total - left.left)) / left.total
  return (
    <>
      <div className={style['soak']}>
        {over === null && left !== null && (
          <RingProgress
            size={116}
            thickness={7}
            roundCaps
            sections={[{ value: part, color: 'blue' }]}
            aria-label={w('left', { time: durationText(lang, left.left) })}
            label={
              <div className={style['ring']}>
                <strong className="num">{clockText(left.left)}</strong>
                <span>{w('waitLeft')}</span>
              </div>
            }
          />
        )}
        <div>
          {over !== null && <p>{say(`step.${over.outcome}`)}</p>}
          {step.sign === 'lapsed' && <p>{w('lapsedHint')}</p>}
          {over !== null && over.detail !== '' && (
            <p className={over.outcome === 'failed' ? style['danger'] : 'dim'}>
              <HostWords text={over.detail} />
            </p>
          )}
          <p className="dim">{watched.length === 0 ? w('watchingNone') : w('watchingHint')}</p>
        </div>
      </div>
      {watched.length > 0 && (
        <Section title={w('watching')} aside={watched.length === 1 ? w('change') : w('changes', { n: watched.length })}>
          <ul className={style['changes']}>
            {watched.map(({ act, change, verified }) => (
              <li key={act}>
                <HostWords text={change === null ? act : say(change.summary.code, change.summary.params)} cut />
                <Chip
                  tone={
                    verified === null
                      ? 'grey'
                      : verified.result === 'yes'
                        ? 'green'
                        : verified.result === 'no'
                          ? 'red'
                          : 'grey'
                  }
                >
                  {w(verified === null ? 'verified-not-yet' : `verified-${verified.result}`)}
                </Chip>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

/** A frozen process that was killed is no longer a frozen one: only the latest change of a thing is watched. */
function isLatestWord(act: ActStory, at: number, all: readonly ActStory[]): boolean {
  const newer = new Set(all.slice(at + 1).flatMap(({ change }) => change?.objects ?? []))
  const objects = act.change?.objects ?? []
  return objects.length === 0 || objects.some((object) => !newer.has(object))
}
