// A host showed another key than the one it is known by: blocked, recorded, and both keys shown side by side. Only a person who compared it lets it in.

import { Button } from '@mantine/core'
import { IconShieldX } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { AcceptKey } from './accept-key.tsx'
import { Fingerprint } from './fingerprint.tsx'
import type { LinkView } from './links.ts'
import style from './hosts.module.css'

export function KeyChanged({ link }: { readonly link: LinkView }): ReactNode {
  const w = useWords('hosts')
  const [accepting, setAccepting] = useState(false)
  const { sha256, old, expected, revoked } = link.error?.params ?? {}
  const known = fingerprintsIn(old ?? expected)
  return (
    <div className={style['changed']} role="alert">
      <strong>
        <IconShieldX size={15} aria-hidden="true" />
        {w('changedTitle')}
      </strong>
      <p>{w('changedLead')}</p>
      <dl>
        <dt>{w('changedOld')}</dt>
        {known.length === 0 && <dd>{w('changedOldNone')}</dd>}
        {known.map((one) => (
          <dd key={one}>
            <Fingerprint value={one} />
          </dd>
        ))}
        <dt>{w('changedNow')}</dt>
        <dd>{typeof sha256 === 'string' ? <Fingerprint value={sha256} /> : '—'}</dd>
      </dl>
      <p>{w(revoked === undefined ? 'changedWhat' : 'changedRevoked')}</p>
      {known.length > 0 && revoked === undefined && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => {
            setAccepting(true)
          }}
        >
          {w('changedAccept')}
        </Button>
      )}
      <AcceptKey
        link={link}
        opened={accepting}
        onClose={() => {
          setAccepting(false)
        }}
      />
    </div>
  )
}

/** known_hosts may know several, each with its place: the places stand in the case, the fingerprints are what is compared. */
function fingerprintsIn(text: string | number | boolean | undefined): readonly string[] {
  return typeof text === 'string'
    ? (text.match(/SHA256:[A-Za-z0-9+/]{43}|MD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}/g) ?? [])
    : []
}
