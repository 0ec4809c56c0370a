// Mounts that lie over what others read: /proc, /proc/N, system folders. Every mount namespace of the host is looked at, none is entered.

import { underCleanProc } from '../host/clean-proc.ts'
import type { MountFact } from './facts.ts'
import mountsScript from './mounts.sh?raw'
import type { Probe } from './probe.ts'
import { unescapeOctal } from './proc-text.ts'
import { type Findings, ask, complaint, gather, linesOf, parseSections, textOf } from './reply.ts'

const maxNamespaces = 256
/** The script cuts a table here; a table of that length is taken as cut. */
const tableCap = 262_144

export const mounts: Probe = {
  id: 'mounts',
  after: [],
  async read(context) {
    const into = gather('mounts')
    const argv = underCleanProc(mountsScript, 'mounts', [String(maxNamespaces)])
    const reply = await ask(context, into, 'mounts/tables', { argv, stdoutLimit: 4 * 1024 * 1024 }, ['mount'])
    if (!reply) return into.outcome()
    const facts = parseMounts(reply.stdout, into)
    if (facts) into.facts.push(...facts)
    else into.unknown('mounts/tables', 'unparseable', complaint(reply), ['mount'])
    return into.outcome()
  },
}

/** Null when the reply is not one of our script. */
export function parseMounts(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): MountFact[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const facts: MountFact[] = []
  let tables = 0
  const init = /'\/proc\/1\/ns\/mnt' -> 'mnt:\[(\d+)\]'/.exec(sections.find('session ') ?? '')?.[1]
  for (const [name, table] of sections.entries('table ')) {
    const [, inode, pid = ''] = name.split(' ')
    // the first table is our session's own
    const home = tables === 0 || inode === init
    tables += 1
    if (table === '' || table.length >= tableCap)
      into.unknown(
        `mounts of namespace ${inode ?? ''}`,
        table === '' ? 'failed' : 'truncated',
        'not read whole',
        home ? ['mount'] : [],
      )
    facts.push(...mountFacts(table, Number(pid === 'self' ? 0 : pid), home))
  }
  if (tables === 0) into.unknown('mount namespaces', 'failed', 'none could be read', ['mount'])
  if (tables >= maxNamespaces) into.unknown('mount namespaces', 'truncated', `only ${tables} were read`, ['mount'])
  return facts
}

/** Folders whose files are programs, libraries, settings or schedules: a mount on or below them changes what everybody runs or reads. */
const systemFolders =
  /^\/(bin|sbin|lib|lib32|lib64|libx32|etc|root|usr\/(bin|sbin|lib|lib32|lib64|libx32|libexec|local\/(bin|sbin|lib))|var\/(spool|lib\/dpkg|lib\/rpm|log))(\/|$)/

/** Mounts of one table over /proc/N (and a second one over /proc itself) and, in the host's own namespaces, over system folders. */
export function mountFacts(mountinfo: string, seenInPid: number, home: boolean): MountFact[] {
  const facts: MountFact[] = []
  let procs = 0
  for (const line of linesOf(mountinfo)) {
    const [left, right] = splitOnce(line, ' - ')
    const [mountId = '', , , root = '', rawPoint = '', options = ''] = left.split(' ')
    const [fsType = '', source = '', superOptions = ''] = right.split(' ')
    const point = unescapeOctal(rawPoint)
    if (!/^\d+$/.test(mountId) || !point.startsWith('/')) continue
    if (point === '/proc') procs += 1
    // A second procfs over /proc hides only from those who share the namespace: sandboxes (and our own looks) each have one of their own.
    const overAll = point === '/proc' && (fsType !== 'proc' || (home && procs > 1))
    const overProc = /^\/proc\/\d+(\/|$)/.test(point) || overAll
    if (!overProc && !(home && systemFolders.test(point))) continue
    facts.push({
      kind: 'mount',
      mountId: Number(mountId),
      point: textOf(point),
      root: textOf(unescapeOctal(root)),
      source: textOf(unescapeOctal(source)),
      fsType: textOf(fsType),
      options: textOf(`${options},${superOptions}`),
      seenInPid,
    })
  }
  return facts
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
