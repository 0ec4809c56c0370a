// Stop: always there while a run works. It ends before the next change, never in the middle of one.

import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import type { RunView } from '../../state/progress.ts'
import { call } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'

export function stopJob(job: string): void {
  void attempt(() => call('job.stop', { job }))
}

export function StopButton({ run, small = false }: { readonly run: RunView; readonly small?: boolean }): ReactNode {
  const w = useWords('checklist')
  const { job } = run
  if (job === null || !run.working) return null
  const stopping = job.state === 'stopping'
  const stop = (): void => {
    stopJob(job.job)
  }
  return (
    <Tooltip label={stopping ? w('stopping') : w('stopHint')}>
      {small ? (
        <ActionIcon size="sm" variant="default" aria-label={w('stop')} disabled={stopping} onClick={stop}>
          <IconPlayerStop size={13} />
        </ActionIcon>
      ) : (
        <Button variant="default" leftSection={<IconPlayerStop size={13} />} disabled={stopping} onClick={stop}>
          {stopping ? w('stopping') : w('stop')}
        </Button>
      )}
    </Tooltip>
  )
}
