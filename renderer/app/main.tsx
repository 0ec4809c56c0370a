// The page begins here: words, look, connection, locker, then the frame.

import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import '../ui/base.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { keepConnected, session } from '../state/session.ts'
import { theme, variables } from '../ui/theme.ts'
import { App } from './app.tsx'
import { followSettings } from './preferences.ts'
import { startLocker } from './start-locker.ts'

followSettings(session)
startLocker()
void keepConnected()

// A new link put into the bar of this very page changes its fragment only, and would let nobody in.
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#t=')) location.reload()
})

const page = document.getElementById('page')
if (page)
  createRoot(page).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="dark">
        <Notifications position="bottom-right" limit={4} />
        <App />
      </MantineProvider>
    </StrictMode>,
  )
