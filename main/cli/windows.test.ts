import { describe, expect, it } from 'vitest'
import { browserStart, electronBinary, noWindow, type WindowFacts } from './windows.ts'

const facts = (more: Partial<WindowFacts> & { readonly there?: readonly string[] } = {}): WindowFacts => ({
  platform: 'linux',
  root: false,
  environment: { DISPLAY: ':0', PATH: '/usr/local/bin:/usr/bin' },
  folder: '/src',
  has: (path) => (more.there ?? []).includes(path),
  ...more,
})

describe('whether there can be a window', () => {
  it.each([
    ['a desktop', {}, null],
    ['Wayland alone', { environment: { WAYLAND_DISPLAY: 'wayland-0' } }, null],
    ['no display', { environment: {} }, 'no-display'],
    ['an empty DISPLAY', { environment: { DISPLAY: '' } }, 'no-display'],
    ['root, whose browsers refuse their sandbox', { root: true }, 'as-root'],
    ['Windows', { platform: 'win32', environment: {} }, null],
    ['macOS', { platform: 'darwin', environment: {} }, null],
    ['macOS over ssh', { platform: 'darwin', environment: { SSH_CONNECTION: 'x' } }, 'no-display'],
  ] as const)('%s', (_, more, answer) => {
    expect(noWindow(facts(more))).toBe(answer)
  })
})

describe('the Electron binary', () => {
  it.each([
    ['linux', '/src/node_modules/electron/dist/electron'],
    ['darwin', '/src/node_modules/electron/dist/Electron.app/Contents/MacOS/Electron'],
  ] as const)('on %s', (platform, path) => {
    expect(electronBinary(facts({ platform, there: [path] }))).toBe(path)
    expect(electronBinary(facts({ platform }))).toBeNull()
  })
  it('is taken from where the environment says', () => {
    const environment = { ELECTRON_OVERRIDE_DIST_PATH: '/opt/electron' }
    expect(electronBinary(facts({ environment, there: ['/opt/electron/electron'] }))).toBe('/opt/electron/electron')
    expect(electronBinary(facts({ environment, there: ['/src/node_modules/electron/dist/electron'] }))).toBeNull()
  })
  it('is none on systems Electron does not know', () => {
    expect(electronBinary(facts({ platform: 'aix', has: () => true }))).toBeNull()
  })
})

describe('the browser', () => {
  const url = 'http://127.0.0.1:7477/#t=x'
  it('is an app window with the user’s own profile where a Chromium kin is there', () => {
    expect(browserStart(facts({ there: ['/usr/bin/google-chrome', '/usr/bin/xdg-open'] }), url)).toEqual({
      name: 'Chrome',
      appWindow: true,
      argv: ['/usr/bin/google-chrome', `--app=${url}`],
    })
  })
  it('is whatever opens links otherwise, and none when nothing does', () => {
    expect(browserStart(facts({ there: ['/usr/bin/xdg-open'] }), url)?.argv).toEqual(['/usr/bin/xdg-open', url])
    expect(browserStart(facts(), url)).toBeNull()
  })
  it('is never looked for in a relative folder of PATH', () => {
    const environment = { PATH: '.:bin:', DISPLAY: ':0' }
    expect(browserStart(facts({ environment, has: () => true }), url)).toBeNull()
  })
  it('is opened the way macOS does', () => {
    const there = ['/Applications/Microsoft Edge.app']
    expect(browserStart(facts({ platform: 'darwin', there }), url)?.argv).toEqual([
      'open',
      '-na',
      'Microsoft Edge',
      '--args',
      `--app=${url}`,
    ])
    expect(browserStart(facts({ platform: 'darwin' }), url)?.argv).toEqual(['open', url])
  })
  it('is found in the program folders of Windows, and no shell sees the link', () => {
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
    const environment = { ProgramFiles: 'C:\\Program Files', 'ProgramFiles(x86)': 'C:\\Program Files (x86)' }
    expect(browserStart(facts({ platform: 'win32', environment, there: [edge] }), url)?.argv).toEqual([
      edge,
      `--app=${url}`,
    ])
    expect(browserStart(facts({ platform: 'win32', environment }), url)?.argv[0]).toBe('rundll32')
  })
})
