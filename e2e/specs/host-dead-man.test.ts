// The dead man on this machine: what he lets run again when the workbench falls silent, and what he tells of it.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deadMan } from '../../main/core/host/dead-man.ts'
import { localSessions, pause, stateOf } from '../fixtures/local-sessions.ts'

const { enter } = localSessions('host-dead-man')

describe('the dead man', () => {
  const startOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[19]!

  it('resumes what is listed when the workbench falls silent, only that, and takes our folder away after a detach', async () => {
    const session = await enter()
    const [listed, unlisted] = [spawn('sleep', ['60']), spawn('sleep', ['60'])]
    const identity = { bootId: session.arrival.bootId, pid: listed.pid!, startTime: startOf(listed.pid!) }
    const man = deadMan(session)
    const armed = await man.arm(
      [
        { key: 'act-listed', process: identity },
        { key: 'act-reused', process: { ...identity, pid: unlisted.pid!, startTime: '1' } },
      ],
      3,
    )
    expect(armed).toEqual({ standing: ['act-listed', 'act-reused'], log: [] })
    for (const child of [listed, unlisted]) child.kill('SIGSTOP')
    await pause(1500)
    await man.renew()
    await pause(1800)
    expect(stateOf(listed.pid!)).toBe('T') // renewed in time
    await session.detach()
    await pause(5000)
    expect(stateOf(listed.pid!)).not.toBe('T')
    expect(stateOf(unlisted.pid!)).toBe('T')
    expect(existsSync(session.arrival.workDir)).toBe(false)
    for (const child of [listed, unlisted]) child.kill('SIGKILL')
  })

  it('is disarmed by key, leaves when nothing is left, and tells a later session what he did', async () => {
    const session = await enter()
    const child = spawn('sleep', ['60'])
    const identity = { bootId: session.arrival.bootId, pid: child.pid!, startTime: startOf(child.pid!) }
    const man = deadMan(session)
    await man.arm([{ key: 'act-first', process: identity }], 1)
    await man.arm([{ key: 'act-second', process: identity }], 600)
    expect((await man.disarm('act-second')).standing).not.toContain('act-second')
    await pause(3500)
    const state = await man.renew()
    expect(state.standing).toEqual([])
    expect(state.log).toMatchObject([{ key: 'act-first', result: 'resumed' }])
    expect(existsSync(join(session.arrival.workDir, 'dead-man', 'armed'))).toBe(false)
    child.kill('SIGKILL')
  })
})
