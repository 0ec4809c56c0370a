// What is known of a link: the key and why it is trusted, the kernel, as whom we work, the way there.

import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { HostTextView } from '../../ui/kit.tsx'
import { Fingerprint } from './fingerprint.tsx'
import type { LinkView } from './links.ts'
import style from './hosts.module.css'

export function AboutLink({
  link,
  onClose,
}: {
  readonly link: LinkView | null
  readonly onClose: () => void
}): ReactNode {
  const w = useWords('hosts')
  return (
    <Modal opened={link !== null} onClose={onClose} title={w('aboutTitle')} size="lg">
      {link !== null && (
        <dl className={style['about']}>
          <dt>{w('aboutWay')}</dt>
          <dd>
            <code>{link.address}</code> ·{' '}
            {link.destination.jumps === null ? w('aboutDirect') : w('via', { jumps: link.destination.jumps })}
          </dd>
          {link.key !== null && (
            <>
              <dt>{w('aboutKey')}</dt>
              <dd>
                <code>{link.key.type}</code>
                <Fingerprint value={link.key.sha256} />
                <Fingerprint value={link.key.md5} />
              </dd>
              <dt>{w('aboutTrust')}</dt>
              <dd>{w(`trust-${link.key.trust}`)}</dd>
            </>
          )}
          {link.arrival !== null && (
            <>
              <dt>{w('aboutHost')}</dt>
              <dd>
                <HostTextView text={link.arrival.hostname} />
              </dd>
              <dt>{w('aboutKernel')}</dt>
              <dd>
                <HostTextView text={link.arrival.kernel} />
              </dd>
              <dt>{w('aboutArch')}</dt>
              <dd>
                <code>{link.arrival.arch}</code>
              </dd>
              <dt>{w('aboutLogin')}</dt>
              <dd>
                {link.arrival.euid === 0 ? w('aboutRoot') : w('aboutUid', { n: link.arrival.euid })}
                {link.arrival.sudo && ` · ${w('sudo')}`}
              </dd>
            </>
          )}
        </dl>
      )}
    </Modal>
  )
}
