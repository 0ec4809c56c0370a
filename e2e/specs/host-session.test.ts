// Entering a real host: this machine, as an ssh login would, through the shipped toolbox and every login shell that is installed. Needs Linux and the
// toolbox of its architecture.

import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../../main/core/host-text.ts'
import type { EnterOptions } from '../../main/core/host/enter.ts'
import { localConnection, localToolbox } from '../fixtures/local-connection.ts'
import { localSessions, out, pause } from '../fixtures/local-sessions.ts'

const { enter, scratch } = localSessions('host-session')

describe('arrival', () => {
  it('names the host, proves the toolbox, and leaves nothing behind', async () => {
    const session = await enter()
    const { arrival } = session
    expect(arrival.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(shown(arrival.kernel)).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim())
    expect(arrival.ourPids).toContain(process.pid)
    expect(statSync(arrival.workDir).mode & 0o777).toBe(0o700)
    await session.detach()
    expect(existsSync(arrival.workDir)).toBe(false)
  })

  it.each(['/bin/bash', '/bin/dash', '/bin/csh', '/usr/bin/tcsh', '/usr/bin/fish', '/usr/bin/zsh', '/usr/bin/mksh'])(
    'passes through %s as a login shell',
    async (shell) => {
      if (!existsSync(shell)) {
        console.log(`skipped: no ${shell} on this machine`)
        return
      }
      const session = await enter({}, localConnection([shell, '-c']))
      expect(out(await session.run({ argv: ['echo', 'inside'] }))).toBe('inside\n')
    },
  )

  it('works with busybox as every tool of the host', async () => {
    const busybox = join(scratch, 'tools')
    mkdirSync(busybox, { recursive: true })
    const toolbox = Object.values(localToolbox())[0]?.find(({ name }) => name === 'busybox')
    writeFileSync(join(busybox, 'busybox'), toolbox!.bytes, { mode: 0o755 })
    const session = await enter({}, localConnection([join(busybox, 'busybox'), 'sh', '-c']))
    expect(out(await session.run({ argv: ['echo', 'inside'] }))).toBe('inside\n')
  })

  it('keeps what the login chain prints as evidence, and never as output', async () => {
    const noisy = join(scratch, 'noisy')
    writeFileSync(
      noisy,
      '#!/bin/sh\necho "motd: $2"\nprintf "\\033[2Jno newline"\necho oops >&2\nexec /bin/sh "$@"\n',
      { mode: 0o755 },
    )
    const session = await enter({}, localConnection([noisy, '-c']))
    expect(out(await session.run({ argv: ['echo', 'x'] }))).toBe('x\n')
    const preamble = Buffer.from(session.arrival.preamble).toString()
    expect(preamble).toContain('motd: exec /bin/sh')
    expect(preamble).toContain('no newline')
    expect(preamble).toContain('oops')
  })

  it.each([
    ['a login that prints without end', '#!/bin/sh\nexec yes\n', 'host-flooded'],
    ['a login that says no', '#!/bin/sh\necho This account is currently not available.\nexit 1\n', 'shell-unusable'],
    ['a login that echoes our command', '#!/bin/sh\nprintf "%s\\n" "$2" "$2"\n', 'shell-unusable'],
    ['a system that is not Linux', '#!/bin/sh\nexec sh -c "$(printf %s "$2" | sed "s/= Linux/= Plan9/")"\n', undefined],
  ])('tells %s by its own code', async (_, text, code) => {
    const login = join(scratch, 'login')
    writeFileSync(login, text, { mode: 0o755 })
    const entering = enter({}, localConnection([login, '-c']))
    if (code !== undefined) await expect(entering).rejects.toMatchObject({ code })
    else await expect(entering).rejects.toMatchObject({ code: 'not-linux' })
  })

  it('refuses an architecture it has no toolbox for, and takes its folder away again', async () => {
    const before = ownFolders()
    const [tools] = Object.values(localToolbox())
    const other = process.arch === 'arm64' ? 'x86_64' : 'aarch64'
    await expect(enter({ toolbox: { [other]: tools! } })).rejects.toMatchObject({ code: 'arch-unsupported' })
    await expectNoNewFolder(before)
  })

  it('finds a toolbox that was damaged on the way, and takes its folder away again', async () => {
    const before = ownFolders()
    const [[arch, tools]] = Object.entries(localToolbox()) as [
      [string, readonly { name: string; bytes: Uint8Array; sha256: string }[]],
    ]
    const damage = (at: number, byte: number): Partial<EnterOptions> => ({
      toolbox: {
        [arch]: tools.map((tool) =>
          tool.name === 'busybox'
            ? { ...tool, bytes: tool.bytes.map((old, index) => (index === at ? byte : old)) }
            : tool,
        ),
      },
    })
    await expect(enter(damage(0, 0x20))).rejects.toMatchObject({ code: 'toolbox-damaged' }) // no ELF any more
    const getfattr = tools.map((tool) => (tool.name === 'getfattr' ? { ...tool, sha256: '0'.repeat(64) } : tool))
    await expect(enter({ toolbox: { [arch]: getfattr } })).rejects.toMatchObject({ code: 'toolbox-damaged' })
    await expectNoNewFolder(before)
  })
})

function ownFolders(): readonly string[] {
  return ['/run', '/dev/shm', '/tmp', '/var/tmp'].flatMap((place) =>
    readdirSync(place)
      .filter((name) => /^\.[0-9a-f]{12}$/.test(name))
      .map((name) => `${place}/${name}`),
  )
}

/** Folders that were not there before are gone soon; those of a session that another spec has open now go with it. */
async function expectNoNewFolder(before: readonly string[]): Promise<void> {
  await pause(300)
  const made = ownFolders().filter((folder) => !before.includes(folder))
  await expect.poll(() => made.filter((folder) => existsSync(folder)), { timeout: 30_000 }).toEqual([])
}
