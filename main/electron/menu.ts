// The native menu: without its Edit roles, copy and paste do not work on macOS. Short on purpose; the workbench has a command palette.

import type { MenuItemConstructorOptions } from 'electron'
import { say, type Language } from '../i18n/words.ts'

export function menuTemplate(lang: Language, mac: boolean, packaged: boolean): MenuItemConstructorOptions[] {
  const word = (key: string): string => say(lang, `desktop.${key}`)
  const separator = { type: 'separator' } as const
  const about = { role: 'about', label: word('about') } as const
  const quit = { role: 'quit', label: word('quit') } as const
  return [
    mac
      ? { label: 'Tourniquet', submenu: [about, separator, { role: 'hide' }, separator, quit] }
      : { label: word('file'), submenu: [quit] },
    {
      label: word('edit'),
      submenu: [
        { role: 'undo', label: word('undo') },
        { role: 'redo', label: word('redo') },
        separator,
        { role: 'cut', label: word('cut') },
        { role: 'copy', label: word('copy') },
        { role: 'paste', label: word('paste') },
        { role: 'selectAll', label: word('select-all') },
      ],
    },
    {
      label: word('view'),
      submenu: [
        { role: 'zoomIn', label: word('zoom-in') },
        { role: 'zoomOut', label: word('zoom-out') },
        { role: 'resetZoom', label: word('zoom-reset') },
        separator,
        { role: 'togglefullscreen', label: word('full-screen') },
        ...(packaged ? [] : [{ role: 'toggleDevTools', label: word('tools') } as const]),
      ],
    },
    ...(mac ? [] : [{ label: word('help'), submenu: [about] }]),
  ]
}
