// How a person compares a key: at a console they trust, with a command that prints every key of the host.

import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { CopyButton } from '../../ui/kit.tsx'
import style from './hosts.module.css'

const command = `for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$k"; done`

export function HowToCompare({ children }: { readonly children: ReactNode }): ReactNode {
  const w = useWords('hosts')
  return (
    <div className={style['how']}>
      <h3>{w('keyHow')}</h3>
      {w('keyHowConsole')}
      <pre>
        {command}
        <CopyButton value={command} />
      </pre>
      {children}
    </div>
  )
}
