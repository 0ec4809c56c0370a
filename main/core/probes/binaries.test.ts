// The probe through its real scripts under the real toolbox, on roots made of files: no host is needed for what only reads files.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { busybox, sessionHere } from '../../platform/here-fixture.ts'
import { shown } from '../host-text.ts'
import type { HostSession } from '../host/session.ts'
import { parseAbout, parseBinaries, readBinaries } from './binaries.ts'
import type { BinaryFact, ProbeOutcome } from './facts.ts'
import type { ProbeContext } from './probe.ts'
import { reply } from './reply-fixture.ts'
import { bytesOf } from './reply.ts'

/** `late`: requests, from the first, that run out of time. */
function contextHere(late = 0): ProbeContext {
  let asked = 0
  const session = sessionHere()
  const run: HostSession['run'] = async (request) => ({ ...(await session.run(request)), timedOut: asked++ < late })
  return { session: { ...session, run } } as unknown as ProbeContext
}

const md5 = (content: string | Buffer) => createHash('md5').update(content).digest('hex')
const elf = (name: string) => `\x7fELF\x02\x01\x01 the program ${name}`

describe.skipIf(!existsSync(busybox))('programs as their packages delivered them (skipped: needs the toolbox)', () => {
  let root = ''
  const at = (path: string) => join(root, path)
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), content)
    chmodSync(at(path), mode)
  }
  const lists = new Map<string, string[]>()
  const sums = new Map<string, string[]>()
  /** A package with programs as it brought them; `listed` as its list names them. */
  const install = (name: string, files: Readonly<Record<string, string>>) => {
    for (const [listed, content] of Object.entries(files)) {
      const path = /^\/s?bin\//.test(listed) ? `/usr${listed}` : listed
      put(path, content, 0o755)
      lists.set(name, [...(lists.get(name) ?? ['/.']), listed])
      sums.set(name, [...(sums.get(name) ?? []), `${md5(content)}  ${listed.slice(1)}`])
    }
    writeLists(name)
  }
  const writeLists = (name: string) => {
    put(`/var/lib/dpkg/info/${name}.list`, `${(lists.get(name) ?? []).join('\n')}\n`)
    put(`/var/lib/dpkg/info/${name}.md5sums`, `${(sums.get(name) ?? []).join('\n')}\n`)
    put(`/usr/share/doc/${name}/copyright`, 'free')
    const [bare = '', arch = 'amd64'] = name.split(':')
    stanzas += `Package: ${bare}\nStatus: install ok installed\nArchitecture: ${arch}\nVersion: 2:4.0.2-3\n\n`
    put('/var/lib/dpkg/status', stanzas)
  }
  let stanzas = ''
  const look = async (): Promise<ProbeOutcome> => readBinaries(contextHere(), root)
  const told = async (): Promise<readonly BinaryFact[]> =>
    (await look()).facts.filter((fact): fact is BinaryFact => fact.kind === 'binary')
  const brief = (facts: readonly BinaryFact[]) => facts.map((one) => `${one.state} ${shown(one.path)}`)

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'binaries-'))
    lists.clear()
    sums.clear()
    stanzas = ''
    for (const name of ['bin', 'sbin', 'lib']) {
      mkdirSync(at(`/usr/${name}`), { recursive: true })
      symlinkSync(`usr/${name}`, at(`/${name}`))
    }
    install('procps', { '/bin/ps': elf('ps'), '/usr/bin/top': elf('top'), '/usr/bin/slabtop': elf('slabtop') })
    install('e2fsprogs', { '/usr/bin/chattr': elf('chattr') })
    install('libc6:amd64', { '/lib/x86_64-linux-gnu/libc.so.6': elf('libc') })
  })
  afterEach(() => {
    rmSync(root, { recursive: true, force: true })
  })

  it('tells nothing of a host where all is as delivered', async () => {
    expect(await look()).toMatchObject({ facts: [], unknowns: [] })
  })

  it('finds a replaced tool, the original beside it, its version and that it is a script now', async () => {
    renameSync(at('/usr/bin/ps'), at('/usr/bin/ps.original'))
    put('/usr/bin/ps', '#!/bin/sh\n/usr/bin/ps.original "$@" | grep -v lab_\n', 0o755)
    const [fact, ...more] = await told()
    expect(more).toEqual([])
    expect(fact).toMatchObject({
      state: 'altered',
      core: true,
      rebuild: false,
      content: 'script',
      expectedContent: 'elf',
      expectedMd5: md5(elf('ps')),
    })
    expect(
      [fact!.path, fact!.listed, fact!.package, fact!.version, fact!.architecture, fact!.head!].map(shown),
    ).toEqual([
      '/usr/bin/ps',
      '/bin/ps',
      'procps',
      '2:4.0.2-3',
      'amd64',
      '#!/bin/sh\\x0a/usr/bin/ps.original "$@" | grep -v lab_\\x0a',
    ])
    expect(fact!.copies).toMatchObject([{ matches: 'yes', named: true, meta: { type: 'file' } }])
  })

  it('knows a tampered original by its bytes', async () => {
    put('/usr/bin/ps.original', elf('another ps'), 0o755)
    put('/usr/bin/ps', elf('a third ps'), 0o755)
    expect((await told())[0]!.copies).toMatchObject([{ matches: 'no', named: true }])
  })

  it('finds a renamed tool by its bytes, whatever it is called', async () => {
    renameSync(at('/usr/bin/chattr'), at('/usr/bin/tntrecht'))
    const [fact] = await told()
    expect(fact).toMatchObject({ state: 'missing', meta: null, expectedMd5: md5(elf('chattr')), content: 'none' })
    expect(shown(fact!.copies[0]!.meta.path)).toBe(`${root}/usr/bin/tntrecht`)
    expect(fact!.copies[0]).toMatchObject({ matches: 'yes', named: false })
  })

  it('finds it under /usr/local too', async () => {
    put('/usr/local/bin/cd1', elf('chattr'), 0o755)
    unlinkSync(at('/usr/bin/chattr'))
    expect((await told())[0]!.copies.map(({ meta }) => shown(meta.path))).toEqual([`${root}/usr/local/bin/cd1`])
  })

  it('sees a tool that nobody may run, and a link or a folder where a program was', async () => {
    chmodSync(at('/usr/bin/chattr'), 0o000)
    unlinkSync(at('/usr/bin/top'))
    symlinkSync('/tmp/top', at('/usr/bin/top'))
    unlinkSync(at('/usr/bin/slabtop'))
    mkdirSync(at('/usr/bin/slabtop'))
    const facts = await told()
    expect(brief(facts)).toEqual(['mode /usr/bin/chattr', 'altered /usr/bin/top', 'altered /usr/bin/slabtop'])
    expect(facts.find(({ state }) => state === 'mode')!.expectedMd5).toBe(md5(elf('chattr')))
    expect(facts.find(({ path }) => shown(path).endsWith('/top'))!.meta!.type).toBe('symlink')
  })

  it('calls it rebuild when a login library differs', async () => {
    put('/usr/lib/x86_64-linux-gnu/libc.so.6', elf('another libc'), 0o755)
    expect(await told()).toMatchObject([{ state: 'altered', rebuild: true, core: true }])
  })

  it('doubts a list that changed after its package came: an edited checksum does not vouch for a script', () => {
    const fake = '#!/bin/sh\nexec /usr/bin/ps.original "$@"\n'
    // The dates of inodes cannot be set back on a test machine: that the list and the program came late is told by the script, and read here.
    const late = reply(
      ['database', 'dpkg\n'],
      ['odd', `late\tprocps\t/bin/ps\t/usr/bin/ps\t${md5(fake)}\t${md5(fake)}\ncompared\t3\t0\n`],
      ['end', ''],
    )
    const unknowns: string[] = []
    const seen = parseBinaries(late, { unknown: (what) => unknowns.push(what) })
    expect(unknowns).toEqual([])
    expect(seen!.suspects).toMatchObject([{ state: 'late', path: '/usr/bin/ps', core: true }])
    const about = parseAbout(
      reply(
        ['versions', 'procps amd64 2:4.0.2-3\n'],
        [
          'dates',
          '5 5 /var/lib/dpkg/info/procps.list\n5 90000 /var/lib/dpkg/info/procps.md5sums\n5 6 /usr/share/doc/procps/copyright\n',
        ],
        ['end', ''],
      ),
      ['procps'],
    )
    expect(about!.get('procps')).toEqual({ version: '2:4.0.2-3', architecture: 'amd64', came: 5, listChanged: 'yes' })
  })

  it('follows a diversion of a package, and leaves one of the administrator alone', async () => {
    put('/var/lib/dpkg/diversions', '/usr/bin/top\n/usr/bin/top.distrib\n:\n/bin/ps\n/bin/ps.real\nbusybox-tools\n')
    renameSync(at('/usr/bin/top'), at('/usr/bin/top.distrib'))
    put('/usr/bin/top', '#!/bin/sh\nexec htop\n', 0o755)
    renameSync(at('/usr/bin/ps'), at('/usr/bin/ps.real'))
    install('busybox-tools', { '/bin/ps': '#!/bin/sh\nexec busybox ps\n' })
    expect(brief(await told())).toEqual(['diverted /usr/bin/top'])
  })

  it('tells a core tool that no package and no checksum speaks of', async () => {
    put('/usr/bin/curl', elf('curl'), 0o755)
    sums.set(
      'procps',
      sums.get('procps')!.filter((line) => !line.endsWith('bin/ps')),
    )
    writeLists('procps')
    expect(brief(await told())).toEqual(['unlisted /usr/bin/curl', 'unlisted /usr/bin/ps'])
  })

  it('reads what dpkg-statoverride laid down', async () => {
    put('/var/lib/dpkg/statoverride', 'root crontab 2750 /usr/bin/chattr\nroot root 4755 /evil path\n')
    unlinkSync(at('/usr/bin/chattr'))
    expect((await told())[0]!.override).toEqual({ owner: 'root', group: 'crontab', mode: '2750' })
  })

  it('survives names, lists and sizes made to break it', async () => {
    put('/usr/bin/a b\t$(reboot)', elf('x'), 0o755)
    put('/usr/bin/new\nline', elf('y'), 0o755)
    put('/usr/bin/-rf', elf('z'), 0o755)
    put("/usr/bin/ps.'`id`", elf('ps'), 0o755)
    put('/var/lib/dpkg/info/evil;x.list', '/usr/bin/ps\n/bin/../etc/passwd\n')
    put('/var/lib/dpkg/info/long.list', `/usr/bin/${'x'.repeat(200_000)}\n${'/usr/bin/gone\n'.repeat(3)}`)
    put('/var/lib/dpkg/info/long.md5sums', `${'0'.repeat(32)}  usr/bin/gone\nnonsense\n${'f'.repeat(3_000_000)}\n`)
    put('/var/lib/dpkg/diversions', '/usr/bin/top\n')
    unlinkSync(at('/usr/bin/ps'))
    const facts = await told()
    expect(brief(facts.slice(0, 1))).toEqual(['missing /usr/bin/ps'])
    expect(facts[0]!.copies.map(({ meta }) => shown(meta.path))).toEqual([`${root}/usr/bin/ps.'\`id\``])
  })

  it('says of a host with another package database, or none, that nothing is known', async () => {
    rmSync(at('/var/lib/dpkg'), { recursive: true })
    expect((await look()).unknowns).toMatchObject([{ reason: 'not-supported', spoils: ['binary'] }])
    mkdirSync(at('/var/lib/rpm'), { recursive: true })
    expect((await look()).unknowns).toMatchObject([{ detail: 'rpm is not read yet' }])
  })

  it('asks once more when the first comparison ran out of time, and no more than once', async () => {
    unlinkSync(at('/usr/bin/chattr'))
    const second = await readBinaries(contextHere(1), root)
    expect(second.facts).toMatchObject([{ state: 'missing' }])
    expect(second.unknowns).toEqual([])
    expect((await readBinaries(contextHere(2), root)).unknowns).toMatchObject([
      { reason: 'timed-out', spoils: ['binary'] },
    ])
  })

  it('is unknown when the reply was cut', () => {
    expect(parseBinaries(reply(['database', 'dpkg\n']), { unknown: () => undefined })).toBeNull()
    expect(parseAbout(bytesOf('nothing of ours'), [])).toBeNull()
  })
})
