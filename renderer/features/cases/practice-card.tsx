// Practising: a disposable host on this machine, where one can be booted; where not, why not.

import { Loader } from '@mantine/core'
import { IconTargetArrow } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { call, useSession } from '../../state/session.ts'
import { attempt } from '../../ui/attempt.ts'
import { practise } from './case-actions.ts'
import style from './cases.module.css'

export function PracticeCard(): ReactNode {
  const w = useWords('cases')
  const practice = useSession((state) => state.practice)
  const [busy, setBusy] = useState(false)
  const { state, detail } = practice
  const booting = busy || state === 'booting'
  const start = (): void => {
    setBusy(true)
    void attempt(() => practise(w('practiceCustomer'))).finally(() => {
      setBusy(false)
    })
  }
  const stoppable = state === 'ready' || state === 'booting'
  return (
    <div className={style['practice']}>
      <button
        type="button"
        className={style['way']}
        disabled={booting || state === 'unavailable'}
        aria-busy={booting}
        onClick={start}
      >
        <span className={style['wayHead']}>
          {booting ? <Loader size={16} /> : <IconTargetArrow size={18} />}
          <strong>{w('practice')}</strong>
        </span>
        <span>
          {state === 'unavailable'
            ? w('practiceUnavailable')
            : state === 'failed'
              ? w('practiceFailed')
              : booting
                ? w('practiceBooting')
                : state === 'ready'
                  ? w('practiceReady')
                  : w('practiceHint')}
        </span>
        {detail !== '' && state !== 'ready' && state !== 'off' && (
          <span className={style['detail']} role="status">
            {detail}
          </span>
        )}
      </button>
      {stoppable && (
        <button
          type="button"
          className={style['quiet']}
          onClick={() => {
            void attempt(() => call('practice.stop', {}))
          }}
        >
          {w('practiceStop')}
        </button>
      )}
    </div>
  )
}
