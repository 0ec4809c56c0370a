// What is on the screen: the gate while there is no program, the cases while none is open, the workbench otherwise. Windows and questions lie over all of it.

import { MantineThemeProvider, useMantineColorScheme } from '@mantine/core'
import { useEffect, useMemo, type ReactNode } from 'react'
import { CasesScreen } from '../features/cases/cases-screen.tsx'
import { CaseDialogs } from '../features/cases/dialogs.tsx'
import { HostDialogs } from '../features/hosts/dialogs.tsx'
import { SettingsScreen } from '../features/settings/settings-screen.tsx'
import { RunDialog } from '../features/checklist/run-dialog.tsx'
import { useWords } from '../i18n/say.ts'
import { useSession } from '../state/session.ts'
import { useView } from '../state/view.ts'
import { Boundary } from './boundary.tsx'
import { useFrameCommands } from './commands.ts'
import { Gate } from './gate.tsx'
import { Keys } from './keys.tsx'
import { Palette } from './palette.tsx'
import { schemeOf } from './preferences.ts'
import { StatusBar } from './status-bar.tsx'
import { TopBar } from './top-bar.tsx'
import { Workbench } from './workbench.tsx'
import style from './app.module.css'

export function App(): ReactNode {
  const connection = useSession((state) => state.connection)
  const known = useSession((state) => state.tool !== '')
  const open = useSession((state) => state.case !== null)
  const settings = useView((state) => state.screen === 'settings')
  const scheme = useSession((state) => schemeOf(state.settings))
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => {
    setColorScheme(scheme)
  }, [scheme, setColorScheme])
  useFrameCommands(open)
  if (!known) return <Gate connection={connection} />
  return (
    <Named>
      <div className={style['page']}>
        <TopBar />
        {connection !== 'ready' && <Gate connection={connection} over />}
        <Boundary key={open ? 'case' : settings ? 'settings' : 'cases'}>
          {open ? (
            <Workbench />
          ) : (
            <main id="work" className={style['work']} tabIndex={-1}>
              {settings ? <SettingsScreen /> : <CasesScreen />}
            </main>
          )}
        </Boundary>
        <StatusBar />
        <CaseDialogs />
        <HostDialogs />
        <RunDialog />
        <Palette />
        <Keys />
      </div>
    </Named>
  )
}

/** Every window has a cross; for a person who hears the screen it must have a name, in the language of now. */
function Named({ children }: { readonly children: ReactNode }): ReactNode {
  const close = useWords('common')('close')
  const theme = useMemo(
    () => ({ components: { Modal: { defaultProps: { closeButtonProps: { 'aria-label': close } } } } }),
    [close],
  )
  return <MantineThemeProvider theme={theme}>{children}</MantineThemeProvider>
}
