// The bar below: whether the evidence is whole, how far the locker is, and language and theme at one click.

import { UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLanguage, useWords } from '../i18n/say.ts'
import { useLocker } from '../state/locker.ts'
import { useSession } from '../state/session.ts'
import { setSettings } from '../state/settings.ts'
import { Dot } from '../ui/kit.tsx'
import style from './app.module.css'

export function StatusBar(): ReactNode {
  const w = useWords('frame')
  const lang = useLanguage()
  const shell = useSession((state) => state.shell)
  const tool = useSession((state) => state.tool)
  const theme = useSession((state) => state.settings.theme)
  const open = useSession((state) => state.case !== null)
  return (
    <footer className={style['status']}>
      {open && <Chain />}
      {shell === 'served' && <span>{w('served')}</span>}
      <span>{tool}</span>
      <span className={style['right']}>
        <UnstyledButton
          className={style['flip']}
          title={w('switchLanguage')}
          onClick={() => {
            setSettings({ language: lang === 'en' ? 'zh-CN' : 'en' })
          }}
        >
          <b data-on={lang === 'en'}>EN</b> / <b data-on={lang === 'zh-CN'}>中文</b>
        </UnstyledButton>
        <UnstyledButton
          className={style['flip']}
          title={w('switchTheme')}
          onClick={() => {
            setSettings({ theme: theme === 'light' ? 'dark' : 'light' })
          }}
        >
          {w(theme)}
        </UnstyledButton>
      </span>
    </footer>
  )
}

function Chain(): ReactNode {
  const w = useWords('frame')
  const { phase, chainIntact, lag } = useLocker()
  const behind = lag.events + lag.exhibits
  const broken = !chainIntact || phase === 'damaged'
  const checked = phase === 'following'
  return (
    <span className={style['chain']} role="status">
      <Dot tone={broken ? 'red' : !checked ? 'grey' : behind === 0 ? 'green' : 'amber'} />
      {w(broken ? 'chainBroken' : checked ? 'chainIntact' : 'chainUnchecked')}
      {!broken && checked && ` · ${behind === 0 ? w('upToDate') : w('lag', { n: behind })}`}
    </span>
  )
}
