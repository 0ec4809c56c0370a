// Indicators of the open case, pasted or out of a file. What was refused is named, line by line: one careless entry would condemn every host.

import { Button, FileButton, Group, Textarea, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { useWords } from '../../i18n/say.ts'
import { call } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { useLanguageNumbers } from '../../ui/measures.ts'
import style from './settings.module.css'

/** Characters main takes at once. */
const longest = 786_432
const reasons = ['unreadable', 'too-broad', 'private-address'] as const

export function Indicators(): ReactNode {
  const w = useWords('settings')
  const count = useLanguageNumbers()
  const [source, setSource] = useState('')
  const [text, setText] = useState('')
  const [answer, setAnswer] = useState<Output<Contract, 'indicators.set'> | null>(null)
  return (
    <form
      className={style['stack']}
      onSubmit={(event) => {
        event.preventDefault()
        void attempt(async () => {
          setAnswer(await call('indicators.set', { source: source.trim(), text }))
        })
      }}
    >
      <TextInput
        label={w('indicatorsSource')}
        description={w('indicatorsSourceHint')}
        required
        maxLength={512}
        value={source}
        onChange={(event) => {
          setSource(event.currentTarget.value)
        }}
      />
      <Textarea
        label={w('indicatorsText')}
        placeholder={w('indicatorsExample')}
        autosize
        minRows={4}
        maxRows={14}
        maxLength={longest}
        spellCheck={false}
        classNames={{ input: style['code'] ?? '' }}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
        }}
      />
      <Group gap="xs">
        <Button type="submit" disabled={source.trim() === '' || text.trim() === ''}>
          {w('indicatorsSet')}
        </Button>
        <FileButton
          onChange={(file) => {
            if (!file) return
            void attempt(async () => {
              setText((await file.slice(0, longest).text()).slice(0, longest))
              if (source.trim() === '') setSource(file.name)
            })
          }}
        >
          {(props) => (
            <Button {...props} variant="default">
              {w('indicatorsOpen')}
            </Button>
          )}
        </FileButton>
      </Group>
      {answer !== null && (
        <div role="status">
          <p>{w('indicatorsTaken', { n: count(answer.count) })}</p>
          {answer.refused.length > 0 && (
            <>
              <p className={style['warn']}>{w('indicatorsRefused', { n: count(answer.refused.length) })}</p>
              <ul className={style['problems']}>
                {answer.refused.map(({ line, text: refused, reason }) => (
                  <li key={line}>
                    <span className="num dim">
                      {w('line')} {line}
                    </span>
                    <code>{refused}</code>
                    <span>{reasonText(w, reason)}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </form>
  )
}

function reasonText(w: ReturnType<typeof useWords<'settings'>>, reason: string): string {
  const known = reasons.find((one) => one === reason)
  return known ? w(`refused-${known}`) : reason
}
