import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { busybox, ready, toolbox } from '../../platform/here-fixture.ts'
import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import { parseNames, readRule } from './names.ts'
import { mark, reply } from './reply-fixture.ts'
import { bytesOf, textOf } from './reply.ts'
import script from './names.sh?raw'

const usable = ready && process.arch === 'x64'
const folder = mkdtempSync(join(tmpdir(), 'names-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Our script under our toolbox, with these files over those of this machine, in a mount namespace of its own. */
function read(files: Readonly<Record<string, string>>, most = 65_536): Buffer {
  const binds = Object.entries(files).map(([path, content], at) => {
    const file = join(folder, String(at))
    writeFileSync(file, content, 'latin1')
    return `[ -e ${path} ] || : >${path}; mount --bind ${file} ${path}`
  })
  // an /etc of its own, so that nothing is made on this machine
  const scene = ['mount -t tmpfs none /etc', ...binds].join('\n')
  const done = spawnSync(
    '/usr/bin/unshare',
    ['-m', '--propagation', 'private', '/bin/sh', '-ec', `${scene}\nexec "$0" "$@"`, busybox].concat([
      ...['sh', '-c', script, 'names', String(most)],
    ]),
    { env: { PATH: toolbox + ':/usr/bin:/bin' } },
  )
  if (done.stderr.length > 0) throw new Error(done.stderr.toString())
  return done.stdout
}

const meta = (path: string, linkTarget: string | null = null) =>
  ({ path: textOf(path), linkTarget: linkTarget === null ? null : textOf(linkTarget), flags: 'i' }) as FileMeta
const metas = (link: string | null = null) =>
  new Map(
    ['hosts', 'hosts.allow', 'hosts.deny', 'nsswitch.conf']
      .map((name) => [`/etc/${name}`, meta(`/etc/${name}`)] as const)
      .concat([['/etc/resolv.conf', meta('/etc/resolv.conf', link)]]),
  )

function factsOf(stdout: Uint8Array, link: string | null = null) {
  const notes: string[] = []
  const into = { unknown: (what: string, reason: string) => notes.push(`${what}: ${reason}`) }
  const facts = parseNames(stdout, metas(link), into) ?? []
  return {
    notes,
    facts,
    short: facts.map(
      ({ what, line, address, names }) =>
        `${what}:${line} ${address === null ? '-' : shown(address)} ${names.map((one) => shown(one)).join(' ')}`,
    ),
  }
}

describe.skipIf(!usable)('the files that decide where names lead, read by the real script', () => {
  it('become one fact per line that does something, at its line', () => {
    const { short, notes } = factsOf(
      read({
        '/etc/hosts': '127.0.0.1\tlocalhost\n# 0.0.0.0 comment\n\n0.0.0.0 update.example  b.example # why\r\n::1',
        '/etc/resolv.conf':
          '; a comment\n#nameserver 9.9.9.9\nsearch x\nnameserver 203.0.113.66\nNameServer fe80::1%eth0\n',
        '/etc/hosts.deny': 'sshd, ALL : ALL\n# sshd: ALL\n',
        '/etc/hosts.allow': 'sshd: [2001:db8::1] 203.0.113.9 : spawn /bin/x\n',
        '/etc/nsswitch.conf': 'hosts:  files [NOTFOUND=return] dns\n',
      }),
    )
    expect(short).toEqual([
      'hosts:1 127.0.0.1 localhost',
      'hosts:4 0.0.0.0 update.example b.example',
      'resolver:4 203.0.113.66 ',
      'resolver:5 fe80::1%eth0 ',
      'hosts-allow:1 - sshd : [2001:db8::1] 203.0.113.9',
      'hosts-deny:1 - sshd ALL : ALL',
      'nsswitch:1 - hosts files dns',
    ])
    expect(notes).toEqual([])
  })

  it('may be absent: that is an answer', () => {
    expect(factsOf(read({ '/etc/hosts': '' }))).toEqual({ facts: [], short: [], notes: [] })
  })

  it('keep every byte of a hostile line, and no line can forge a border', () => {
    const { facts } = factsOf(
      read({ '/etc/hosts': '0.0.0.0 a\x1b[2J\xff\n\n@00000000-0000-0000-0000-000000000000 end\nM=x\n6.6.6.6 b\0c\n' }),
    )
    expect(facts.map(({ raw }) => shown(raw))).toEqual([
      String.raw`0.0.0.0 a\x1b[2J\xff`,
      '@00000000-0000-0000-0000-000000000000 end',
      String.raw`6.6.6.6 b\x00c`,
    ])
  })

  it('are read from both ends when long: what is added stands at the end', () => {
    const filler = Array.from({ length: 3000 }, (_, at) => `0.0.0.0 ads${String(at)}.example`).join('\n')
    const whole = factsOf(read({ '/etc/hosts': `127.0.0.1 localhost\n${filler}\n6.6.6.6 pool.example\n` }, 65_536))
    expect(whole.short).toHaveLength(3002)
    expect(whole.short.at(-1)).toBe('hosts:3002 6.6.6.6 pool.example')
    expect(whole.notes).toEqual([])
    const ends = factsOf(read({ '/etc/hosts': `127.0.0.1 localhost\n${filler}\n6.6.6.6 pool.example\n` }, 4096))
    expect(ends.short.at(0)).toBe('hosts:1 127.0.0.1 localhost')
    expect(ends.short.at(-1)).toBe('hosts:0 6.6.6.6 pool.example')
    expect(ends.notes).toEqual(['/etc/hosts: truncated'])
  })

  it('tells who keeps the resolver file here', () => {
    const [fact] = factsOf(
      read({ '/etc/resolv.conf': 'nameserver 127.0.0.53\n' }),
      '../run/systemd/resolve/stub-resolv.conf',
    ).facts
    expect(fact?.resolver?.managed).toBe('yes')
    expect(factsOf(read({ '/etc/resolv.conf': 'nameserver 1.1.1.1\n' }), '/tmp/x').facts[0]?.resolver?.managed).toBe(
      'no',
    )
  })
})

describe('a reply', () => {
  const closing = `M=${mark}`

  it('that was cut is unknown where it was cut, and keeps what came', () => {
    const { short, notes } = factsOf(
      reply(
        ['state /etc/hosts', 'file\n'],
        ['size /etc/hosts', '9\n'],
        ['head /etc/hosts', `0.0.0.0 x${closing}`],
        ['state /etc/resolv.conf', 'file\n'],
        ['head /etc/resolv.conf', 'nameserver 6.6'],
      ),
    )
    expect(short).toEqual(['hosts:1 0.0.0.0 x'])
    expect(notes).toEqual([
      'names/files: truncated',
      '/etc/resolv.conf: failed',
      '/etc/hosts.allow: failed',
      '/etc/hosts.deny: failed',
      '/etc/nsswitch.conf: failed',
    ])
  })

  it('that is none of our script is none', () => {
    expect(parseNames(bytesOf('PWNED'), metas(), { unknown: () => undefined })).toBeNull()
  })

  it('names the servers that the network offered, and whose file that is', () => {
    const { facts } = factsOf(
      reply(
        ['state /etc/resolv.conf', 'file\n'],
        ['size /etc/resolv.conf', '9\n'],
        ['head /etc/resolv.conf', `nameserver 6.6.6.6${closing}`],
        ['offered /run/systemd/resolve/resolv.conf', '# x\nnameserver 10.0.0.2\n'],
        ['leases', 'DNS=10.0.0.3 10.0.0.4\n  option domain-name-servers 10.0.0.5, evil;\n'],
        ['end', ''],
      ),
    )
    expect(facts[0]?.resolver).toEqual({
      manager: 'systemd-resolved',
      managed: 'no',
      offered: ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'],
    })
  })

  it('of a line that decides nothing is nothing', () => {
    for (const raw of ['', '#x', '1.2.3.4', '   \t ']) expect(readRule('hosts', raw)).toBeNull()
    for (const raw of ['sshd', ': ALL', 'sshd :']) expect(readRule('hosts-deny', raw)).toBeNull()
  })
})
