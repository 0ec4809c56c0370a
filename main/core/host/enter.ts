// Entering one host: arrival, proof of the toolbox, the other tools, an earlier folder if there is one, then a session with two lanes.
// The session owns its lanes and the connection it was given: `close` and `detach` end both.

import { concatBytes } from '../bytes.ts'
import { TourniquetError, isTourniquetError } from '../errors.ts'
import { hostText } from '../host-text.ts'
import type { Clock, Connection, Ending, Hashing, Random, ScreenSize, TerminalChannel } from '../ports.ts'
import adoptCheck from './adopt-check.sh?raw'
import type { ArriveOptions, Landing } from './arrive.ts'
import { arrive, crossForLane, hex } from './arrive.ts'
import { nulFields } from './file-meta.ts'
import type { Sudo } from './gate.ts'
import identify from './identify.sh?raw'
import type { Lane } from './lane.ts'
import putTool from './put-tool.sh?raw'
import type { Arrival, HostReply, HostRequest, HostSession, LaneName, Traffic } from './session.ts'
import type { Tool, Toolbox } from './toolbox.ts'

export interface EnterOptions {
  readonly toolbox: Toolbox
  readonly clock: Clock
  readonly random: Random
  readonly hashing: Hashing
  readonly sudo?: Sudo
  /** `workDir` of an earlier session on the same host and boot: its kept results become readable; ignored when it is not provably ours any more */
  readonly adoptDir?: string
  readonly signal?: AbortSignal
}

/** A plain path: it goes into a constant command and into the lane's own words. Only a name that arrivals make: the folder is removed in the end. */
const plainPath = /^\/[A-Za-z0-9._/-]*\.[0-9a-f]{12}$/
/** The toolbox hashes itself and forks a dozen times on a host that may have every core taken. */
const identifyLimit = 10_000

/**
 * Enters and proves the host. Rejects as `arrive` does, and with `toolbox-damaged` when the running toolbox is not ours byte for byte.
 * The connection is closed when it rejects. Takes over the connection: the session closes it.
 */
export async function enterHost(connection: Connection, options: EnterOptions): Promise<HostSession> {
  const session = new Session(connection, options)
  try {
    await session.enter()
    return session
  } catch (error) {
    await connection.close()
    throw error
  }
}

class Session implements HostSession {
  private readonly connection: Connection
  private readonly options: EnterOptions
  private readonly lanes = new Map<LaneName, Promise<Lane>>()
  /** the bulk lane, on the way since before the arrival; used once */
  private standby: ((workDir: string) => Promise<Lane>) | null = null
  private readonly trafficListeners: ((traffic: Traffic) => void)[] = []
  private readonly closedListeners: ((ending: Ending) => void)[] = []
  private ending: Ending | null = null
  private known: Arrival | null = null

  constructor(connection: Connection, options: EnterOptions) {
    this.connection = connection
    this.options = options
    connection.onClosed((ending) => {
      this.ending ??= ending
      for (const listener of this.closedListeners.splice(0)) listener(this.ending)
    })
  }

  get arrival(): Arrival {
    if (!this.known) throw new TourniquetError('internal', { what: 'a session before its arrival' })
    return this.known
  }

