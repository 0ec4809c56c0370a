// One host of the list: dot, name, address, how the link stands in words, verdict, and its actions.

import { ActionIcon, Button, Checkbox, Loader, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import {
  IconCopy,
  IconDots,
  IconKey,
  IconPlayerPlay,
  IconPlugConnected,
  IconPlugConnectedX,
  IconStethoscope,
} from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { shown } from '../../../main/core/contract.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { go } from '../../state/view.ts'
import { Dot, ErrorNote, HostTextView, Verdict } from '../../ui/kit.tsx'
import { useAgo } from '../../ui/measures.ts'
import { askNow } from './asking.ts'
import { KeyChanged } from './key-changed.tsx'
import {
  addressParts,
  canLeave,
  canReconnect,
  disconnect,
  firstSentence,
  isFree,
  keyChanged,
  reconnect,
  toneOf,
  togglePick,
  triage,
  useVerdict,
  type LinkView,
} from './links.ts'
import style from './hosts.module.css'

export function HostRow({
  link,
  now,
  current,
  picked,
  onAbout,
}: {
  readonly link: LinkView
  readonly now: number
  readonly current: boolean
  readonly picked: boolean
  readonly onAbout: () => void
}): ReactNode {
  const w = useWords('hosts')
  const judged = useVerdict(link.host)
  // nobody knows what stands behind another key
  const verdict = judged !== null && keyChanged(link) ? 'unknown' : judged
  const state = useStateText(link, now)
  const [menu, setMenu] = useState(false)
  const { user, host } = addressParts(link.address)
  const hostname = link.arrival?.hostname ?? null
  const name = hostname === null ? host : shown(hostname)
  const jumps = link.destination.jumps
  return (
    <li
      className={style['host']}
      data-current={current}
      data-picked={picked}
      onContextMenu={(event) => {
        event.preventDefault()
        setMenu(true)
      }}
    >
      <span className={style['lead']}>
        <Dot tone={toneOf(link)} pulse={link.state === 'connecting' || link.state === 'asking'} />
        <Checkbox
          className={style['pick'] ?? ''}
          aria-label={w('mark', { host: name })}
          checked={picked}
          onChange={() => {
            togglePick(link.link)
          }}
        />
      </span>
      <button
        type="button"
        data-row={link.link}
        className={style['row']}
        aria-current={current}
        onClick={() => {
          go({ link: link.link })
        }}
      >
        <span className={style['name']}>
          {hostname === null ? (
            <code>{host}</code>
          ) : (
            <>
              <strong>
                <HostTextView text={hostname} cut mono={false} />
              </strong>
              <code className="dim">{host}</code>
            </>
          )}
        </span>
        <span className={style['state']} title={state}>
          {[user, link.arrival?.sudo === true ? w('sudo') : '', jumps === null ? '' : w('via', { jumps }), state]
            .filter((part) => part !== '')
            .join(' · ')}
        </span>
      </button>
      <span className={style['end']}>
        {link.job !== null && <Loader size={12} role="img" aria-label={w('working')} />}
        {verdict !== null && <Verdict verdict={verdict} />}
        <Actions link={link} name={name} opened={menu} onOpened={setMenu} onAbout={onAbout} />
      </span>
      {link.state === 'asking' && (
        <Button
          className={style['under'] ?? ''}
          size="compact-xs"
          variant="default"
          c="var(--tq-amber)"
          onClick={() => {
            askNow(link.link)
          }}
        >
          {w('answer')}
        </Button>
      )}
      {current && canReconnect(link) && (
        <div className={style['under']}>
          {keyChanged(link) ? (
            <KeyChanged link={link} />
          ) : (
            link.error !== null && link.error.code !== 'cancelled' && <ErrorNote error={link.error} />
          )}
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconPlugConnected size={13} />}
            title={w('reconnectHint')}
            onClick={() => {
              reconnect(link.link)
            }}
          >
            {w('reconnect')}
          </Button>
        </div>
      )}
    </li>
  )
}

/** How the link stands, in words. */
function useStateText(link: LinkView, now: number): string {
  const w = useWords('hosts')
  const say = useSay()
  const ago = useAgo()
  const why = link.error === null ? '' : firstSentence(say(`error.${link.error.code}`, link.error.params))
  switch (link.state) {
    case 'connecting':
    case 'asking':
    case 'left':
      return w(link.state)
    case 'ready':
      return link.lastHeard === null ? '' : w('heard', { ago: ago(link.lastHeard, now) })
    case 'lost':
      return link.lastHeard === null ? w('lostPlain', { why }) : w('lost', { ago: ago(link.lastHeard, now), why })
    case 'failed':
      return w('failed', { why })
  }
}

function Actions({
  link,
  name,
  opened,
  onOpened,
  onAbout,
}: {
  readonly link: LinkView
  readonly name: string
  readonly opened: boolean
  readonly onOpened: (opened: boolean) => void
  readonly onAbout: () => void
}): ReactNode {
  const w = useWords('hosts')
  const clipboard = useClipboard()
  return (
    <Menu opened={opened} onChange={onOpened} position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" className={style['dots'] ?? ''} aria-label={w('actions', { host: name })}>
          <IconDots size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconStethoscope size={14} />}
          disabled={!isFree(link)}
          onClick={() => {
            triage([link])
          }}
        >
          {w('triage')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconPlayerPlay size={14} />}
          disabled={!isFree(link)}
          onClick={() => {
            go({ link: link.link, dialog: 'start-run' })
          }}
        >
          {w('run')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconPlugConnected size={14} />}
          disabled={!canReconnect(link)}
          onClick={() => {
            reconnect(link.link)
          }}
        >
          {w('reconnect')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconPlugConnectedX size={14} />}
          disabled={!canLeave(link)}
          onClick={() => {
            disconnect(link.link)
          }}
        >
          {w('disconnect')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKey size={14} />} onClick={onAbout}>
          {w('showKey')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={14} />}
          onClick={() => {
            clipboard.copy(link.address)
          }}
        >
          {w('copyAddress')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
