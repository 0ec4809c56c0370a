// Taking another key as the host's own: only after it was compared, only with a reason, and it goes into the case with the name of who said so.

import { Alert, Button, Group, Modal, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { call } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { ReasonInput } from '../../ui/reason-input.tsx'
import { Fingerprint } from './fingerprint.tsx'
import { HowToCompare } from './how-to-compare.tsx'
import type { LinkView } from './links.ts'
import style from './hosts.module.css'

export function AcceptKey({
  link,
  opened,
  onClose,
}: {
  readonly link: LinkView
  readonly opened: boolean
  readonly onClose: () => void
}): ReactNode {
  const w = useWords('hosts')
  const common = useWords('common')
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const { sha256, md5, type } = link.error?.params ?? {}
  if (typeof sha256 !== 'string') return null
  return (
    <Modal opened={opened} onClose={onClose} title={w('acceptTitle', { address: link.address })} size={640}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setBusy(true)
          void attempt(() => call('hosts.accept-key', { link: link.link, sha256, reason: reason.trim() })).then(
            (worked) => {
              setBusy(false)
              if (worked) onClose()
            },
          )
        }}
      >
        <Stack gap="sm">
          <span>{w('acceptLead')}</span>
          <div className={style['prints']}>
            {typeof type === 'string' && (
              <span>
                <span className="dim">{w('keyType')}</span> <code>{type}</code>
              </span>
            )}
            <Fingerprint value={sha256} />
            {typeof md5 === 'string' && <Fingerprint value={md5} />}
          </div>
          <HowToCompare>{w('keyHowAloud')}</HowToCompare>
          <Alert color="red" variant="outline" icon={<IconAlertTriangle size={16} />}>
            {w('acceptWarn')}
          </Alert>
          <ReasonInput
            label={w('acceptReason')}
            description={w('acceptReasonHint')}
            value={reason}
            onChange={setReason}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={onClose}>
              {common('cancel')}
            </Button>
            <Button type="submit" color="red" disabled={reason.trim() === ''} loading={busy}>
              {w('acceptDo')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
