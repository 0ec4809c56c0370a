// What the workbench trusts and remembers: host keys, and secrets where the shell can keep them. Both can be forgotten.

import { Button } from '@mantine/core'
import { useCallback, useEffect, useState, type ReactNode } from 'react'
import type { Contract } from '../../../main/core/contract.ts'
import type { Output } from '../../../main/core/rpc/define.ts'
import { useWords } from '../../i18n/say.ts'
import { call, useSession } from '../../state/session.ts'
import { attempt, failureOf, tellGood } from '../../ui/attempt.ts'
import { CopyButton, ErrorNote, type Failure } from '../../ui/kit.tsx'
import style from './settings.module.css'

type Pin = Output<Contract, 'pins.list'>['pins'][number]

export function Pins(): ReactNode {
  const w = useWords('settings')
  const caseId = useSession((state) => state.case?.caseId ?? null)
  const links = useSession((state) => state.links.length)
  const [pins, setPins] = useState<readonly Pin[] | null>(null)
  const [error, setError] = useState<Failure | null>(null)
  const read = useCallback(async (): Promise<void> => {
    try {
      setPins((await call('pins.list', {})).pins)
      setError(null)
    } catch (cause) {
      setError(failureOf(cause))
    }
  }, [])
  useEffect(() => {
    void read()
  }, [read, caseId, links])
  if (error !== null) return <ErrorNote error={error} />
  if (pins === null) return null
  if (pins.length === 0) return <p className="dim">{w('pinsNone')}</p>
  return (
    <div className={style['tableBox']}>
      <table className={style['table']}>
        <thead>
          <tr>
            <th scope="col">{w('pinAddress')}</th>
            <th scope="col">{w('pinType')}</th>
            <th scope="col">{w('pinKey')}</th>
            <th scope="col">{w('pinFrom')}</th>
            <th scope="col" aria-label={w('pinForget')} />
          </tr>
        </thead>
        <tbody>
          {pins.map((pin) => (
            <tr key={`${pin.address} ${pin.sha256} ${pin.from}`}>
              <th scope="row">
                <code>{pin.address}</code>
              </th>
              <td>{pin.type}</td>
              <td>
                <span className={style['key']}>
                  <code>{pin.sha256}</code>
                  <CopyButton value={pin.sha256} />
                </span>
              </td>
              <td>{w(`from-${pin.from}`)}</td>
              <td>
                {pin.from === 'known-hosts' && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={w('pinForgetOf', { address: pin.address })}
                    onClick={() => {
                      void attempt(async () => {
                        await call('pins.forget', { address: pin.address, sha256: pin.sha256 })
                        tellGood(w('pinForgotten', { address: pin.address }))
                        await read()
                      })
                    }}
                  >
                    {w('pinForget')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function Secrets(): ReactNode {
  const w = useWords('settings')
  const remembers = useSession((state) => state.remembers)
  return (
    <div className={style['line']}>
      <span className={remembers === 'plain' ? style['warn'] : 'dim'}>
        {w(remembers === 'no' ? 'secretsNo' : remembers === 'plain' ? 'secretsPlain' : 'secretsProtected')}
      </span>
      {remembers !== 'no' && (
        <Button
          variant="default"
          onClick={() => {
            void attempt(async () => {
              await call('secrets.forget', {})
              tellGood(w('secretsForgotten'))
            })
          }}
        >
          {w('secretsForget')}
        </Button>
      )}
    </div>
  )
}
