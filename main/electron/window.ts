// The one window, with everything about its security written down even where it is the default: a default may change, and a line here can be asserted.

import type { BrowserWindowConstructorOptions, Session, Shell, WebContents } from 'electron'
import { isLocal, isOurs } from '../page/app-origin.ts'
import { mayNavigate, opensOutside, permitted } from '../page/rules.ts'

export interface WindowPlace {
  /** absolute path of the bundled preload */
  readonly preload: string
  /** absolute path of the icon, for desktops that take it from the window */
  readonly icon: string
  readonly packaged: boolean
  readonly hidden: boolean
}

export function windowOptions({ preload, icon, packaged, hidden }: WindowPlace): BrowserWindowConstructorOptions {
  return {
    title: 'Tourniquet',
    width: 1480,
    height: 940,
    minWidth: 960,
    minHeight: 600,
    show: !hidden,
    backgroundColor: '#14181c',
    icon,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableBlinkFeatures: '',
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      autoplayPolicy: 'user-gesture-required',
      devTools: !packaged,
      backgroundThrottling: false, // a soak is watched and evidence is kept while the window is covered
    },
  }
}

/** Locks every page this program ever makes to its own address. */
export function lockNavigation(contents: WebContents, shell: Pick<Shell, 'openExternal'>): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url, true)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!mayNavigate(event.url, event.isMainFrame)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
  contents.setWindowOpenHandler(({ url }) => {
    if (opensOutside(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** Permissions, devices, requests and downloads of the page. `downloads` is where a saved file goes unless the person says otherwise. */
export function lockSession(session: Session, downloads: (name: string) => string): void {
  session.setPermissionRequestHandler((_, permission, answer, details) => {
    answer(permitted(permission, details.requestingUrl))
  })
  session.setPermissionCheckHandler((_, permission, origin) => permitted(permission, origin))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !isLocal(url) })
  })
  session.on('will-download', (event, item) => {
    if (isOurs(item.getURL().replace(/^blob:/, '')))
      item.setSaveDialogOptions({ defaultPath: downloads(item.getFilename()) })
    else event.preventDefault()
  })
}
