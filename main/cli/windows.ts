// Which window this session can have: Electron's own, a browser's app window, any browser, or none. Decided from plain facts, so that every machine can be
// tested on one. Nothing is started here.

import { posix, win32 } from 'node:path'

/** What is asked of the machine. */
export interface WindowFacts {
  readonly platform: NodeJS.Platform
  readonly root: boolean
  readonly environment: NodeJS.ProcessEnv
  readonly has: (path: string) => boolean
  /** folder of the sources or of the installed program */
  readonly folder: string
}

/** Keys of `start.*` in the language files. */
export type NoWindow = 'no-display' | 'as-root'

/** Why no window of any kind can be shown; null when one can. */
export function noWindow({ platform, root, environment }: WindowFacts): NoWindow | null {
  if (platform === 'win32') return null
  const remote = environment['SSH_CONNECTION'] !== undefined
  if (platform === 'darwin') return remote ? 'no-display' : null
  if (!environment['DISPLAY'] && !environment['WAYLAND_DISPLAY']) return 'no-display'
  return root ? 'as-root' : null
}

const electronNames: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'electron',
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}

/** The Electron binary, where its package or the environment says it is; null when it is not there. The package itself is never loaded: that downloads. */
export function electronBinary({ platform, environment, has, folder }: WindowFacts): string | null {
  const name = electronNames[platform]
  if (name === undefined) return null
  const { join } = pathsOf(platform)
  const dist = environment['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'node_modules/electron/dist')
  const binary = join(dist, name)
  return has(binary) ? binary : null
}

export interface BrowserStart {
  /** as a person knows it */
  readonly name: string
  /** true: a window of its own without tabs */
  readonly appWindow: boolean
  readonly argv: readonly string[]
}

const linuxBrowsers = [
  ['chromium', 'Chromium'],
  ['chromium-browser', 'Chromium'],
  ['google-chrome', 'Chrome'],
  ['google-chrome-stable', 'Chrome'],
  ['microsoft-edge', 'Edge'],
  ['microsoft-edge-stable', 'Edge'],
] as const
const macBrowsers = [
  ['Google Chrome', 'Chrome'],
  ['Microsoft Edge', 'Edge'],
  ['Chromium', 'Chromium'],
] as const
const windowsBrowsers = [
  ['Google\\Chrome\\Application\\chrome.exe', 'Chrome'],
  ['Microsoft\\Edge\\Application\\msedge.exe', 'Edge'],
] as const

/**
 * How to open the link: an app window of a Chromium kin with the user's own profile (the evidence locker lives in it), else whatever opens links here. Null
 * when nothing does. The link stands on a command line that other accounts can read for a moment; it works once, and a stolen one shows at once.
 */
export function browserStart(facts: WindowFacts, url: string): BrowserStart | null {
  const { platform, environment, has } = facts
  const { join } = pathsOf(platform)
  if (platform === 'darwin') {
    const found = macBrowsers.find(([app]) => has(`/Applications/${app}.app`))
    if (found) return { name: found[1], appWindow: true, argv: ['open', '-na', found[0], '--args', `--app=${url}`] }
    return { name: 'open', appWindow: false, argv: ['open', url] }
  }
  if (platform === 'win32') {
    const folders = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) => environment[name] ?? [])
    for (const [path, name] of windowsBrowsers)
      for (const folder of folders)
        if (has(join(folder, path))) return { name, appWindow: true, argv: [join(folder, path), `--app=${url}`] }
    return { name: 'rundll32', appWindow: false, argv: ['rundll32', 'url.dll,FileProtocolHandler', url] }
  }
  const find = (command: string): string | undefined =>
    (environment['PATH'] ?? '')
      .split(':')
      .map((folder) => join(folder, command))
      .find((path) => path.startsWith('/') && has(path))
  for (const [command, name] of linuxBrowsers) {
    const path = find(command)
    if (path !== undefined) return { name, appWindow: true, argv: [path, `--app=${url}`] }
  }
  const opener = find('xdg-open')
  return opener === undefined ? null : { name: 'xdg-open', appWindow: false, argv: [opener, url] }
}

function pathsOf(platform: NodeJS.Platform): Pick<typeof posix, 'join'> {
  return platform === 'win32' ? win32 : posix
}
