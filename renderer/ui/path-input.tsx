// The path of a file: typed, or chosen in a window where there is one.

import { Button, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { attempt } from './attempt.ts'

export function PathInput({
  label,
  description,
  placeholder,
  value,
  onChange,
  choose,
  chooseLabel,
}: {
  readonly label: string
  readonly description?: string
  readonly placeholder: string
  readonly value: string
  readonly onChange: (path: string) => void
  /** null: it can only be typed */
  readonly choose: (() => Promise<string | null>) | null
  readonly chooseLabel: string
}): ReactNode {
  return (
    <TextInput
      label={label}
      {...(description === undefined ? {} : { description })}
      placeholder={placeholder}
      spellCheck={false}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value)
      }}
      {...(choose === null
        ? {}
        : {
            rightSectionWidth: 76,
            rightSection: (
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() => {
                  void attempt(async () => {
                    const path = await choose()
                    if (path !== null) onChange(path)
                  })
                }}
              >
                {chooseLabel}
              </Button>
            ),
          })}
    />
  )
}
