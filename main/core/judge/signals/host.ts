// Signals of mounts, ownerless connections, logins and of the host's own view: small sheets, one room.

import { shown } from '../../host-text.ts'
import type { LoginFact, MountFact, ProcessFact, SocketFact } from '../../probes/facts.ts'
import { known, type SignalDatum } from '../catalogue.ts'
import { isLoopback } from '../indicators.ts'
import type { Scene } from '../scene.ts'
import { canonicalPath, excerpt, plain } from '../text.ts'
import { sure, when, type Judging, type Predicates } from './predicate.ts'

const mountSignals: Predicates<MountFact, SignalDatum> = {
  'covers-process': (mount) =>
    when(/^\/proc\/[0-9]+(\/|$)/.test(plain(mount.point)), {
      source: excerpt(mount.source),
      point: excerpt(mount.point),
    }),
  'covers-system': (mount) => {
    const point = canonicalPath(plain(mount.point))
    const system = /^\/usr\/s?bin(\/|$)|^\/(s?bin)$|^\/etc\/cron|^\/var\/spool\/cron|^\/etc\/systemd\/system(\/|$)/
    return when(system.test(point), { source: excerpt(mount.source), point: excerpt(mount.point) })
  },
}

export const mountJudging: Judging<MountFact> = { kind: 'mount', signals: mountSignals, guards: {} }

/** Ports of connections the kernel itself holds: NFS, iSCSI, SMB, NBD, Ceph. */
const kernelPorts = new Set([111, 445, 2049, 3260, 3300, 6789, 10_809])

const socketSignals: Predicates<SocketFact, SignalDatum> = {
  'ownerless-to-pool': (socket, scene) => {
    const hit = ownerless(socket, scene) ? scene.indicators.address(socket.remoteAddress, socket.remotePort) : null
    if (hit === null) return null
    const params = { address: socket.remoteAddress, port: socket.remotePort, source: hit.source }
    return { ...sure(params), permille: hit.permille }
  },
  ownerless: (socket, scene) =>
    when(ownerless(socket, scene), { address: socket.remoteAddress, port: socket.remotePort }),
}

/** An open connection outward without a process, on a host where owners could be read. */
function ownerless(socket: SocketFact, scene: Scene): boolean {
  return (
    socket.state === 'established' &&
    socket.protocol === 'tcp' &&
    socket.pids.length === 0 &&
    socket.inode !== '0' &&
    !isLoopback(socket.remoteAddress) &&
    !kernelPorts.has(socket.remotePort) &&
    !kernelPorts.has(socket.localPort) &&
    !scene.spoiled('socket') &&
    scene.sockets.some((one) => one.pids.length > 0)
  )
}

export const socketJudging: Judging<SocketFact> = { kind: 'socket', signals: socketSignals, guards: {} }

const loginParams = (login: LoginFact) => ({
  user: excerpt(login.user),
  from: excerpt(login.from),
  count: login.count,
  first: excerpt(login.first),
  last: excerpt(login.last),
})

const loginSignals: Predicates<LoginFact, SignalDatum> = {
  'accepted-after-burst': (login) => when(login.what === 'accepted-after-burst', loginParams(login)),
  'failed-burst': (login) => when(login.what === 'failed-burst', loginParams(login)),
}

export const loginJudging: Judging<LoginFact> = { kind: 'login', signals: loginSignals, guards: {} }

/** The host as a whole: the processes its views leave out. */
export interface HiddenProcesses {
  readonly fromPs: readonly ProcessFact[]
  readonly fromListing: readonly ProcessFact[]
}

export function hiddenProcesses(scene: Scene): HiddenProcesses {
  const settled = scene.processes.filter((one) => one.ageSeconds >= known.limits.hiddenMinAgeSeconds && !one.ours)
  return {
    fromPs: scene.hostViewUsable ? settled.filter((one) => one.inHostPs === 'no' && one.inReaddir !== 'no') : [],
    fromListing: settled.filter((one) => one.inReaddir === 'no'),
  }
}

function listed(processes: readonly ProcessFact[]): { count: number; pids: string } {
  const pids = processes.slice(0, 16).map((one) => `${one.identity.pid} (${shown(one.comm)})`)
  return { count: processes.length, pids: pids.join(', ') + (processes.length > 16 ? ', …' : '') }
}

const hijackSignals: Predicates<HiddenProcesses, SignalDatum> = {
  'host-ps-hides': (hidden) => when(hidden.fromPs.length > 0, listed(hidden.fromPs)),
  'listing-hides': (hidden) => when(hidden.fromListing.length > 0, listed(hidden.fromListing)),
}

export const hijackJudging: Judging<HiddenProcesses> = { kind: 'hijack', signals: hijackSignals, guards: {} }
