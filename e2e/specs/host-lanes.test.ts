// Lanes that die and links that drop, on this machine: what is lost is told, nothing runs twice, and a later session reads what an earlier one left.

import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HostRequest } from '../../main/core/host/session.ts'
import { localConnection, localSession } from '../fixtures/local-connection.ts'
import { localSessions, out, pause, script } from '../fixtures/local-sessions.ts'

const { enter, scratch } = localSessions('host-lanes')

describe('a lane that dies', () => {
  it('takes its pending requests with it, and the next request opens another in the same folder', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const pending = expect(session.run({ argv: ['sleep', '5'] })).rejects.toMatchObject({ code: 'link-lost' })
    await pause(200)
    connection.children[0]!.kill('SIGKILL')
    await pause(200)
    connection.children[0]!.stdout!.destroy() // the sleep still holds nothing of ours but its own streams
    await pending
    const [again, twice] = await Promise.all([session.run({ argv: ['env'] }), session.run({ argv: ['echo', 'twice'] })])
    expect(out(again)).toBe(`PATH=${session.arrival.workDir}\n`)
    expect(out(twice)).toBe('twice\n')
    // control, the bulk lane standing by, and the one new control lane
    expect(connection.children).toHaveLength(3)
  })

  it('in mid-request leaves nothing running once its folder is gone and its time is over', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const { workDir } = session.arrival
    const pending = session.run({ argv: ['sleep', '30'], timeLimit: 500 }).catch(() => undefined)
    await pause(200)
    connection.children[0]!.kill('SIGKILL')
    connection.children[0]!.stdout!.destroy()
    await pending
    await session.detach().catch(() => undefined)
    rmSync(workDir, { recursive: true, force: true })
    await pause(2500)
    const ours = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(workDir)
      } catch {
        return false // it ended while we looked
      }
    })
    expect(ours).toEqual([])
  })

  it('while it stands by is replaced when it is wanted', async () => {
    const connection = localConnection()
    const session = await enter({}, connection)
    const gone = new Promise((done) => connection.children[1]!.once('close', done))
    connection.children[1]!.kill('SIGKILL')
    await gone
    const reply = await session.run({ argv: ['echo', 'bulk'] }, { lane: 'bulk' })
    expect(out(reply)).toBe('bulk\n')
    expect(connection.children).toHaveLength(3)
  })

  it('while it stands by may say what it likes, and is neither believed nor kept without bound', async () => {
    const login = join(scratch, 'chatty')
    // from the second crossing on: our marker, and then no end
    const lines = [
      '#!/bin/sh',
      'case "$2" in *"read -r d"*)',
      `  [ -e ${scratch}/chatted ] || { : >${scratch}/chatted; printf "\\n%s lane\\n" "$(printf %s "$2" | grep -oE "[0-9a-f]{32}" | head -n 1)"; exec yes; };;`,
      'esac',
      'exec /bin/sh "$@"',
      '',
    ]
    writeFileSync(login, lines.join('\n'), { mode: 0o755 })
    const connection = localConnection([login, '-c'])
    const session = await enter({}, connection)
    const chatty = connection.children[1]!
    if (chatty.exitCode === null && chatty.signalCode === null) await new Promise((done) => chatty.once('close', done))
    const reply = await session.run({ argv: ['echo', 'bulk'] }, { lane: 'bulk' })
    expect(out(reply)).toBe('bulk\n')
    expect(connection.children).toHaveLength(3)
  })
})

describe('once', () => {
  const key = 'act-once-1'
  const append = (file: string): HostRequest => ({
    ...script('echo ran >>"$1"; echo out; echo err >&2; exit 7', file),
    once: key,
  })

  it('runs a key once and replays the whole reply', async () => {
    const session = await enter()
    const file = join(scratch, 'once')
    const first = await session.run(append(file))
    const second = await session.run(append(file))
    expect(readFileSync(file, 'utf8')).toBe('ran\n')
    expect(first).toMatchObject({ exit: 7, replayed: false })
    expect(second).toMatchObject({ exit: 7, replayed: true, stdout: first.stdout, stderr: first.stderr })
    expect(second.clocks.hostStart).toBe(first.clocks.hostStart)
  })

  it('finishes when the link drops in mid-run, and a later session reads what it left', async () => {
    const file = join(scratch, 'dropped')
    const connection = localConnection()
    const first = await localSession({}, connection)
    const act: HostRequest = { ...script('sleep 1; echo ran >>"$1"; echo finished', file), once: 'act-drop-1' }
    const lost = expect(first.run(act)).rejects.toMatchObject({ code: 'link-lost' })
    await pause(400)
    connection.children[0]!.stdin!.destroy()
    connection.children[0]!.stdout!.destroy()
    connection.children[0]!.stderr!.destroy()
    await first.close()
    await lost
    const second = await enter({ adoptDir: first.arrival.workDir })
    expect(second.arrival).toMatchObject({ adopted: true, workDir: first.arrival.workDir })
    const reply = await second.run(act)
    expect(reply).toMatchObject({ replayed: true, exit: 0 })
    expect(out(reply)).toBe('finished\n')
    expect(readFileSync(file, 'utf8')).toBe('ran\n')
  })

  it('does not run a request whose last byte never came', async () => {
    const file = join(scratch, 'partial')
    const connection = localConnection()
    const session = await localSession({}, connection)
    const [child] = connection.children
    const words = `test\0sh\0-c\0touch ${file}`
    child!.stdin!.end(`run 99 5.000 10 10 3 0 0 -\n${words.slice(5)}`)
    await new Promise((resolve) => child!.once('close', resolve))
    expect(existsSync(file)).toBe(false)
    rmSync(session.arrival.workDir, { recursive: true })
    await session.close()
  })

  it.each([
    [
      'a folder open to others',
      (dir: string) => {
        chmodSync(dir, 0o755)
      },
    ],
    [
      'a folder with another busybox',
      (dir: string) => {
        rmSync(join(dir, 'busybox'))
        writeFileSync(join(dir, 'busybox'), '#!/bin/sh\n')
      },
    ],
    [
      'a folder of another boot',
      (dir: string) => {
        writeFileSync(join(dir, 'boot'), 'x\n')
      },
    ],
  ])('does not adopt %s', async (_, spoil) => {
    const first = await localSession()
    await first.close()
    spoil(first.arrival.workDir)
    const second = await enter({ adoptDir: first.arrival.workDir })
    expect(second.arrival.adopted).toBe(false)
    rmSync(first.arrival.workDir, { recursive: true })
  })

  it('does not adopt through a link or a path of someone else’s making', async () => {
    const first = await localSession()
    await first.close()
    const link = join(scratch, 'link')
    symlinkSync(first.arrival.workDir, link)
    expect((await enter({ adoptDir: link })).arrival.adopted).toBe(false)
    expect((await enter({ adoptDir: '/run/$(id)' })).arrival.adopted).toBe(false)
    rmSync(first.arrival.workDir, { recursive: true })
  })
})
