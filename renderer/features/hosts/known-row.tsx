// A host the case knows that nobody has connected in this session, with the way to connect it again.

import { Button } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt } from '../../ui/attempt.ts'
import { Dot, Verdict } from '../../ui/kit.tsx'
import { addressParts, dial, useVerdict, wayTo, type Way } from './links.ts'
import style from './hosts.module.css'

export function KnownRow({ address, host }: { readonly address: string; readonly host: string }): ReactNode {
  const w = useWords('hosts')
  const verdict = useVerdict(host)
  const copy = useSession((state) => state.case?.copy === true)
  const [busy, setBusy] = useState(false)
  const parts = addressParts(address)
  return (
    <li className={style['host']}>
      <span className={style['lead']}>
        <Dot tone="grey" />
      </span>
      <div className={style['row']}>
        <span className={style['name']}>
          <code>{parts.host}</code>
        </span>
        <span className={style['state']}>
          {parts.user === '' ? '' : `${parts.user} · `}
          {w('notHere')}
        </span>
      </div>
      <span className={style['end']}>
        {verdict !== null && <Verdict verdict={verdict} />}
        {!copy && (
          <Button
            size="compact-xs"
            variant="default"
            loading={busy}
            onClick={() => {
              setBusy(true)
              void attempt(async () => {
                go({
                  link: await dial({ ...(wayTo(address) ?? plainWay(address)), secrets: {}, remember: false }),
                })
              }).finally(() => {
                setBusy(false)
              })
            }}
          >
            {w('connect')}
          </Button>
        )}
      </span>
    </li>
  )
}

/** Nothing is known of it but its address: as one would type it. */
function plainWay(address: string): Way {
  const { user } = addressParts(address)
  return {
    destination: { address, jumps: null, identity: null, sshConfig: true },
    sudo: user !== '' && user !== 'root',
    legacyAlgorithms: false,
  }
}
