// Servers that break the rules, each of which lives for one test, and ways to reach them. They listen in this very process.

import { expect, onTestFinished } from 'vitest'
import {
  acceptedPassword,
  startHostile,
  type HostileBehaviour,
  type HostileServer,
} from '../../e2e/fixtures/ssh/hostile.ts'
import type { TourniquetError } from '../core/errors.ts'
import type { Connection } from '../core/ports.ts'
import { failureOf } from './dial-fixture.ts'
import { dial, type DialOptions } from './dial.ts'

/** Speaks SSH well, apart from the behaviour given. */
export async function hostile(behaviour: HostileBehaviour): Promise<HostileServer> {
  const server = await startHostile(behaviour)
  onTestFinished(() => server.stop())
  return server
}

/** No key, no agent, and the password the servers take. */
export const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: acceptedPassword }

/** Dials with the password; closed when the test is over. */
export async function reach(server: HostileServer, more: Partial<DialOptions> = {}): Promise<Connection> {
  const hostKeys = { files: [], trustNew: false, ...(server.fingerprint === '' ? {} : { pin: server.fingerprint }) }
  const target = { host: '127.0.0.1', port: server.port, user: 'responder' }
  const connection = await dial(target, { credentials, hostKeys, ...more })
  onTestFinished(() => connection.close())
  return connection
}

/** The failure, and proof that no socket was left behind. */
export async function failure(server: HostileServer, more: Partial<DialOptions> = {}): Promise<TourniquetError> {
  const error = await failureOf(reach(server, more))
  await expect.poll(() => server.open()).toBe(0)
  return error
}
