import { describe, expect, it } from 'vitest'
import { mayNavigate, opensOutside, permitted, refusedOption } from './rules.ts'

const ours = 'app://workbench'

describe('permissions', () => {
  it.each([
    ['clipboard-sanitized-write', ours, true],
    ['clipboard-sanitized-write', `${ours}/`, true],
    ['persistent-storage', `${ours}/`, true],
    ['persistent-storage', 'app://workbench.evil/', false],
    ['persistent-storage', 'app://other/', false],
    ['persistent-storage', 'https://workbench/', false],
    ['persistent-storage', '', false],
    ['clipboard-sanitized-write', 'null', false],
    ...['clipboard-read', 'media', 'geolocation', 'notifications', 'openExternal', 'usb', 'serial', 'hid', 'fileSystem']
      .concat(['display-capture', 'fullscreen', 'pointerLock', 'local-fonts', 'loopback-network', 'unknown', ''])
      .map((name) => [name, ours, false] as const),
  ] as const)('%s for %s: %s', (permission, origin, answer) => {
    expect(permitted(permission, origin)).toBe(answer)
  })
})

describe('navigation', () => {
  it('lets the page load itself again, and show a document of its own in a frame', () => {
    expect(mayNavigate('app://workbench/', true)).toBe(true)
    expect(mayNavigate('about:srcdoc', false)).toBe(true)
  })
  it.each([
    'https://evil.example/',
    'app://workbench/other',
    'app://workbench/?x',
    'app://workbench.evil/',
    'app://evil/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:app://workbench/x',
    'about:blank',
    'about:srcdoc',
  ])('keeps the window from %s', (address) => {
    expect(mayNavigate(address, true)).toBe(false)
  })
  it.each(['app://workbench/', 'https://evil.example/', 'data:text/html,x', 'about:blank'])(
    'keeps a frame from %s',
    (address) => {
      expect(mayNavigate(address, false)).toBe(false)
    },
  )
})

describe('outside links', () => {
  it.each(['https://attack.mitre.org/techniques/T1496/', 'https://attack.mitre.org/techniques/T1053/003/'])(
    'opens %s',
    (address) => {
      expect(opensOutside(address)).toBe(true)
    },
  )
  it.each([
    'http://attack.mitre.org/techniques/T1496/',
    'https://attack.mitre.org.evil.example/techniques/T1496/',
    'https://attack.mitre.org/techniques/T1496/?q=host-text',
    'https://attack.mitre.org/techniques/T1496/#host-text',
    'https://user@attack.mitre.org/techniques/T1496/',
    'https://attack.mitre.org/techniques/../x',
    'https://attack.mitre.org/techniques/T1496/\nx',
    'file:///techniques/T1496/',
    '',
  ])('does not open %s', (address) => {
    expect(opensOutside(address)).toBe(false)
  })
})

describe('options', () => {
  const none = (): boolean => false
  it.each([
    ['--remote-debugging-port=9222', '--remote-debugging-port'],
    ['--remote-debugging-port', '--remote-debugging-port'],
    ['-remote-debugging-pipe', '--remote-debugging-pipe'],
    ['--INSPECT', '--inspect'],
    ['--inspect=0.0.0.0:9229', '--inspect'],
    ['--inspect-brk', '--inspect-brk'],
    ['--js-flags=--expose-gc', '--js-flags'],
    ['--no-sandbox', '--no-sandbox'],
    ['--disable-web-security', '--disable-web-security'],
    ['--load-extension=/x', '--load-extension'],
  ])('refuses %s', (word, named) => {
    expect(refusedOption(['tourniquet', word], none, true)).toBe(named)
  })
  it('asks what Chromium made of the line as well', () => {
    expect(refusedOption(['tourniquet'], (name) => name === 'remote-debugging-port', true)).toBe(
      '--remote-debugging-port',
    )
  })
  it.each(['--inspector-word', '--lang=zh-CN', '--self-test', 'inspect', '--remote'])('takes %s', (word) => {
    expect(refusedOption(['tourniquet', word], none, true)).toBeNull()
  })
  it('takes them all when run from its sources, as tests do', () => {
    expect(refusedOption(['tourniquet', '--inspect'], () => true, false)).toBeNull()
  })
})
