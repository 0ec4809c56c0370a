// A playbook is checked before anyone runs it: every mistake with its line and column, and a click goes there.

import { Button, FileButton, Group, Textarea } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useRef, useState, type ReactNode } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { call } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import style from './settings.module.css'

/** Characters main takes at once. */
const longest = 262_144

export function Lint(): ReactNode {
  const w = useWords('settings')
  const say = useSay()
  const area = useRef<HTMLTextAreaElement>(null)
  const [file, setFile] = useState('playbook.yaml')
  const [text, setText] = useState('')
  const [problems, setProblems] = useState<Output<Contract, 'playbooks.lint'>['problems'] | null>(null)
  const change = (next: string): void => {
    setText(next)
    setProblems(null)
  }
  const check = (name: string, of: string): void => {
    void attempt(async () => {
      setProblems((await call('playbooks.lint', { file: name, text: of })).problems)
    })
  }
  const goTo = (line: number, column: number): void => {
    const box = area.current
    if (!box) return
    const before = text.split('\n').slice(0, Math.max(0, line - 1))
    const at = before.join('\n').length + (before.length > 0 ? 1 : 0) + Math.max(0, column - 1)
    const end = text.indexOf('\n', at)
    box.focus()
    box.setSelectionRange(at, end === -1 ? text.length : end)
    const height = box.scrollHeight / Math.max(1, text.split('\n').length)
    box.scrollTop = Math.max(0, (line - 4) * height)
  }
  return (
    <form
      className={style['stack']}
      onSubmit={(event) => {
        event.preventDefault()
        check(file, text)
      }}
    >
      <Textarea
        ref={area}
        label={w('lintText')}
        rows={10}
        maxLength={longest}
        spellCheck={false}
        classNames={{ input: style['code'] ?? '' }}
        value={text}
        onChange={(event) => {
          change(event.currentTarget.value)
        }}
      />
      <Group gap="xs">
        <Button type="submit" disabled={text.trim() === ''}>
          {w('lintCheck')}
        </Button>
        <FileButton
          accept=".yaml,.yml,text/yaml"
          onChange={(chosen) => {
            if (!chosen) return
            void attempt(async () => {
              const read = (await chosen.slice(0, longest).text()).slice(0, longest)
              setFile(chosen.name)
              change(read)
              check(chosen.name, read)
            })
          }}
        >
          {(props) => (
            <Button {...props} variant="default">
              {w('lintOpen')}
            </Button>
          )}
        </FileButton>
      </Group>
      {problems !== null && (
        <div role="status">
          {problems.length === 0 ? (
            <p className={style['good']}>
              <IconCircleCheck size={15} aria-hidden="true" />
              {w('lintGood')}
            </p>
          ) : (
            <>
              <p className={style['warn']}>
                {problems.length === 1 ? w('lintProblem') : w('lintProblems', { n: problems.length })}
              </p>
              <ul className={style['problems']}>
                {problems.map(({ rule, line, column, params }, at) => (
                  <li key={at}>
                    <button
                      type="button"
                      aria-label={w('lintGoTo', { line, column })}
                      onClick={() => {
                        goTo(line, column)
                      }}
                    >
                      {line}:{column}
                    </button>
                    <span>{say(`problem.${rule}`, params)}</span>
                    <code className="faint">{rule}</code>
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
