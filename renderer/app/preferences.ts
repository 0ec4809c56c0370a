// Language, theme and density as the settings say; before they are known, as this browser last had them, so that nothing flashes.

import type { MantineColorScheme } from '@mantine/core'
import type { StoreApi } from 'zustand/vanilla'
import { language, type Language } from '../i18n/say.ts'
import type { Session } from '../state/session.ts'

type Settings = Session['settings']

/** Follows the settings of the program. */
export function followSettings(session: StoreApi<Session>): void {
  language.setState(browserLanguage(), true)
  apply(session.getState().settings)
  session.subscribe((now, before) => {
    if (now.settings !== before.settings || now.connection !== before.connection) apply(now.settings)
  })
}

export function schemeOf(settings: Settings): MantineColorScheme {
  return settings.theme === 'system' ? 'auto' : settings.theme
}

function apply(settings: Settings): void {
  const lang = settings.language ?? browserLanguage()
  language.setState(lang, true)
  document.documentElement.lang = lang === 'zh-CN' ? 'zh-Hans' : 'en'
  document.documentElement.dataset['density'] = settings.density
}

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}
