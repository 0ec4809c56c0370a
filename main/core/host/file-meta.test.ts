// The real script under the real toolbox on files with hostile names; and replies that a host could send in its place.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { busybox, toolbox } from '../../platform/here-fixture.ts'
import { hostText, ownText } from '../host-text.ts'
import { type FileReading, type StatOptions, statFiles } from './file-meta.ts'
import type { HostReply, HostRequest, HostSession } from './session.ts'

const ready = process.platform === 'linux' && existsSync(busybox)

type Run = (request: HostRequest) => Partial<HostReply>

function session(run: Run): { session: HostSession; requests: HostRequest[] } {
  const requests: HostRequest[] = []
  const answer = (request: HostRequest): Promise<HostReply> => {
    requests.push(request)
    return Promise.resolve({
      exit: 0,
      stdout: new Uint8Array(),
      stderr: new Uint8Array(),
      truncated: { stdout: false, stderr: false },
      timedOut: false,
      replayed: false,
      clocks: { hostStart: '0', hostEnd: '0', sent: '', received: '' },
      ...run(request),
    })
  }
  return { session: { run: answer } as unknown as HostSession, requests }
}

const here: Run = (request) => {
  const done = spawnSync(busybox, request.argv as string[], {
    env: { PATH: toolbox },
    input: request.stdin ?? new Uint8Array(),
    cwd: '/',
  })
  return { exit: done.status, stdout: done.stdout, stderr: done.stderr }
}

describe.skipIf(!ready)('files under the real tools (skipped: needs Linux and the toolbox)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'file-meta-'))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const read = async (names: readonly (string | Buffer)[], options: StatOptions = {}) => {
    const paths = names.map((name) => hostText(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)])))
    return statFiles(session(here).session, paths, options)
  }
  const sum = (content: string) => createHash('sha256').update(content).digest('hex')
  const digestOf = (reading: FileReading | undefined) =>
    reading?.state === 'present' ? reading.meta.identity.sha256 : reading?.state

  it('have their own digest whatever their names try: forged lines, arrows, quotes, options, bytes that are no text', async () => {
    const victim = `${sum('harmless')}  ${folder}/victim`
    const names = [
      'victim',
      'a\nb',
      `x\n${victim}`.replaceAll('/', '\u2215'),
      'a -> b',
      'back\\slash',
      "quo'te",
      '-e',
      'tab\tcr\r',
      Buffer.from([0x62, 0xff, 0xfe]),
      Buffer.from([0x0a, 0xff]),
      ' ',
    ]
    for (const [at, name] of names.entries())
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), `content ${at}`)
    const readings = await read(names)
    expect(readings.map(digestOf)).toEqual(names.map((_, at) => sum(`content ${at}`)))
    // in another order, with strangers between them: nothing shifts
    const mixed = [...names].reverse().flatMap((name) => [name, 'missing', Buffer.from('gone\n\xff', 'latin1')])
    expect((await read(mixed)).map(digestOf)).toEqual(
      [...names.keys()].reverse().flatMap((at) => [sum(`content ${at}`), 'absent', 'absent']),
    )
  })

  it('that are links tell where they lead, byte for byte, and are not hashed', async () => {
    symlinkSync('tar -> get\n', join(folder, 'link -> x'))
    const [reading] = await read(['link -> x'])
    expect(reading).toMatchObject({
      state: 'present',
      meta: { type: 'symlink', linkTarget: 'tar -> get\\x0a', flags: null, identity: { sha256: null } },
    })
  })

  it('that are folders, fifos or too large are not hashed; a fifo does not hang the look', async () => {
    mkdirSync(join(folder, 'folder'))
    spawnSync(busybox, ['mkfifo', join(folder, 'fifo')])
    writeFileSync(join(folder, 'large'), 'x'.repeat(101))
    writeFileSync(join(folder, 'fits'), 'x'.repeat(100))
    const readings = await read(['folder', 'fifo', 'large', 'fits'], { hashCap: 100 })
    expect(readings.map(digestOf)).toEqual([null, null, null, sum('x'.repeat(100))])
    expect(readings.map((one) => (one.state === 'present' ? one.meta.type : one.state))).toEqual([
      'directory',
      'fifo',
      'file',
      'file',
    ])
    expect((await read(['fits'], { hashCap: 0 })).map(digestOf)).toEqual([null])
  })

  it('agree with what the kernel says, for a thousand names in as many requests as their lengths ask for', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `n${at}${'y'.repeat(at % 150)}`)
    for (const name of names) writeFileSync(join(folder, name), name)
    const { session: host, requests } = session(here)
    const readings = await statFiles(
      host,
      names.map((name) => ownText(join(folder, name))),
    )
    expect(requests.length).toBeLessThanOrEqual(4)
    for (const [at, name] of names.entries()) {
      const real = lstatSync(join(folder, name), { bigint: true })
      expect(readings[at]).toMatchObject({
        meta: { identity: { inode: String(real.ino), dev: String(real.dev), sha256: sum(name) }, xattrs: {} },
      })
    }
  }, 60_000)
})

