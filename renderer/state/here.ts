// Which host the screens speak of: the one chosen in the host list, or one of the case that nobody is connected to now.

import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import type { Link } from '../../main/core/contract.ts'
import type { Frozen } from '../../main/core/rpc/define.ts'
import { useSession } from './session.ts'
import { useView, view } from './view.ts'

export interface Here {
  /** the host's chain in the case */
  readonly host: string
  /** as it is dialled; the chain's name when nobody dialled it in this session */
  readonly address: string
  readonly link: Frozen<Link> | null
}

/** A host of the case that was chosen although nobody is connected to it; choosing a link takes it back. */
const unlinked = createStore<{ readonly host: string | null }>(() => ({ host: null }))
view.subscribe((now, before) => {
  if (now.link !== before.link) unlinked.setState({ host: null })
})

export function lookAtUnlinked(host: string | null): void {
  unlinked.setState({ host })
}

/** The link that is looked at: the chosen one, else the first. Null while there is none. */
export function useLinkHere(): Frozen<Link> | null {
  const chosen = useView((state) => state.link)
  return useSession((state) => state.links.find(({ link }) => link === chosen) ?? state.links[0] ?? null)
}

/** The host that is looked at; null while the case has none, or the chosen one was never entered. */
export function useHere(): Here | null {
  const link = useLinkHere()
  const other = useStore(unlinked, ({ host }) => host)
  const first = useSession((state) => state.case?.chains.find(({ chain }) => chain !== 'case')?.chain ?? null)
  const linked = useSession((state) => state.links.find((one) => one.host !== null && one.host === other) ?? null)
  if (other !== null) return { host: other, address: linked?.address ?? other, link: linked }
  if (link !== null) return link.host === null ? null : { host: link.host, address: link.address, link }
  return first === null ? null : { host: first, address: first, link: null }
}
