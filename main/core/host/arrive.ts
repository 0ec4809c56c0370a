// Crossing the login chain once: from an exec channel that the host's own shell answers to a lane that our busybox answers. The login shell sees one
// constant line; the toolbox travels over the same stdin, not SFTP, because that spares round trips, works where no sftp-server is, and with sudo the bytes
// pass through sudo itself into a folder the login user cannot touch. Whatever the chain prints before our marker is kept as evidence, never obeyed.

import { concatBytes } from '../bytes.ts'
import { TourniquetError } from '../errors.ts'
import { hostText, shown } from '../host-text.ts'
import type { Clock, Connection, Random } from '../ports.ts'
import bootstrap from './bootstrap.sh?raw'
import { Gate } from './gate.ts'
import type { Sudo } from './gate.ts'
import laneScript from './lane.sh?raw'
import { Lane } from './lane.ts'
import type { LaneOptions } from './lane.ts'
import { quoteText } from './quote.ts'
import type { Arch, Tool, Toolbox } from './toolbox.ts'

/** Silence of a login chain we bear: PAM modules that ask LDAP or DNS take up to ten seconds, twice that is a host that does not answer. */
const patience = 20_000

export interface ArriveOptions {
  readonly toolbox: Toolbox
  readonly clock: Clock
  readonly random: Random
  readonly sudo: Sudo | null
  readonly signal?: AbortSignal
  readonly onReply?: LaneOptions['onReply']
}

/** What the bootstrap said about the host, and the lane on it: already usable, its first frame not yet seen. */
export interface Landing {
  readonly lane: Lane
  readonly arch: Arch
  readonly euid: number
  readonly workDir: string
  readonly busybox: Tool
  /** what the login chain printed, both streams, before our marker */
  readonly preamble: Uint8Array
}

/**
 * Enters by the front door: finds a place, brings the toolbox, starts the control lane. One round trip for the place, none more for the lane.
 * Rejects with `shell-unusable`, `host-timeout`, `host-flooded`, `not-linux`, `arch-unsupported`, `no-place-for-toolbox`, `sudo-absent`,
 * `sudo-password-missing`, `sudo-refused`, `toolbox-damaged`, `link-lost`, `cancelled`.
 */
export async function arrive(connection: Connection, options: ArriveOptions): Promise<Landing> {
  const { random, toolbox } = options
  const marker = hex(random.bytes(16))
  const need = Math.max(...Object.values(toolbox).flatMap((tools) => tools.map((tool) => tool.bytes.length)))
  const name = `.${hex(random.bytes(6))}`
  const words = [marker, name, String(need), `control.${hex(random.bytes(4))}`]
  const crossing = await cross(connection, bootstrap, words, marker, options)
  try {
    const { word, rest } = await crossing.answer()
    const place = placeOf(word, rest, name)
    const tools = toolbox[place.arch] ?? []
    const busybox = tools.find((tool) => tool.name === 'busybox')
    if (!busybox) throw new TourniquetError('arch-unsupported', { arch: place.arch })
    const script = new TextEncoder().encode(laneScript)
    const { lane, laneMarker } = crossing.handOver(marker)
    const body = place.reader === 'dd' ? [busybox.bytes, script] : [octalLines(busybox.bytes), octalLines(script)]
    const sizes = new TextEncoder().encode(`${busybox.bytes.length} ${script.length}\n`)
    const upload = lane.say(concatBytes([sizes, ...body, new TextEncoder().encode(`${laneMarker}\n`)]))
    upload.catch(() => undefined) // the lane's own ending tells
    return { lane, arch: place.arch, euid: place.euid, workDir: place.workDir, busybox, preamble: crossing.preamble() }
  } catch (error) {
    crossing.close()
    throw error
  }
}

/** The line for a further lane: it crosses the login chain, waits to be told the folder, and is nothing but the way to our busybox there. */
const laneOpening =
  'printf "\\n%s lane\\n" "$1"; IFS= read -r d && exec "$d/busybox" env -i PATH="$d" "$d/busybox" sh "$d/lane.sh" "$d" "$2";'

/**
 * Begins to cross the login chain for a further lane, and returns how to end it: in the folder of an arrival, which need not stand yet. The round trips
 * of the crossing so fall together with those of the arrival. What goes wrong is told by the second call, which rejects as `arrive` does.
 */
export function crossForLane(
  connection: Connection,
  name: string,
  options: ArriveOptions,
): (workDir: string) => Promise<Lane> {
  const marker = hex(options.random.bytes(16))
  const crossed = cross(connection, laneOpening, [marker, `${name}.${hex(options.random.bytes(4))}`], marker, options)
  crossed.catch(() => undefined) // told to whoever wants the lane
  return async (workDir) => {
    const crossing = await crossed
    try {
      const { word } = await crossing.answer()
      if (word !== 'lane') throw new TourniquetError('shell-unusable', { detail: word })
      const { lane, laneMarker } = crossing.handOver(marker)
      await lane.say(new TextEncoder().encode(`${workDir}\n${laneMarker}\n`))
      return lane
    } catch (error) {
      crossing.close()
      throw error
    }
  }
}

/**
 * A script as one line for any login shell: comment lines dropped, the others joined by blanks. csh cannot hold a newline in quotes and obeys `!` there,
 * fish obeys `\\` and `\'`; a script with any of them is refused, which a test sees long before a host does.
 */
