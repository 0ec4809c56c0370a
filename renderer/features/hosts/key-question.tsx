// A key nobody knows yet: both fingerprints, how to compare them, and three answers. None is chosen beforehand.

import { Button, Group, Stack } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { answer } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import type { HostQuestion } from './asking.ts'
import { Fingerprint } from './fingerprint.tsx'
import { HowToCompare } from './how-to-compare.tsx'
import style from './hosts.module.css'

type Trust = 'no' | 'once' | 'remember'

export function KeyQuestion({
  question,
  target,
  later,
}: {
  readonly question: Extract<HostQuestion, { readonly kind: 'host-key' }>
  readonly target: string | null
  readonly later: ReactNode
}): ReactNode {
  const w = useWords('hosts')
  const [given, setGiven] = useState<Trust | null>(null)
  const { address, key } = question
  const jump = target !== null && target !== address
  const give = (trust: Trust): void => {
    setGiven(trust)
    void attempt(() => answer({ kind: 'host-key', question: question.question, sha256: key.sha256, trust })).then(
      (worked) => {
        if (!worked) setGiven(null)
      },
    )
  }
  return (
    <Stack gap="sm">
      <h2 tabIndex={-1} data-autofocus>
        {w(jump ? 'keyTitleJump' : 'keyTitle')}
      </h2>
      <p>{jump ? w('keyLeadJump', { address, target }) : w('keyLead', { address })}</p>
      <div className={style['prints']}>
        <span>
          <span className="dim">{w('keyType')}</span> <code>{key.type}</code>
        </span>
        <Fingerprint value={key.sha256} />
        <Fingerprint value={key.md5} />
      </div>
      <HowToCompare>
        {w('keyHowAloud')} {w('keyHowNot')}
      </HowToCompare>
      <Group justify="flex-end" gap="xs">
        <span style={{ marginInlineEnd: 'auto' }}>{later}</span>
        {(['no', 'once', 'remember'] as const).map((trust) => (
          <Button
            key={trust}
            variant={trust === 'remember' ? 'filled' : 'default'}
            loading={given === trust}
            disabled={given !== null && given !== trust}
            onClick={() => {
              give(trust)
            }}
          >
            {w(trust === 'no' ? 'keyNo' : trust === 'once' ? 'keyOnce' : 'keyRemember')}
          </Button>
        ))}
      </Group>
    </Stack>
  )
}
