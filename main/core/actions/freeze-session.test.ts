// What a freeze may hold of sshd: the one process of the intruder's connection, and nothing else of it.
import { describe, expect, it } from 'vitest'
import type { HostSession } from '../host/session.ts'
import type { Finding } from '../judge/finding.ts'
import { aFile, aListener, aProcess, aSocket } from '../judge/fixtures/facts.ts'
import type { ProcessFact } from '../probes/facts.ts'
import { freeze } from './freeze.ts'
import type { PlanInput } from './verb.ts'

const sshd = '/usr/sbin/sshd'
const [server, door, honest, ours] = [
  aProcess(500, sshd),
  aProcess(600, sshd, { ppid: 500 }),
  aProcess(700, sshd, { ppid: 500 }),
  aProcess(800, sshd, { ppid: 500, ours: true }),
] as const
const facts = [
  ...[server, door, honest, ours],
  aListener(500, 22),
  aSocket(600, '203.0.113.66', 40_600, { localPort: 22 }),
  aFile(sshd, 'openssh-server', {
    meta: { identity: { dev: '2049', inode: door.identity.exeInode ?? '', sha256: null } },
  }),
]

function findingOf({ identity, exe, cmdline, cgroup }: ProcessFact, tags: readonly string[]): Finding {
  const target = { kind: 'process', identity, exe, cmdline, cgroup } as const
  const rest = { title: 'process.intruder-session', params: {}, score: 90, reasons: [], related: [] }
  return { id: String(identity.pid), kind: 'process', target, proposed: 'yes', tags, ...rest }
}

async function planned(...findings: readonly Finding[]) {
  const input = {
    findings,
    facts,
    options: { closure: { same: ['inode', 'sha256', 'cgroup'], max: 8 } },
    capture: [],
    changes: [],
    caseId: 'case',
    session: { arrival: { ourPids: [800] } } as unknown as HostSession,
    clock: undefined as never,
  } satisfies PlanInput
  const { items, declined } = await freeze.plan(input)
  const args = items[0]?.args as
    { readonly guards: string[]; readonly inodes: string[]; readonly innocent: string[] } | undefined
  return { items, declined: declined.map(({ detail }) => detail), args }
}
const file = `${door.identity.exeDev ?? ''}:${door.identity.exeInode ?? ''}`

describe('a freeze of the intruder’s session', () => {
  it('holds the process of his connection; the server, other people and we are guarded by number', async () => {
    const { items, args } = await planned(findingOf(door, ['intruder-session']))
    expect(items).toHaveLength(1)
    expect(args?.guards.sort()).toEqual(['pid 500', 'pid 700', 'pid 800'])
    expect(args?.inodes).toEqual([]) // nobody joins for running sshd
    expect(args?.innocent).toContain(file)
  })

  it('never holds the server, whatever is said of it, nor ours', async () => {
    const { items, declined } = await planned(
      findingOf(server, ['intruder-session']),
      findingOf(ours, ['intruder-session']),
    )
    expect(items).toEqual([])
    expect(declined).toEqual(['a pillar of the host', 'our own session'])
  })

  it('holds nothing of sshd for any other reason', async () => {
    const { items, declined } = await planned(findingOf(honest, ['hidden']))
    expect(items).toEqual([])
    expect(declined).toEqual(['a pillar of the host'])
  })
})
