// Files and executables of this machine, read over the framed shell: bytes, metadata and digests that agree, whatever their names are.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostText, ownText } from '../../main/core/host-text.ts'
import { statExecutables, statFiles } from '../../main/core/host/file-meta.ts'
import { readHostFile } from '../../main/core/host/read-file.ts'
import { localSessions, pause } from '../fixtures/local-sessions.ts'

const { enter, scratch } = localSessions('host-files')

describe('reading files', () => {
  it('gives bytes, metadata and a digest that agree, for small, large, cut, empty and /proc', async () => {
    const session = await enter()
    const large = join(scratch, 'large')
    writeFileSync(large, Buffer.alloc(9 * 1024 * 1024 + 5, 'abcdefg'))
    const digest = execFileSync('sha256sum', [large]).toString().slice(0, 64)
    const whole = await readHostFile(session, { path: ownText(large), limit: 20e6 })
    expect(Buffer.from(whole.bytes).equals(readFileSync(large))).toBe(true)
    expect(whole).toMatchObject({ hostSha256: digest, truncated: false, changed: false })
    expect(whole.meta.identity.sha256).toBe(digest)
    const cut = await readHostFile(session, { path: ownText(large), limit: 5e6 })
    expect(cut).toMatchObject({ truncated: true })
    expect(cut.hostSha256).toBe(
      execFileSync('sh', ['-c', `head -c 5000000 ${large} | sha256sum`])
        .toString()
        .slice(0, 64),
    )
    const empty = join(scratch, 'empty')
    writeFileSync(empty, '')
    expect(await readHostFile(session, { path: ownText(empty), limit: 10 })).toMatchObject({
      truncated: false,
      bytes: new Uint8Array(),
    })
    const proc = await readHostFile(session, { path: ownText('/proc/self/status'), limit: 1e6 })
    expect(Buffer.from(proc.bytes).toString()).toMatch(/^Name:/)
    const exact = await readHostFile(session, { path: ownText(large), limit: 9 * 1024 * 1024 + 5 })
    expect(exact).toMatchObject({ truncated: false, hostSha256: digest })
  })

  it('never opens pipes or devices, and tells absent from unreadable', async () => {
    const session = await enter()
    const pipe = join(scratch, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(await readHostFile(session, { path: ownText(pipe), limit: 10 })).toMatchObject({
      meta: { type: 'fifo' },
      bytes: new Uint8Array(),
    })
    await expect(readHostFile(session, { path: ownText('/nope'), limit: 10 })).rejects.toMatchObject({
      code: 'file-unreadable',
      params: { reason: 'absent' },
    })
  })

  it('looks many names up in one round trip, hostile ones among them', async () => {
    const session = await enter()
    const dir = mkdtempSync(join(scratch, 'names-'))
    const names = ['plain', '-n', 'a\nb', ' blank ', "quo'te", '$(id)', '\u0001', 'ü', 'x'.repeat(200)]
    for (const name of names) writeFileSync(join(dir, name), name)
    symlinkSync('pl\nain', join(dir, 'link'))
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'seen', join(dir, 'plain')], { stdio: 'ignore' })
    const paths = [...names, 'link', 'missing'].map((name) => hostText(Buffer.from(join(dir, name))))
    const readings = await statFiles(session, paths)
    expect(readings.map(({ state }) => state)).toEqual([...names.map(() => 'present'), 'present', 'absent'])
    names.forEach((name, index) => {
      const reading = readings[index]!
      const real = statSync(join(dir, name), { bigint: true })
      if (reading.state !== 'present') throw new Error(name)
      expect(reading.meta).toMatchObject({
        type: 'file',
        size: String(real.size),
        mode: '0644',
        nlink: 1,
        path: paths[index],
      })
      expect(reading.meta.identity).toMatchObject({ inode: String(real.ino), dev: String(real.dev) })
      expect(reading.meta.mtime.replace('.', '')).toBe(String(real.mtimeNs))
      expect(reading.meta.identity.sha256).toBe(execFileSync('sha256sum', { input: name }).toString().slice(0, 64))
    })
    expect(readings[names.length]).toMatchObject({
      meta: { type: 'symlink', linkTarget: 'pl\\x0aain', identity: { sha256: null } },
    })
  })

  it('looks at executables through /proc, the deleted among them', async () => {
    const session = await enter()
    const copy = join(scratch, 'sleeper')
    execFileSync('cp', ['/bin/sleep', copy])
    const child = spawn(copy, ['60'])
    await pause(100)
    rmSync(copy)
    const [reading, none] = await statExecutables(session, [child.pid!, 4_000_000])
    expect(reading).toMatchObject({
      state: 'present',
      meta: { nlink: 0, identity: { sha256: execFileSync('sha256sum', ['/bin/sleep']).toString().slice(0, 64) } },
    })
    expect(none).toEqual({ state: 'absent' })
    child.kill('SIGKILL')
  })
})
