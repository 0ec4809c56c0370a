// The command palette: everything the person can do now, found by its words in either language.

import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../i18n/say.ts'
import { useAllCommands, type Command } from '../state/commands.ts'
import { Kbd } from '../ui/kit.tsx'
import { keysText } from './keys.tsx'
import { paletteStore } from './palette-store.ts'

export function Palette(): ReactNode {
  const [query, setQuery] = useState('')
  const w = useWords('frame')
  const commands = useAllCommands()
  const groups = new Map<string, Command[]>()
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command])
  const actions: SpotlightActionGroupData[] = [...groups].map(([group, list]) => ({
    group,
    actions: list.map((command) => ({
      id: command.id,
      label: command.label,
      disabled: command.enabled === false,
      ...(command.also === undefined ? {} : { keywords: command.also }),
      onClick: command.run,
      ...(command.keys === undefined ? {} : { rightSection: <Kbd>{keysText(command.keys)}</Kbd> }),
    })),
  }))
  return (
    <Spotlight
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={() => {
        setQuery('') // what was looked for last time is not what is looked for now
      }}
      actions={actions}
      shortcut={null}
      nothingFound={w('paletteEmpty')}
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={16} />, placeholder: w('paletteHint'), 'aria-label': w('palette') }}
    />
  )
}
