// A host showed another key than the one it is known by: blocked, recorded, and both keys shown side by side.

import { Button } from '@mantine/core'
import { IconShieldX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { go } from '../../state/view.ts'
import { Fingerprint } from './fingerprint.tsx'
import type { LinkView } from './links.ts'
import style from './hosts.module.css'

export function KeyChanged({ link }: { readonly link: LinkView }): ReactNode {
  const w = useWords('hosts')
  const { sha256, old, expected } = link.error?.params ?? {}
  const before = old ?? expected
  return (
    <div className={style['changed']} role="alert">
      <strong>
        <IconShieldX size={15} aria-hidden="true" />
        {w('changedTitle')}
      </strong>
      <p>{w('changedLead')}</p>
      <dl>
        <dt>{w('changedOld')}</dt>
        <dd>{typeof before === 'string' ? <Fingerprint value={before} /> : w('changedOldNone')}</dd>
        <dt>{w('changedNow')}</dt>
        <dd>{typeof sha256 === 'string' ? <Fingerprint value={sha256} /> : '—'}</dd>
      </dl>
      <p>{w('changedWhat')}</p>
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => {
          go({ screen: 'settings' })
        }}
      >
        {w('changedSettings')}
      </Button>
    </div>
  )
}
