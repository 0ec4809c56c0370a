// A step that asks a person: the question, how to find the answer, the answer in words, and files that go with it. When nobody can say, it waits.

import { ActionIcon, Button, Group, Progress, Tabs, Textarea } from '@mantine/core'
import { IconPaperclip, IconX } from '@tabler/icons-react'
import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { useBilingual, useWords } from '../../i18n/say.ts'
import type { StepQuestion } from '../../state/progress.ts'
import { answer } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { CopyButton, ErrorNote } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import { mostAttachments, useAttachments, type Attachment } from './attachments.ts'
import style from './checklist.module.css'

/** What was typed and not sent, by question: looking at another step must not lose it. */
const drafts = new Map<string, string>()

type Attestation = Extract<StepQuestion, { kind: 'attestation' }>

export function AttestationWork({ question }: { readonly question: Attestation }): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const [text, setText] = useState(() => drafts.get(question.question) ?? '')
  const [answering, setAnswering] = useState(false)
  const { files, add, remove } = useAttachments()
  const ready = text.trim() !== '' && files.every(({ state }) => state === 'there')
  const send = async (given: string | null): Promise<void> => {
    setAnswering(true)
    const attachments = given === null ? [] : files.flatMap(({ upload }) => (upload === null ? [] : [upload]))
    const { question: id } = question
    const done = await attempt(() => answer({ kind: 'attestation', question: id, text: given, attachments }))
    if (done)
      go({ step: null }) // on with the run
    else setAnswering(false)
  }
  return (
    <div className={style['block']}>
      <p className={style['ask']}>{bilingual(question.ask)}</p>
      <Guidance question={question} />
      <Textarea
        label={w('attestText')}
        value={text}
        autosize
        minRows={3}
        maxRows={14}
        maxLength={20_000}
        maw={760}
        onChange={(event) => {
          setText(event.currentTarget.value)
          drafts.set(question.question, event.currentTarget.value)
        }}
      />
      <Attachments files={files} onAdd={add} onRemove={remove} />
      <Group gap={10}>
        <Button disabled={!ready || answering} onClick={() => void send(text.trim())}>
          {w('attestSend')}
        </Button>
        <Button variant="default" disabled={answering} onClick={() => void send(null)}>
          {w('attestNobody')}
        </Button>
        <span className={style['footNote']}>{w('attestNobodyHint')}</span>
      </Group>
    </div>
  )
}

/** The steps for the cloud this machine says it is in; those of the others are a click away. */
function Guidance({ question }: { readonly question: Attestation }): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const { cloud, guidance } = question
  if (guidance.length === 0) return null
  const first =
    guidance.find((one) => one.cloud === cloud) ?? guidance.find((one) => one.cloud === 'any') ?? guidance[0]
  return (
    <section className={style['guidance']} aria-label={w('attestGuidance')}>
      <h3>
        {w('attestGuidance')}
        {cloud !== null && <span className="dim"> · {w('attestCloud', { cloud })}</span>}
      </h3>
      <Tabs variant="pills" defaultValue={first?.cloud ?? null} keepMounted={false}>
        <Tabs.List aria-label={w('attestGuidance')}>
          {guidance.map((one) => (
            <Tabs.Tab key={one.cloud} value={one.cloud}>
              {bilingual(one.title)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {guidance.map((one) => (
          <Tabs.Panel key={one.cloud} value={one.cloud}>
            <ol>
              {one.steps.map((step, at) => (
                <li key={at}>
                  {'text' in step ? (
                    bilingual(step.text)
                  ) : (
                    <span className={style['command']}>
                      <code>{step.copy}</code>
                      <CopyButton value={step.copy} />
                    </span>
                  )}
                </li>
              ))}
            </ol>
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  )
}

function Attachments({
  files,
  onAdd,
  onRemove,
}: {
  readonly files: readonly Attachment[]
  readonly onAdd: (files: readonly File[]) => void
  readonly onRemove: (key: number) => void
}): ReactNode {
  const w = useWords('checklist')
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    onAdd([...event.dataTransfer.files])
  }
  return (
    <section aria-label={w('attestFiles')}>
      <div
        className={style['drop']}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => {
          setOver(false)
        }}
        onDrop={onDrop}
      >
        <IconPaperclip size={15} aria-hidden="true" />
        <span>{w('attestDrop')}</span>
        <Button
          size="compact-xs"
          variant="default"
          disabled={files.length >= mostAttachments}
          onClick={() => input.current?.click()}
        >
          {w('attestChoose')}
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={w('attestFiles')}
          onChange={(event) => {
            onAdd([...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </div>
      <ul className={style['files']}>
        {files.map((file) => (
          <li key={file.key}>
            <span className={style['fileName']}>{file.name}</span>
            {file.state === 'sending' ? (
              <Progress
                value={file.size === 0 ? 100 : (100 * file.done) / file.size}
                w={90}
                aria-label={w('attestUploading', {
                  name: file.name,
                  done: bytesText(file.done),
                  total: bytesText(file.size),
                })}
              />
            ) : (
              <span className="dim num">{bytesText(file.size)}</span>
            )}
            {file.sha256 !== null && <code className="faint">{file.sha256.slice(0, 12)}…</code>}
            <ActionIcon
              size="sm"
              aria-label={w('attestRemove', { name: file.name })}
              onClick={() => {
                onRemove(file.key)
              }}
            >
              <IconX size={13} />
            </ActionIcon>
            {file.error !== null && <ErrorNote error={file.error} />}
          </li>
        ))}
      </ul>
      {files.length >= mostAttachments && <p className="dim">{w('attestMost', { n: mostAttachments })}</p>}
    </section>
  )
}
