// Commands of the frame itself: screens, columns, language, theme, the case.

import { useLanguage, useWords } from '../i18n/say.ts'
import { useCommands } from '../state/commands.ts'
import { call, session } from '../state/session.ts'
import { setSettings } from '../state/settings.ts'
import { go, screens, view, type Screen } from '../state/view.ts'
import { attempt } from '../ui/attempt.ts'
import { useScreenNames } from './workbench.tsx'

/** Names of screens in both languages: people type the one they think in. */
const both: Readonly<Record<Screen, string>> = {
  triage: 'triage 研判',
  checklist: 'checklist 检查清单',
  evidence: 'evidence 证据',
  timeline: 'timeline 时间线',
  report: 'report export 报告 导出',
  settings: 'settings 设置',
}

/** `open`: a case is. Without one there are only the cases and the settings to go to. */
export function useFrameCommands(open: boolean): void {
  const w = useWords('frame')
  const names = useScreenNames()
  const lang = useLanguage()
  const group = w('title')
  useCommands('frame', [
    ...screens.map((screen, at) => ({
      enabled: open || screen === 'settings',
      id: `go.${screen}`,
      label: w('go', { screen: names[screen] }),
      group,
      keys: String(at + 1),
      also: both[screen],
      run: () => {
        go({ screen })
      },
    })),
    {
      id: 'frame.hosts',
      enabled: open,
      label: w('toggleHosts'),
      group,
      keys: 'mod+B',
      run: () => {
        go({ hostsOpen: !view.getState().hostsOpen })
      },
    },
    {
      id: 'frame.side',
      enabled: open,
      label: w('toggleSide'),
      group,
      keys: 'mod+shift+E',
      run: () => {
        go({ sideOpen: !view.getState().sideOpen })
      },
    },
    {
      id: 'frame.dock',
      enabled: open,
      label: w('toggleDock'),
      group,
      keys: 'mod+J',
      run: () => {
        go({ dockOpen: !view.getState().dockOpen })
      },
    },
    {
      id: 'frame.language',
      label: w('switchLanguage'),
      group,
      also: 'language 语言 中文 english',
      run: () => {
        setSettings({ language: lang === 'en' ? 'zh-CN' : 'en' })
      },
    },
    {
      id: 'frame.theme',
      label: w('switchTheme'),
      group,
      also: 'theme 主题 dark light',
      run: () => {
        setSettings({ theme: session.getState().settings.theme === 'light' ? 'dark' : 'light' })
      },
    },
    {
      id: 'frame.keys',
      label: w('keys'),
      group,
      keys: '?',
      run: () => {
        go({ dialog: 'keys' })
      },
    },
    {
      id: 'frame.close',
      enabled: open,
      label: w('closeCase'),
      group,
      run: () => {
        void attempt(() => call('case.close', {}))
      },
    },
  ])
}
