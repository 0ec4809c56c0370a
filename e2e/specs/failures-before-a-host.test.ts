// Each way of failing before any host is reached: words that are not understood, and addresses where nothing answers as it should.
// Real sockets; where a server must break the protocol on purpose, one that does.

import { rmSync, writeFileSync } from 'node:fs'
import type net from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { acceptedPassword, overrun, startHostile, startRaw, type HostileServer } from '../fixtures/ssh/hostile.ts'
import { freePort } from '../fixtures/ssh/free-port.ts'
import { expectFailure } from './failing.ts'
import { tourniquet, workFolder } from './tourniquet.ts'

const home = workFolder()
const servers: HostileServer[] = []

afterAll(async () => {
  for (const server of servers) await server.stop()
  rmSync(home, { recursive: true })
})

const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  tourniquet(home, args, environment)

describe('words that are not understood', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['triag', 'host'], /triag.*triage, run, resume/],
    ['an unknown option', ['triage', '--frobnicate', 'host'], /--frobnicate/],
    ['an option of another command', ['triage', '--plan-only', 'host'], /--plan-only.*tourniquet help triage/],
    ['no host', ['triage'], /one or more of \[user@\]host/],
    ['the same host twice', ['triage', 'h', 'h'], /each host once/],
    ['a port that is none', ['triage', '-p', '99999', 'h'], /a port from 1 to 65535/],
    ['a host word that is none', ['triage', 'root@'], /host/],
    ['a fingerprint that is none', ['triage', '--host-key', 'SHA256:short', 'h'], /43 base64 characters/],
    ['a variable that is not set', ['triage', '--password-env', 'NOT_SET_HERE', 'h'], /NOT_SET_HERE/],
    ['an approval that is none', ['run', 'stop-crontab', 'h', '--approve', 'maybe'], /ask or all/],
    ['no case', ['resume'], /--case/],
  ])('%s', async (_, args, sentence) => {
    expectFailure(
      await run([...args, '-F', 'none'].filter((word, at, all) => word !== 'none' || all[at - 1] === '-F')),
      2,
      'usage',
      sentence,
    )
  })

  it('an unknown playbook', async () => {
    expectFailure(await run(['run', 'evict-minor', 'h']), 2, 'playbook-unknown', /no playbook called evict-minor/)
  })

  it('a playbook with mistakes: file, line, column and what was expected, for lint and for run', async () => {
    const file = join(home, 'mistaken.yaml')
    writeFileSync(
      file,
      `schema: tourniquet.playbook/1
id: mistaken
version: 1.0.0
title: { en: Mistaken, zh-CN: 有误 }
steps:
  - id: look
    inspect: [processes, scheduler]
`,
    )
    const lint = await run(['lint', file])
    expect(lint.exit).toBe(2)
    const problems = lint.events.filter(({ type }) => type === 'problem')
    expect(problems.map(({ line, column, rule }) => ({ line, column, rule }))).toEqual(
      expect.arrayContaining([{ line: 7, column: 26, rule: 'unknown-probe' }]),
    )
    expect(problems.map(({ text }) => text).join('\n')).toMatch(/mistaken\.yaml:7:26.*scheduler/)
    const ran = await run(['run', file, 'h', '-F', 'none'])
    expectFailure(ran, 2, String(ran.events.find(({ type }) => type === 'error')?.['code']), /mistaken\.yaml:7:26/)
  })

  it('a case that is not there', async () => {
    expectFailure(
      await run(['report', '--case', join(home, 'nowhere'), '-o', join(home, 'r.html')]),
      1,
      'case-missing',
      /no case at/,
    )
  })
})

describe('an address that does not answer as it should', () => {
  const raw = async (play: (socket: net.Socket) => void): Promise<string> => {
    const server = await startRaw(play)
    servers.push(server)
    return `root@127.0.0.1:${String(server.port)}`
  }
  const triage = (target: string, ...more: readonly string[]) =>
    run(['triage', '-F', 'none', '--trust-new', '--known-hosts', join(home, 'known'), target, ...more])

  it.concurrent('a name without an address', async () => {
    expectFailure(
      await triage('root@no-such-host.invalid'),
      5,
      'host-unresolvable',
      /no-such-host\.invalid has no address/,
    )
  })

  it.concurrent('a refused port', async () => {
    const port = await freePort()
    expectFailure(
      await triage(`root@127.0.0.1:${String(port)}`),
      5,
      'host-unreachable',
      new RegExp(`port ${String(port)} cannot be reached: ECONNREFUSED`),
    )
  })

  it.concurrent('a port that takes connections and stays silent', async () => {
    expectFailure(
      await triage(await raw(() => undefined)),
      5,
      'host-timeout',
      /did not answer in time \(handshake, 20 s\)/,
    )
  })

  it.concurrent('something that is not SSH', async () => {
    const target = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expectFailure(await triage(target), 5, 'host-not-ssh', /not an SSH server: it says “HTTP\/1\.1 400 Bad Request”/)
  })

  it.concurrent('output without end', async () => {
    const server = await startHostile({ exec: overrun(64_000_000) })
    servers.push(server)
    const args = ['triage', '-F', 'none', '--host-key', server.fingerprint, '--password-env', 'WORD']
    const done = await run([...args, `responder@127.0.0.1:${String(server.port)}`], { WORD: acceptedPassword })
    expectFailure(done, 5, 'host-flooded', /more than anyone asked for/)
  })
})