  async enter(): Promise<void> {
    const arriving = arrive(this.connection, this.laneOptions('control'))
    // With sudo the bulk lane starts once the control lane is through: a wrong password must not be counted twice by the host.
    if (!this.options.sudo) this.standby = this.cross('bulk')
    const landing = await arriving
    this.standby ??= this.cross('bulk')
    const { lane } = landing
    try {
      const rest = (this.options.toolbox[landing.arch] ?? []).filter((tool) => tool.name !== 'busybox')
      // All of it follows the toolbox in one go: proof, tools and the question about the earlier folder cost one round trip together.
      const [facts, adopt] = await Promise.all([
        this.identify(lane, landing.busybox),
        this.mayAdopt(lane, landing.busybox),
        ...rest.map((tool) => bring(lane, tool)),
      ])
      const workDir = adopt ? await this.moveInto(lane, adopt, landing.busybox, rest) : landing.workDir
      this.lanes.set('control', Promise.resolve(lane))
      this.known = {
        dialled: this.connection.dialled,
        arch: landing.arch,
        kernel: facts.kernel,
        hostname: facts.hostname,
        machineId: facts.machineId,
        bootId: facts.bootId,
        euid: landing.euid,
        sudo: this.options.sudo !== undefined,
        workDir,
        toolboxSha256: landing.busybox.sha256,
        preamble: preambleOf(landing),
        ourPids: facts.ourPids,
        adopted: adopt !== null,
      }
    } catch (error) {
      await leaveNothing(lane, this.options.clock)
      throw error
    }
  }

  async run(
    request: HostRequest,
    options: { readonly lane?: LaneName; readonly signal?: AbortSignal } = {},
  ): Promise<HostReply> {
    if (this.ending) throw new TourniquetError('link-lost', { reason: this.ending.reason })
    const ready = this.lanes.get(options.lane ?? 'control')
    const lane = ready ?? this.open(options.lane ?? 'control')
    const opened = await lane
    if (!opened.death) return opened.run(request, options.signal)
    // A lane that died (a child nobody can kill, a garbled frame) is replaced; what was pending on it has been rejected already.
    return (await this.open(options.lane ?? 'control', lane)).run(request, options.signal)
  }

  terminal(size: ScreenSize): Promise<TerminalChannel> {
    return this.connection.terminal(size)
  }

  onClosed(listener: (ending: Ending) => void): void {
    if (this.ending) listener(this.ending)
    else this.closedListeners.push(listener)
  }

  onTraffic(listener: (traffic: Traffic) => void): void {
    this.trafficListeners.push(listener)
  }

  async close(): Promise<void> {
    for (const lane of await this.openLanes()) lane.hangUp()
    await this.connection.close()
  }

  async detach(): Promise<void> {
    const lanes = await this.openLanes()
    const bulk = await this.settled('bulk')
    bulk?.hangUp()
    const last = (await this.settled('control')) ?? lanes.find((lane) => !lane.death) ?? (await this.open('control'))
    await leaveNothing(last, this.options.clock)
    await this.connection.close()
  }

  /** One lane at a time per name: whoever comes while it opens waits for the same one. */
  private open(name: LaneName, instead?: Promise<Lane>): Promise<Lane> {
    const standing = this.lanes.get(name)
    if (standing && standing !== instead) return standing
    const opening = this.enterLane(name)
    this.lanes.set(name, opening)
    opening.catch(() => {
      if (this.lanes.get(name) === opening) this.lanes.delete(name)
    })
    return opening
  }

  /** What stood by may have been refused (one session at a time) or ended meanwhile: then the lane crosses anew. */
  private async enterLane(name: LaneName): Promise<Lane> {
    const { workDir } = this.arrival
    const standby = name === 'bulk' ? this.standby : null
    if (standby) {
      this.standby = null
      const lane = await standby(workDir).catch(() => null)
      if (lane) return lane
    }
    return this.cross(name)(workDir)
  }

  private cross(name: LaneName): (workDir: string) => Promise<Lane> {
    return crossForLane(this.connection, name, this.laneOptions(name))
  }

  private async settled(name: LaneName): Promise<Lane | null> {
    const lane = await this.lanes.get(name)?.catch(() => null)
    return lane && !lane.death ? lane : null
  }

  private async openLanes(): Promise<readonly Lane[]> {
    const lanes = await Promise.all([this.settled('bulk'), this.settled('control')])
    return lanes.filter((lane) => lane !== null)
  }

