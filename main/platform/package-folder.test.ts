// Packages made by the real dpkg-deb, in every compression it knows, and damaged ones.
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackageQuery } from '../core/packages/package-source.ts'
import { packageFolder } from './package-folder.ts'

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const deb = hasDpkgDeb()

function hasDpkgDeb(): boolean {
  try {
    return execFileSync('dpkg-deb', ['--version']).length > 0
  } catch {
    return false
  }
}

describe.skipIf(!deb)('a folder of packages (skipped: needs dpkg-deb)', () => {
  const home = mkdtempSync(join(tmpdir(), 'packages-'))
  const folder = join(home, 'debs')
  const program = Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(300_000, 'delivered ')])
  const long = `/usr/share/lab/${'long-name-'.repeat(20)}`
  afterAll(() => {
    rmSync(home, { recursive: true })
  })
  const build = (version: string, compression: string, lie = false) => {
    const root = join(home, `root-${version}`)
    const put = (path: string, bytes: Uint8Array, mode: number) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), bytes)
      chmodSync(join(root, path), mode)
    }
    put('/usr/bin/crontab', program, 0o2755)
    put(long, Buffer.from('long'), 0o644)
    linkSync(join(root, 'usr/bin/crontab'), join(root, 'usr/bin/hard'))
    symlinkSync('crontab', join(root, 'usr/bin/soft'))
    put('/DEBIAN/md5sums', Buffer.from(`${lie ? '0'.repeat(32) : md5(program)}  usr/bin/crontab\n`), 0o644)
    put(
      '/DEBIAN/control',
      Buffer.from(
        `Package: lab\nVersion: ${version}\nArchitecture: amd64\nMaintainer: lab <lab@range.test>\nDescription: lab\n`,
      ),
      0o644,
    )
    put('/DEBIAN/postinst', Buffer.from('#!/bin/sh\ntouch /tmp/lab-postinst-ran\n'), 0o755)
    execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '-b', root, join(folder, `${version}.deb`)])
  }
  const query = (version: string, path = '/usr/bin/crontab'): PackageQuery => ({
    package: 'lab:amd64',
    version,
    architecture: 'amd64',
    path,
  })
  beforeAll(() => {
    mkdirSync(folder)
    for (const [version, compression] of [
      ['1.0-xz', 'xz'],
      ['1.0-gz', 'gzip'],
      ['1.0-zst', 'zstd'],
      ['1.0-none', 'none'],
    ] as const)
      build(version, compression)
    build('1.0-lie', 'xz', true)
    const whole = readFileSync(join(folder, '1.0-xz.deb'))
    writeFileSync(join(folder, 'cut.deb'), whole.subarray(0, whole.length - 700))
    writeFileSync(join(folder, 'noise.deb'), Buffer.concat([whole.subarray(0, 400), Buffer.alloc(4000, 0xa5)]))
    writeFileSync(join(folder, 'empty.deb'), '')
    writeFileSync(join(folder, 'notes.txt'), 'no package')
    const index = `Package: lab\nSHA256: ${sha(readFileSync(join(folder, '1.0-gz.deb')))}\n`
    writeFileSync(join(folder, 'archive_dists_Packages'), index)
  })

  it.each(['1.0-xz', '1.0-gz', '1.0-zst', '1.0-none'])(
    'takes one file out of %s, with its mode and owner, and runs nothing',
    async (version) => {
      const source = await packageFolder(folder)
      expect(await source.find(query(version))).toMatchObject({
        sha256: sha(program),
        mode: '2755',
        owner: 'root',
        group: 'root',
        deb: { name: `${version}.deb`, sha256: sha(readFileSync(join(folder, `${version}.deb`))) },
        vouched: version === '1.0-gz' ? 'index' : 'given',
      })
      expect(readdirSync('/tmp')).not.toContain('lab-postinst-ran')
    },
  )

  it('answers many at once, and by another name of the same file', async () => {
    const source = await packageFolder(folder)
    const answers = await Promise.all(
      ['/usr/bin/crontab', '/usr/bin/hard', long].map((path) => source.find(query('1.0-xz', path))),
    )
    expect(answers.map((one) => ('none' in one ? one.none : one.sha256))).toEqual([
      sha(program),
      sha(program),
      sha(Buffer.from('long')),
    ])
  })

  it('says why it has nothing', async () => {
    const source = await packageFolder(folder)
    const why = async (asked: PackageQuery) => {
      const answer = await source.find(asked)
      return 'none' in answer ? answer.none : 'something'
    }
    expect(await why({ ...query('1'), package: 'other' })).toBe('no package of other')
    expect(await why(query('9'))).toContain('lab 9 amd64 is installed')
    expect(await why({ ...query('1.0-xz'), architecture: 'arm64' })).toContain('arm64 is installed')
    expect(await why(query('1.0-xz', '/usr/bin/gone'))).toBe('1.0-xz.deb has no /usr/bin/gone')
    expect(await why(query('1.0-xz', '/usr/bin/soft'))).toContain('as a symlink')
    expect(await why(query('1.0-lie'))).toContain('does not agree with its own checksums')
  })

  it('survives packages that end too early or hold noise, and goes on with the next', async () => {
    const broken = join(home, 'broken')
    mkdirSync(broken)
    const whole = readFileSync(join(folder, '1.0-xz.deb'))
    const spoilt = Buffer.from(whole)
    spoilt.fill(0x5a, whole.length - 400, whole.length - 200)
    writeFileSync(join(broken, 'spoilt.deb'), spoilt)
    expect(await (await packageFolder(broken)).find(query('1.0-xz'))).toHaveProperty('none')
    expect(await (await packageFolder(folder)).find(query('1.0-xz'))).toHaveProperty('sha256')
  })

  it('names a folder that is not there', async () => {
    await expect(packageFolder(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'file-unreadable' })
  })
})
