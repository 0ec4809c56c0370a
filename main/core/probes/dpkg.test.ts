import { describe, expect, it } from 'vitest'
import { aliasesOf, parseDpkg } from './dpkg.ts'
import { reply } from './reply-fixture.ts'

const [a, b] = ['a'.repeat(32), 'b'.repeat(32)]
const host = {
  database: 'dpkg\n',
  merged: 'bin\nsbin\nlib\n',
  diversions: '/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/vi\n/usr/bin/vi.old\n:\n',
  owners: [
    'coreutils.list:/bin/ls',
    'libc6:amd64.list:/lib/x86_64-linux-gnu/libc.so.6',
    'cron.list:/etc/crontab',
    'dash.list:/bin/sh',
    'bash.list:/bin/sh',
    'vim.list:/usr/bin/vi',
  ].join('\n'),
  sums: `coreutils ${a} /bin/ls\nlibc6:amd64 ${a} /lib/x86_64-linux-gnu/libc.so.6\n`,
  conffiles: `${a} /etc/crontab\n`,
  actual: `${a}  /usr/bin/ls\n${b}  /usr/lib/x86_64-linux-gnu/libc.so.6\n${b}  /etc/crontab\n`,
  end: '',
}

describe('what dpkg says', () => {
  const owner = parseDpkg(reply(...Object.entries(host)))!

  it('finds a file under the name its list has, where /bin is a link', () => {
    expect(owner('/usr/bin/ls')).toEqual({ package: 'coreutils', owned: 'yes', checksum: 'yes', conffile: false })
    expect(owner('/bin/ls')).toMatchObject({ package: 'coreutils', checksum: 'yes' })
  })

  it('sees bytes that are not as recorded', () => {
    expect(owner('/usr/lib/x86_64-linux-gnu/libc.so.6')).toMatchObject({ package: 'libc6:amd64', checksum: 'no' })
  })

  it('tells a changed settings file from a changed program', () => {
    expect(owner('/etc/crontab')).toMatchObject({ checksum: 'no', conffile: true })
  })

  it('follows diversions: the name is its diverter’s, the moved file the other’s', () => {
    expect(owner('/bin/sh').package).toBe('dash')
    expect(owner('/bin/sh.distrib').package).toBe('bash')
    expect(owner('/usr/bin/vi')).toMatchObject({ package: null, owned: 'no' })
    expect(owner('/usr/bin/vi.old').package).toBe('vim')
  })

  it('does not take two files for one where /bin is no link', () => {
    expect(parseDpkg(reply(...Object.entries({ ...host, merged: '' })))?.('/usr/bin/ls')).toMatchObject({ owned: 'no' })
  })

  it('says no for a stranger, unknown where there is no dpkg, and nothing when cut', () => {
    expect(owner('/tmp/x')).toMatchObject({ owned: 'no', checksum: 'unknown' })
    expect(parseDpkg(reply(...Object.entries({ ...host, database: '' })))?.('/bin/ls')).toMatchObject({
      owned: 'unknown',
    })
    const cut = Object.fromEntries(Object.entries(host).filter(([name]) => name !== 'end'))
    expect(parseDpkg(reply(...Object.entries(cut)))).toBeNull()
  })
})

it('aliases reach both sides of a merged /usr', () => {
  expect(aliasesOf('/usr/bin/x')).toEqual(['/usr/bin/x', '/bin/x'])
  expect(aliasesOf('/sbin/x')).toEqual(['/sbin/x', '/usr/sbin/x'])
  expect(aliasesOf('/usr/binx')).toEqual(['/usr/binx'])
})
