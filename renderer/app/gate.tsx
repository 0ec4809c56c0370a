// Between the page and the program: connecting, lost, refused, replaced. Says what happens to the hosts meanwhile.

import { Button, Loader } from '@mantine/core'
import { IconLinkOff, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../i18n/say.ts'
import { keepConnected, type Connection } from '../state/session.ts'
import { Empty } from '../ui/kit.tsx'
import style from './app.module.css'

export function Gate({
  connection,
  over = false,
}: {
  readonly connection: Connection
  readonly over?: boolean
}): ReactNode {
  const w = useWords('frame')
  if (connection === 'ready') return null
  const waiting = connection === 'connecting' || connection === 'lost'
  if (over && waiting)
    return (
      <div className={style['banner']} role="status">
        <Loader size={14} color="var(--tq-amber)" />
        <strong>{w('lost')}</strong>
        <span>{w('lostHint')}</span>
      </div>
    )
  return (
    <main className={style['gate']} data-over={over}>
      {waiting ? (
        <Empty
          icon={<Loader size={26} />}
          title={w(connection === 'lost' ? 'lost' : 'connecting')}
          hint={w(connection === 'lost' ? 'lostHint' : 'connectingHint')}
        />
      ) : connection === 'replaced' ? (
        <Empty icon={<IconPlugConnectedX size={32} />} title={w('replaced')} hint={w('replacedHint')}>
          <Button
            onClick={() => {
              void keepConnected()
            }}
          >
            {w('takeOver')}
          </Button>
        </Empty>
      ) : (
        <Empty icon={<IconLinkOff size={32} />} title={w(connection)} hint={w(`${connection}Hint`)}>
          <Button
            variant="default"
            onClick={() => {
              location.reload()
            }}
          >
            {w('reload')}
          </Button>
        </Empty>
      )}
    </main>
  )
}
