// A secret is missing: for a key on this computer, for the login, for sudo, or whatever the host asks. What is typed goes one way and is not kept here.

import { Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconFlame, IconLock } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { answer } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { HostTextView } from '../../ui/kit.tsx'
import type { HostQuestion } from './asking.ts'
import style from './hosts.module.css'

type Login = Extract<HostQuestion, { readonly kind: 'login' }>

export function LoginQuestion({
  question,
  target,
  later,
  quiet,
}: {
  readonly question: Login
  readonly target: string | null
  readonly later: ReactNode
  /** begin at the title, not in the field */
  readonly quiet: boolean
}): ReactNode {
  const w = useWords('hosts')
  const { what, address, prompts, said, again, file } = question
  const wanted = what === 'prompts' ? prompts.length : 1
  const [answers, setAnswers] = useState<readonly string[]>(() => Array.from({ length: wanted }, () => ''))
  const [busy, setBusy] = useState(false)
  const give = (values: readonly string[] | null): void => {
    setBusy(true)
    void attempt(() => answer({ kind: 'login', question: question.question, answers: values })).finally(() => {
      setBusy(false)
    })
  }
  const field = (at: number) => ({
    value: answers[at] ?? '',
    autoComplete: 'off',
    spellCheck: false,
    maxLength: 16_384,
    onChange: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
      setAnswers(answers.with(at, currentTarget.value))
    },
  })
  const local = what === 'key-passphrase'
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        give(answers)
      }}
    >
      <Stack gap="sm">
        <h2 tabIndex={-1} {...(quiet ? { 'data-autofocus': true } : {})}>
          {title(w, what, address)}
        </h2>
        {target !== null && target !== address && <p>{w('loginFor', { target })}</p>}
        {file !== null && (
          <p>
            {w('loginFile')} <code>{file}</code>
          </p>
        )}
        {again && (
          <div className={style['note']} data-tone="red" role="alert">
            <IconAlertTriangle size={14} />
            {w('loginAgain')}
          </div>
        )}
        {said !== null && (
          <div className={style['said']}>
            <small>{w('hostSays')}</small>
            <HostTextView text={said} />
          </div>
        )}
        {what === 'prompts' ? (
          prompts.map((prompt, at) => (
            <div key={at}>
              <div className={style['said']} id={`prompt-${String(at)}`}>
                <small>
                  {w('hostSays')} · {w('prompt', { n: at + 1 })}
                </small>
                <HostTextView text={prompt.text} />
              </div>
              {prompt.echo ? (
                <TextInput mt={6} label={w('answerTo')} aria-describedby={`prompt-${String(at)}`} {...field(at)} />
              ) : (
                <PasswordInput mt={6} label={w('answerTo')} aria-describedby={`prompt-${String(at)}`} {...field(at)} />
              )}
            </div>
          ))
        ) : (
          <PasswordInput
            label={w(local ? 'passphrase' : what === 'sudo-password' ? 'sudoPassword' : 'password')}
            {...field(0)}
          />
        )}
        <div className={style['note']} data-tone={local ? 'grey' : 'amber'}>
          {local ? <IconLock size={14} /> : <IconFlame size={14} />}
          {w(local ? 'stays' : 'burnt')}
        </div>
        <Group justify="flex-end" gap="xs">
          <span style={{ marginInlineEnd: 'auto' }}>{later}</span>
          <Button
            variant="default"
            disabled={busy}
            onClick={() => {
              give(null)
            }}
          >
            {w('loginNone')}
          </Button>
          <Button type="submit" loading={busy} disabled={what !== 'prompts' && answers[0] === ''}>
            {w('loginGive')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function title(w: ReturnType<typeof useWords<'hosts'>>, what: Login['what'], address: string): string {
  switch (what) {
    case 'password':
      return w('loginTitlePassword', { address })
    case 'key-passphrase':
      return w('loginTitlePassphrase')
    case 'sudo-password':
      return w('loginTitleSudo', { address })
    case 'prompts':
      return w('loginTitlePrompts', { address })
  }
}