describe('a reply', () => {
  const record = '2049 77 81a4 644 0 0 5 1 1.000000000 2.000000000 0.000000000'
  const steady = '2049 77 5 1.000000000 2.000000000'
  const a = ownText('/a')
  const fields = (...some: string[]) => Buffer.from(some.map((field) => `${field}\0`).join(''), 'latin1')
  const answered = async (stdout: Uint8Array, more: Partial<HostReply> = {}) => {
    const [reading] = await statFiles(session(() => ({ stdout, ...more })).session, [a])
    return reading
  }
  const hash = 'a'.repeat(64)
  const whole = (change: { dump?: string; ending?: string; sums?: string; after?: string } = {}) =>
    fields(
      ...[record, '/a', '', '', '--i--e- /a', change.dump ?? '', change.ending ?? '0 '],
      ...[change.sums ?? `${hash}  /a`, change.after ?? steady, '/a', ''],
    )

  it('that is whole is a file with flags and digest', async () => {
    expect(await answered(whole())).toMatchObject({ meta: { flags: 'ie', xattrs: {}, identity: { sha256: hash } } })
  })

  it('in which the file changed while it was hashed is unknown', async () => {
    for (const after of [steady.replace('77', '78'), steady.replace(' 5 ', ' 6 '), steady.replace('2.0', '2.1')])
      expect(await answered(whole({ after }))).toMatchObject({ state: 'unknown', detail: 'changed while it was read' })
  })

  it('without the digest of a file that should have one is unknown, never a file without digest', async () => {
    for (const sums of ['', 'no hash  /a', `${hash}  /b`])
      expect(await answered(whole({ sums }))).toMatchObject({ state: 'unknown', reason: 'not-permitted' })
  })

  it('of attributes that could not be read is null, not none', async () => {
    const attributes = async (dump: string, ending: string) => {
      const reading = await answered(whole({ dump, ending }))
      return reading?.state === 'present' ? reading.meta.xattrs : undefined
    }
    expect(await attributes('# file: /a\nuser.x=0sAQ==\n', '0 ')).toEqual({ 'user.x': 'AQ==' })
    expect(await attributes('', '1 getfattr: /a: Operation not supported')).toBeNull()
    expect(await attributes('# file: /a\nuser.x=0sAQ==\n', '1 getfattr: /a: user.y: Permission denied')).toBeNull()
    expect(await attributes('', '127 sh: getfattr: not found')).toBeNull()
    expect(await attributes('', '137 ')).toBeNull()
    expect(await attributes('# file: /a\nuser.x=0x01\n', '0 ')).toBeNull()
    expect(await attributes('', '1 getfattr: /b: Operation not supported')).toEqual({})
  })

  it.each([
    [fields('', "stat: cannot statx '/a': No such file or directory", '', '', '1 ', '', ''), 'absent', undefined],
    [fields('', "stat: cannot statx '/a': Permission denied", '', '', '1 ', '', ''), 'unknown', 'not-permitted'],
    [fields('', "stat: cannot statx '/a': Stale file handle", '', '', '1 ', '', ''), 'unknown', 'failed'],
    [fields('', '', '', '', '0 ', '', ''), 'unknown', 'failed'],
    [fields('rubbish', '/a', '', '', '', '', '0 ', '', ''), 'unknown', 'failed'],
    [fields(record, '/b', '', '', '', '', '0 ', '', ''), 'unknown', 'failed'],
    [fields(), 'unknown', 'failed'],
    [Buffer.from('\x1b[2J'), 'unknown', 'failed'],
  ])('%# of those that are no record: %s', async (stdout, state, reason) => {
    expect(await answered(stdout)).toMatchObject(reason === undefined ? { state } : { state, reason })
  })

  it('cut anywhere is unknown or the whole truth', async () => {
    const bytes = whole()
    for (let length = 0; length < bytes.length; length++)
      expect(await answered(bytes.subarray(0, length))).toMatchObject({ state: 'unknown' })
  })

  it('that was too long is asked for again in halves, down to the one file that is too much', async () => {
    const names = ['/1', '/2', '/3', '/4'].map((name) => ownText(name))
    const tooLong: Run = ({ stdin }) => {
      const asked = Buffer.from(stdin ?? [])
        .toString()
        .split('\0')
        .slice(0, -1)
      if (asked.includes('/3')) return { truncated: { stdout: true, stderr: false } }
      const gone = asked.map((name) => `stat: cannot statx '${name}': No such file or directory`)
      return { stdout: fields('', gone.join('\n'), '', '', '1 ', '', '') }
    }
    const readings = await statFiles(session(tooLong).session, names)
    expect(readings).toMatchObject([
      { state: 'absent' },
      { state: 'absent' },
      { state: 'unknown', reason: 'truncated' },
      { state: 'absent' },
    ])
  })

  it('that never comes in time is given up after seven requests, not one for each file', async () => {
    const { session: host, requests } = session(() => ({ timedOut: true, exit: null }))
    const readings = await statFiles(
      host,
      Array.from({ length: 64 }, (_, at) => ownText(`/${at}`)),
    )
    expect(requests).toHaveLength(7)
    expect(new Set(readings.map((one) => one.state === 'unknown' && one.reason))).toEqual(new Set(['timed-out']))
  })
})
