// What screens with a list are made of: a bar with a filter above it, and beside or below it what was chosen, with a divider that moves.

import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import style from './list.module.css'

export interface FilterBarProps {
  /** of the field: commands lead to it */
  readonly id: string
  readonly label: string
  readonly placeholder: string
  readonly text: string
  readonly onText: (text: string) => void
  /** Pixels the field takes at most; without it, all that is left. */
  readonly widest?: number
  readonly children?: ReactNode
}

export function FilterBar({ id, label, placeholder, text, onText, widest, children }: FilterBarProps): ReactNode {
  return (
    <div className={style['bar']}>
      <TextInput
        id={id}
        className={style['filter'] ?? ''}
        {...(widest === undefined ? {} : { maw: widest })}
        leftSection={<IconSearch size={14} />}
        placeholder={placeholder}
        aria-label={label}
        value={text}
        onChange={(event) => {
          onText(event.currentTarget.value)
        }}
      />
      {children}
    </div>
  )
}

export interface WithDetailProps {
  /** names the two parts, for the memory of their sizes */
  readonly id: string
  /** Where the detail stands. */
  readonly side: 'beside' | 'below'
  /** null: nothing is chosen, the list has all the room */
  readonly detail: ReactNode
  /** the list */
  readonly children: ReactNode
}

/** Share of the room that a detail has at first and may have at most, and pixels below which neither is of use. */
const sides = {
  beside: { orientation: 'horizontal', least: '280px', first: '44%', leastDetail: '260px', most: '70%' },
  below: { orientation: 'vertical', least: '110px', first: '55%', leastDetail: '150px', most: '90%' },
} as const

export function WithDetail({ id, side, detail, children }: WithDetailProps): ReactNode {
  const { orientation, least, first, leastDetail, most } = sides[side]
  return (
    <Group orientation={orientation} className={style['split']}>
      <Panel id={`${id}-list`} minSize={least} className={style['column']}>
        {children}
      </Panel>
      {detail !== null && (
        <>
          <Separator className={style['divider']} data-side={side} />
          <Panel
            id={`${id}-detail`}
            defaultSize={first}
            minSize={leastDetail}
            maxSize={most}
            className={style['column']}
          >
            {detail}
          </Panel>
        </>
      )}
    </Group>
  )
}
