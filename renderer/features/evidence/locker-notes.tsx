// What the locker wants a person to know: that it is stuck or damaged, that room is short, that the browser may evict it.

import { Button, Modal } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { attempt, tellGood } from '../../ui/attempt.ts'
import { ErrorNote } from '../../ui/kit.tsx'
import { bytesText } from '../../ui/measures.ts'
import style from './evidence.module.css'

export function LockerNotes(): ReactNode {
  const w = useWords('evidence')
  const { phase, error, room, lag, persistent, chainIntact } = useLocker()
  const short = room !== null && lag.bytes > room.free
  return (
    <>
      {(phase === 'stuck' || phase === 'damaged' || !chainIntact) && (
        <div className={style['lockerNote']}>
          {error === null ? (
            <p className={style['bad']} role="alert">
              {w(phase === 'stuck' ? 'stuck' : 'damaged')}
            </p>
          ) : (
            <ErrorNote error={error}>
              <div className="dim">{w(phase === 'stuck' ? 'stuck' : 'damaged')}</div>
            </ErrorNote>
          )}
          <Rebuild />
        </div>
      )}
      {short && (
        <p className={style['amber']} role="status">
          <IconAlertTriangle size={14} aria-hidden="true" />
          {w('roomLow', { free: bytesText(room.free), needed: bytesText(lag.bytes) })}
        </p>
      )}
      {persistent === false && (
        <p className={style['amber']}>
          <IconAlertTriangle size={14} aria-hidden="true" />
          <span>{w('askPersistHint')}</span>
          <AskPersist />
        </p>
      )}
    </>
  )
}

export function AskPersist(): ReactNode {
  const w = useWords('evidence')
  return (
    <Button
      size="compact-xs"
      variant="default"
      title={w('askPersistHint')}
      onClick={() => {
        void attempt(async () => {
          const promised = await locker()?.persist()
          tellGood(promised === true ? w('persistGranted') : w('persistRefused'))
        })
      }}
    >
      {w('askPersist')}
    </Button>
  )
}

/** Throws the copy away and reads it again, after saying what that means. */
export function Rebuild(): ReactNode {
  const w = useWords('evidence')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        variant="default"
        onClick={() => {
          setOpen(true)
        }}
      >
        {w('rebuild')}
      </Button>
      <Modal
        opened={open}
        onClose={() => {
          setOpen(false)
        }}
        title={w('rebuildTitle')}
      >
        <p>{w('rebuildHint')}</p>
        <Button
          onClick={() => {
            setOpen(false)
            void attempt(async () => locker()?.rebuild())
          }}
        >
          {w('rebuild')}
        </Button>
      </Modal>
    </>
  )
}
