// Commands of the hosts, for the palette and the keyboard.

import { useWords } from '../../i18n/say.ts'
import { useCommands } from '../../state/commands.ts'
import { session, useSession } from '../../state/session.ts'
import { go, useView, view } from '../../state/view.ts'
import { canLeave, canReconnect, chosenLinks, disconnect, isFree, reconnect, togglePick, triage } from './links.ts'

export function useHostCommands(): void {
  const w = useWords('hosts')
  const copy = useSession((state) => state.case?.copy === true)
  const links = useSession((state) => state.links)
  const link = useView((state) => state.link)
  const picked = useView((state) => state.picked)
  const group = w('group')
  const chosen = links.filter((one) => (picked.length > 0 ? picked.includes(one.link) : one.link === link))
  const free = chosen.filter(isFree)
  useCommands('hosts', [
    {
      id: 'hosts.add',
      label: w('add'),
      group,
      keys: 'A',
      also: 'add connect ssh 添加主机',
      enabled: !copy,
      run: () => {
        go({ dialog: 'add-hosts' })
      },
    },
    {
      id: 'hosts.triage',
      label: free.length > 1 ? w('triageMany', { n: free.length }) : w('triage'),
      group,
      keys: 'T',
      also: 'triage look 研判',
      enabled: free.length > 0,
      run: () => {
        triage(chosenLinks())
      },
    },
    {
      id: 'hosts.reconnect',
      label: w('reconnect'),
      group,
      also: 'reconnect 重新连接',
      enabled: chosen.some(canReconnect),
      run: () => {
        for (const one of chosenLinks().filter(canReconnect)) reconnect(one.link)
      },
    },
    {
      id: 'hosts.disconnect',
      label: w('disconnect'),
      group,
      also: 'disconnect leave 断开',
      enabled: chosen.some(canLeave),
      run: () => {
        for (const one of chosenLinks().filter(canLeave)) disconnect(one.link)
      },
    },
    { id: 'hosts.next', label: w('next'), group, keys: ']', enabled: links.length > 1, run: step(1) },
    { id: 'hosts.previous', label: w('previous'), group, keys: '[', enabled: links.length > 1, run: step(-1) },
    {
      id: 'hosts.mark',
      label: w('markOne'),
      group,
      keys: 'X',
      enabled: link !== null,
      run: () => {
        const now = view.getState().link
        if (now !== null) togglePick(now)
      },
    },
    ...links.map((one) => ({
      id: `hosts.go.${one.link}`,
      label: one.address,
      group,
      run: () => {
        go({ link: one.link })
      },
    })),
  ])
}

function step(by: number): () => void {
  return () => {
    const { links } = session.getState()
    const at = links.findIndex((one) => one.link === view.getState().link)
    const next = links[(at + by + links.length) % links.length]
    if (next) go({ link: next.link })
  }
}
