// The keyboard: runs the command whose keys were pressed, wherever the focus is except in text and in a terminal (there only keys with Ctrl or Cmd that a
// shell has no use for). `G T` means one after the other.

import { Modal, Table } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import { useWords } from '../i18n/say.ts'
import { allCommands, useAllCommands } from '../state/commands.ts'
import { go, useView } from '../state/view.ts'
import { Kbd } from '../ui/kit.tsx'
import { palette, paletteStore } from './palette-store.ts'

/** Milliseconds within which the second key of a pair must come. */
const pairLimit = 1200

export function Keys(): ReactNode {
  const w = useWords('frame')
  const open = useView((state) => state.dialog === 'keys')
  const commands = useAllCommands()
  useEffect(listen, [])
  return (
    <Modal
      opened={open}
      onClose={() => {
        go({ dialog: null })
      }}
      title={w('keysTitle')}
      size="lg"
    >
      <Table verticalSpacing={4} striped="even">
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>{w('palette')}</Table.Td>
            <Table.Td ta="right">
              <Kbd>Ctrl K</Kbd>
            </Table.Td>
          </Table.Tr>
          {commands.flatMap((command) =>
            command.keys === undefined
              ? []
              : [
                  <Table.Tr key={command.id}>
                    <Table.Td>{command.label}</Table.Td>
                    <Table.Td ta="right">
                      <Kbd>{keysText(command.keys)}</Kbd>
                    </Table.Td>
                  </Table.Tr>,
                ],
          )}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}

/** `mod+shift+U` as people read it. */
export function keysText(keys: string): string {
  const mac = navigator.platform.startsWith('Mac')
  return keys
    .split('+')
    .map((part) => (part === 'mod' ? (mac ? '⌘' : 'Ctrl') : part === 'alt' ? 'Alt' : part === 'shift' ? 'Shift' : part))
    .join(' ')
}

/** A window lies over the page: keys are its own. */
function covered(): boolean {
  return document.querySelector('[role="dialog"]') !== null
}

function listen(): () => void {
  let first: { readonly key: string; readonly at: number } | null = null
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    const mod = event.ctrlKey || event.metaKey
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
    if (mod && !event.shiftKey && !event.altKey && key === 'K') {
      event.preventDefault()
      if (paletteStore.getState().opened || !covered()) palette.toggle()
      return
    }
    const target = event.target instanceof HTMLElement ? event.target : null
    const typing = target?.closest('input, textarea, select, [contenteditable], .xterm') != null
    if (covered() || (typing && !mod)) return
    const pressed = [
      mod ? 'mod' : '',
      event.altKey ? 'alt' : '',
      event.shiftKey && (mod || key.length > 1) ? 'shift' : '',
      key,
    ]
      .filter((part) => part !== '')
      .join('+')
    const pair = first !== null && Date.now() - first.at < pairLimit ? `${first.key} ${pressed}` : null
    const command = allCommands().find(
      ({ keys, enabled }) => keys !== undefined && enabled !== false && (keys === pair || keys === pressed),
    )
    first = command ? null : { key: pressed, at: Date.now() }
    if (!command) return
    event.preventDefault()
    command.run()
  }
  window.addEventListener('keydown', onKey)
  return () => {
    window.removeEventListener('keydown', onKey)
  }
}
