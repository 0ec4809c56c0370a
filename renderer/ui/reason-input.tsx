// Why somebody did what others may ask about later: one text, kept in the journal.

import { Textarea } from '@mantine/core'
import type { ReactNode } from 'react'

export function ReasonInput({
  label,
  description,
  value,
  onChange,
}: {
  readonly label: string
  readonly description: string
  readonly value: string
  readonly onChange: (value: string) => void
}): ReactNode {
  return (
    <Textarea
      label={label}
      description={description}
      autosize
      minRows={2}
      maxLength={500}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value)
      }}
    />
  )
}