export function oneLine(script: string): string {
  const line = script
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('#'))
    .join(' ')
  if (/['!]|\\\\/.test(line))
    throw new TourniquetError('internal', { what: 'a bootstrap script that not every login shell can hold' })
  return line
}

/** The constant command of one crossing. `exec` everywhere: no shell of the host stays behind between us and our own. */
export function crossingCommand(
  script: string,
  words: readonly string[],
  sudo: { readonly prompt: string; readonly ask: boolean } | null,
): string {
  const inner = [oneLine(script), 'sh', ...words]
  if (!sudo) return `exec /bin/sh -c ${inner.map(quoteText).join(' ')}`
  const outer =
    'm=$1; p=$2; k=$3; shift 3; LC_ALL=C; export LC_ALL; unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV; ' +
    'for s in /usr/bin/sudo /bin/sudo /usr/local/bin/sudo /usr/sbin/sudo /opt/sudo/bin/sudo; do ' +
    '[ -x "$s" ] && exec "$s" "$k" -p "$p" -- /bin/sh -c "$@"; done; printf "\\n%s no-sudo\\n" "$m";'
  const all = [outer, 'sh', words[0] ?? '', sudo.prompt, sudo.ask ? '-S' : '-n', ...inner]
  return `exec /bin/sh -c ${all.map(quoteText).join(' ')}`
}

interface Crossing {
  /** The word and the rest of the first line that begins with our marker. */
  answer(): Promise<{ readonly word: string; readonly rest: Uint8Array }>
  /** From here on the channel feeds a lane; `bootMarker` still introduces a late failure of the bootstrap. */
  handOver(bootMarker: string): { readonly lane: Lane; readonly laneMarker: string }
  preamble(): Uint8Array
  close(): void
}

async function cross(
  connection: Connection,
  script: string,
  words: readonly string[],
  marker: string,
  options: ArriveOptions,
): Promise<Crossing> {
  const { clock, random, sudo, signal } = options
  if (signal?.aborted) throw new TourniquetError('cancelled')
  const prompt = `${hex(random.bytes(12))}:`
  const channel = await connection.exec(crossingCommand(script, words, sudo && { prompt, ask: sudo.password !== null }))
  const gate = new Gate(channel, marker, sudo, prompt)
  const stop = new AbortController()
  return {
    answer: () => {
      clock.sleep(patience, stop.signal).then(
        () => {
          gate.fail(new TourniquetError('host-timeout', { what: 'login shell' }))
        },
        () => undefined,
      )
      signal?.addEventListener(
        'abort',
        () => {
          gate.fail(new TourniquetError('cancelled'))
        },
        { once: true },
      )
      return gate.answered.finally(() => {
        stop.abort()
      })
    },
    handOver: (bootMarker) => {
      const laneMarker = hex(random.bytes(16))
      const lane = new Lane(channel, {
        clock,
        marker: laneMarker,
        ...(options.onReply ? { onReply: options.onReply } : {}),
      })
      gate.handOver(lane, bootMarker)
      return { lane, laneMarker }
    },
    preamble: () => gate.preamble(),
    close: () => {
      channel.close()
    },
  }
}

interface Place {
  readonly arch: Arch
  readonly euid: number
  readonly reader: 'dd' | 'printf'
  readonly workDir: string
}

/**
 * Reads the bootstrap's answer. The folder must be a plain path, since it becomes a constant of ours, and bear the name we gave it: we remove it when we
 * leave, and a host that lies must not have us remove another.
 */
function placeOf(word: string, rest: Uint8Array, name: string): Place {
  const text = shown(hostText(rest))
  if (word === 'not-linux') throw new TourniquetError('not-linux', { system: text })
  if (word === 'no-proc') throw new TourniquetError('shell-unusable', { detail: 'no /proc' })
  if (word === 'no-sudo') throw new TourniquetError('sudo-absent', {})
  if (word === 'nowhere') throw new TourniquetError('no-place-for-toolbox', { detail: text })
  const match = /^(\S+) (\d+) (dd|printf) (\/[A-Za-z0-9._/-]+)$/.exec(text)
  if (word !== 'at' || !match?.[4]?.endsWith(`/${name}`))
    throw new TourniquetError('shell-unusable', { detail: `${word} ${text}`.slice(0, 400) })
  const [, arch = '', euid, reader, workDir = ''] = match
  const known = archNames[arch]
  if (!known) throw new TourniquetError('arch-unsupported', { arch })
  return { arch: known, euid: Number(euid), reader: reader === 'dd' ? 'dd' : 'printf', workDir }
}

const archNames: Readonly<Record<string, Arch>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  aarch64: 'aarch64',
  arm64: 'aarch64',
}

/** Bytes as lines for `printf` of any shell, octal throughout: no byte of them means anything to a shell. Ends with a line of one dot. */
export function octalLines(bytes: Uint8Array): Uint8Array {
  const perLine = 512
  const table = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += perLine) {
    let line = ''
    for (const byte of bytes.subarray(at, at + perLine)) line += table[byte] ?? ''
    lines.push(line)
  }
  lines.push('.', '')
  return new TextEncoder().encode(lines.join('\n'))
}

/** Lower-case hex of a few bytes. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
