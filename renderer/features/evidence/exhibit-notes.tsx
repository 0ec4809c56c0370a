// What a person says of an exhibit. It goes into the case for ever; the latest word counts.

import { Button, TagsInput, Textarea } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { ExhibitRow } from '../../evidence-db/locker.ts'
import { useWords } from '../../i18n/say.ts'
import { call, useSession } from '../../state/session.ts'
import { attempt, tellGood } from '../../ui/attempt.ts'
import style from './evidence.module.css'

/** As long as the case takes. */
const longestNote = 4000
const mostTags = 16

export function ExhibitNotes({ row }: { readonly row: ExhibitRow }): ReactNode {
  const w = useWords('evidence')
  const copy = useSession((state) => state.case?.copy === true)
  const [text, setText] = useState(row.note ?? '')
  const [tags, setTags] = useState<string[]>([...row.tags])
  const [working, setWorking] = useState(false)
  const changed = text.trim() !== (row.note ?? '') || tags.join('\n') !== row.tags.join('\n')
  const save = async (): Promise<void> => {
    setWorking(true)
    const kept = await attempt(() => call('exhibit.note', { sha256: row.sha256, text: text.trim(), tags }))
    setWorking(false)
    if (kept) tellGood(w('noteKept'))
  }
  return (
    <form
      className={style['notes']}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Textarea
        label={w('noteText')}
        description={w('noteHint')}
        value={text}
        maxLength={longestNote}
        minRows={2}
        autosize
        maxRows={8}
        onChange={(event) => {
          setText(event.currentTarget.value)
        }}
      />
      <TagsInput
        label={w('tags')}
        description={w('tagsHint')}
        value={tags}
        maxTags={mostTags}
        onChange={(to) => {
          setTags(to.map((tag) => tag.trim().slice(0, 64)).filter((tag) => tag !== ''))
        }}
      />
      <Button type="submit" disabled={!changed || copy} loading={working}>
        {w('saveNote')}
      </Button>
    </form>
  )
}
