// Everything the person can do, by name and key: the palette lists it, the keyboard runs it, menus show its key. A room registers its commands while it is
// on the screen.

import { useEffect } from 'react'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

export interface Command {
  /** stable, `room.verb` */
  readonly id: string
  /** words in the person's language, said anew when it changes */
  readonly label: string
  /** name of the room it is listed under */
  readonly group: string
  /** as `mod+K`, `shift+?`, `G T`; none = only in the palette */
  readonly keys?: string
  /** other words it can be found by, such as the other language's */
  readonly also?: string
  /** false: shown but not to be run now */
  readonly enabled?: boolean
  readonly run: () => void
}

interface Registry {
  readonly byRoom: Readonly<Record<string, readonly Command[]>>
}

const registry = createStore<Registry>(() => ({ byRoom: {} }))

/** Registers the commands of a room for as long as the component is there; they are replaced whenever the list changes. */
export function useCommands(room: string, commands: readonly Command[]): void {
  useEffect(() => {
    registry.setState(({ byRoom }) => ({ byRoom: { ...byRoom, [room]: commands } }))
  })
  useEffect(
    () => () => {
      registry.setState(({ byRoom }) => {
        return { byRoom: Object.fromEntries(Object.entries(byRoom).filter(([name]) => name !== room)) }
      })
    },
    [room],
  )
}

/** Every command there is now, in the order rooms registered them. */
export function useAllCommands(): readonly Command[] {
  return Object.values(useStore(registry, ({ byRoom }) => byRoom)).flat()
}

export function allCommands(): readonly Command[] {
  return Object.values(registry.getState().byRoom).flat()
}
