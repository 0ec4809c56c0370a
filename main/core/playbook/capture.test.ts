// Evidence of a process, read by the very script under our own busybox from a process that really runs, one of them with a hostile name.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeHashing } from '../../platform/hashing.ts'
import { busybox } from '../../platform/here-fixture.ts'
import { startOf } from '../../platform/sleeper-fixture.ts'
import type { CaptureSpec, PlannedItem } from '../actions/verb.ts'
import { TourniquetError } from '../errors.ts'
import { ownText } from '../host-text.ts'
import type { HostReply, HostSession } from '../host/session.ts'
import { captureItem } from './capture.ts'
import { emptyDisk, openMemoryStore, testClock } from './testing/memory-store.ts'

const here = process.platform === 'linux' && process.arch === 'x64' && existsSync(busybox)

describe.skipIf(!here)('evidence of a process (skipped where no Linux x86_64 runs our toolbox)', () => {
  let folder = ''
  let child: ChildProcess
  let pid = 0
  let startTime = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capture-'))
    copyFileSync(busybox, join(folder, 'busybox'))
    // A name that breaks parsers of /proc/PID/stat: brackets, blanks and a newline; the file is padded beyond one range of 3 MiB.
    const hostile = join(folder, 'a) R 1\n(b')
    writeFileSync(hostile, Buffer.concat([readFileSync('/bin/sleep'), Buffer.alloc(7 * 1024 * 1024, 0x5a)]))
    chmodSync(hostile, 0o755)
    child = spawn(hostile, ['300'], { argv0: 'kthreadd', env: { SECRET: 'x y' } })
    pid = child.pid ?? 0
    startTime = startOf(pid)
  })
  afterAll(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const spec = (entry: string, more: Partial<CaptureSpec> = {}): CaptureSpec => ({
    what: `process/${entry}`,
    read: { by: 'process', pid, startTime, entry: entry as 'exe' },
    required: true,
    limit: 64 * 1024 * 1024,
    ...more,
  })

  function session(): HostSession {
    const run = (request: Parameters<HostSession['run']>[0]): Promise<HostReply> => {
      const [, ...args] = request.argv.map(String)
      const done = spawnSync(join(folder, 'busybox'), ['sh', ...args], { env: {}, maxBuffer: 64 * 1024 * 1024 })
      const clocks = { hostStart: '0', hostEnd: '1', sent: '', received: '' }
      const truncated = { stdout: false, stderr: false }
      return Promise.resolve({
        exit: done.status,
        stdout: new Uint8Array(done.stdout),
        stderr: new Uint8Array(done.stderr),
        truncated,
        timedOut: false,
        replayed: false,
        clocks,
      })
    }
    return { run } as unknown as HostSession
  }

  async function capture(specs: readonly CaptureSpec[]) {
    const disk = emptyDisk()
    const store = openMemoryStore(disk, { hashing: nodeHashing, clock: testClock() })
    const item = { captures: specs } as unknown as PlannedItem
    const readFile = () => Promise.reject(new TourniquetError('file-unreadable', {}))
    const host = { id: 'host-one', address: 'here', session: session() }
    const result = await captureItem({ store, readFile }, host, item, () => undefined)
    return {
      ...result,
      bytes: (index: number) => disk.exhibits.get(result.kept[index]?.sha256 ?? '') ?? new Uint8Array(),
    }
  }

  test('keeps every entry with a digest that was taken on the host', async () => {
    const entries = ['cmdline', 'environ', 'maps', 'status', 'stat', 'cgroup', 'fds']
    const { kept, failures, bytes } = await capture(entries.map((entry) => spec(entry)))
    expect(failures).toEqual([])
    for (const one of kept) expect(one.meta).toMatchObject({ hostSha256: one.sha256, truncated: false })
    expect(new TextDecoder().decode(bytes(0))).toBe('kthreadd\x00300\x00')
    expect(new TextDecoder().decode(bytes(1))).toBe('SECRET=x y\x00')
    expect(new TextDecoder().decode(bytes(6))).toContain('0 ')
  })

  test('keeps an executable of several ranges byte for byte', async () => {
    const { kept, failures } = await capture([spec('exe')])
    expect(failures).toEqual([])
    const whole = createHash('sha256')
      .update(readFileSync(join(folder, 'a) R 1\n(b')))
      .digest('hex')
    expect(kept[0]).toMatchObject({ sha256: whole, meta: { hostSha256: whole, truncated: false } })
  })

  test('says when an executable is longer than what was to be kept', async () => {
    const { kept } = await capture([spec('exe', { limit: 4 * 1024 * 1024 })])
    expect(kept[0]?.meta).toMatchObject({ size: 4 * 1024 * 1024, truncated: true, hostSha256: null })
  })

  test('takes nothing from another process under the same number', async () => {
    const read = { by: 'process', pid, startTime: '1', entry: 'cmdline' } as const
    const { kept, failures } = await capture([spec('cmdline', { read })])
    expect(kept).toEqual([])
    expect(failures).toMatchObject([{ why: 'changed' }])
  })

  test('a file that cannot be read is missing, not empty', async () => {
    const path = { kind: 'file', path: ownText('/x'), identity: { dev: '1', inode: '1', sha256: null } } as const
    const { kept, failures } = await capture([{ what: 'file', read: { by: 'file', path }, required: true, limit: 10 }])
    expect(kept).toEqual([])
    expect(failures).toMatchObject([{ why: 'missing', detail: 'file-unreadable' }])
  })
})