  private laneOptions(lane: LaneName): ArriveOptions {
    const { toolbox, clock, random, sudo, signal } = this.options
    const onReply = (id: number, request: HostRequest, reply: HostReply | null): void => {
      for (const listener of this.trafficListeners) listener({ lane, id, request, reply })
    }
    return { toolbox, clock, random, sudo: sudo ?? null, onReply, ...(signal ? { signal } : {}) }
  }

  /** The running executable hashed behind a nonce: finds damage and clumsy tampering. A root attacker can fake the answer, and we say so. */
  private async identify(lane: Lane, busybox: Tool): Promise<Identified> {
    const nonce = hex(this.options.random.bytes(16))
    const reply = await lane.run({ argv: ['sh', '-c', identify, 'identify', nonce], timeLimit: identifyLimit })
    const expected = this.options.hashing.sha256().update(new TextEncoder().encode(nonce)).update(busybox.bytes).hex()
    const [digest, bootId, kernel, hostname, machineId, chain] = nulFields(reply.stdout)
    if (digest === undefined || text(digest) !== expected)
      throw new TourniquetError('toolbox-damaged', { detail: 'the running toolbox is not ours' })
    if (!bootId || !kernel || !hostname || !machineId || !chain)
      throw new TourniquetError('shell-unusable', { detail: 'identity cut short' })
    return {
      bootId: text(bootId),
      kernel: hostText(kernel),
      hostname: hostText(hostname),
      machineId: machineId.length === 0 ? null : hostText(machineId),
      ourPids: text(chain)
        .split(' ')
        .filter((pid) => /^\d+$/.test(pid))
        .map(Number),
    }
  }

  private async mayAdopt(lane: Lane, busybox: Tool): Promise<string | null> {
    const { adoptDir } = this.options
    if (adoptDir === undefined || !plainPath.test(adoptDir)) return null
    const reply = await lane.run({ argv: ['sh', '-c', adoptCheck, 'adopt', adoptDir, busybox.sha256] })
    return reply.exit === 0 && text(reply.stdout).trim() === 'yes' ? adoptDir : null
  }

  /** The lane becomes one in the earlier folder, the folder just made goes, and the toolbox there proves itself again. */
  private async moveInto(lane: Lane, adoptDir: string, busybox: Tool, rest: readonly Tool[]): Promise<string> {
    await lane.say(new TextEncoder().encode(`adopt ${adoptDir}\n${lane.marker}\n`))
    await Promise.all([this.identify(lane, busybox), ...rest.map((tool) => bring(lane, tool))])
    return adoptDir
  }
}

interface Identified {
  readonly bootId: string
  readonly kernel: Arrival['kernel']
  readonly hostname: Arrival['hostname']
  readonly machineId: Arrival['machineId']
  readonly ourPids: readonly number[]
}

async function bring(lane: Lane, tool: Tool): Promise<void> {
  const reply = await lane.run({
    argv: ['sh', '-c', putTool, 'put', tool.name],
    stdin: tool.bytes,
    timeLimit: identifyLimit,
  })
  if (reply.exit !== 0 || !text(reply.stdout).startsWith(`${tool.sha256} `))
    throw new TourniquetError('toolbox-damaged', { tool: tool.name })
}

/** Removes our folder and waits, shortly, until the host's end has gone. Best effort: a dead link leaves a folder in tmpfs, which the next boot clears. */
async function leaveNothing(lane: Lane, clock: Clock): Promise<void> {
  try {
    await lane.say(new TextEncoder().encode('detach\n'))
  } catch (error) {
    if (!isTourniquetError(error)) throw error
    return
  }
  const stop = new AbortController()
  const gone = new Promise<void>((resolve) => {
    lane.onEnded(() => {
      resolve()
    })
  })
  await Promise.race([gone, clock.sleep(5000, stop.signal).catch(() => undefined)])
  stop.abort()
}

function preambleOf(landing: Landing): Uint8Array {
  return concatBytes([landing.preamble, landing.lane.preamble])
}

/** Our own scripts' plain words; anything else becomes text that matches nothing. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
