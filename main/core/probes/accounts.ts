// Accounts, sudo rules, PAM stacks and copies of shells that run as root: facts from raw bytes, nothing trimmed. Of passwords only their state is read;
// no hash ever leaves the host.

import { shown, type HostText } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'
import { triOf } from '../tri.ts'
import script from './accounts.sh?raw'
import type { AccountFact, FactKind, PamRuleFact, SetuidShellFact, SudoRuleFact } from './facts.ts'
import { metaOf, readingsOf } from './metas.ts'
import { isOpenDoor, parsePamStack, programOf } from './pam-stack.ts'
import { groupsOf, parseGroups, parsePasswd } from './passwd.ts'
import type { Probe } from './probe.ts'
import { type Findings, type Sections, ask, complaint, gather, linesOf, parseSections, textOf } from './reply.ts'
import setuidScript from './setuid.sh?raw'
import { parseDoas, parseSudoers } from './sudoers.ts'

const fileCap = 512 * 1024
/** Setuid programs looked at: distributions have some tens. */
const maxSetuid = 200
/** Milliseconds for the walk over folders of programs and people: beyond it the answer is unknown rather than late. */
const walkLimit = 4000
const spoils: readonly FactKind[] = ['account', 'sudo-rule', 'pam-rule']

export const accounts: Probe = {
  id: 'accounts',
  after: [],
  async read(context) {
    const into = gather('accounts')
    const argv = ['sh', '-c', script, 'accounts', String(fileCap)]
    const walk = ['sh', '-c', setuidScript, 'setuid', String(maxSetuid)]
    const [reply, setuid] = await Promise.all([
      ask(context, into, 'accounts/files', { argv, stdoutLimit: 4 * 1024 * 1024 }, spoils),
      ask(context, into, 'accounts/setuid', { argv: walk, timeLimit: walkLimit }, ['setuid-shell'], 'bulk'),
    ])
    const copies = setuid ? parseSetuid(setuid.stdout, into) : []
    const sections = reply && parseSections(reply.stdout)
    if (reply && !sections) into.unknown('accounts/files', 'unparseable', complaint(reply), spoils)
    const drafts = [...(sections ? accountDrafts(sections, into) : []), ...copies]
    const paths = [...new Set(drafts.map(({ path }) => path))]
    const metas = await readingsOf(context, into, paths, spoils, 'control')
    const metaAt = new Map(paths.map((path, at) => [path, metaOf(metas[at])]))
    for (const { path, make } of drafts) {
      const meta = metaAt.get(path)
      if (meta) into.facts.push(make(meta))
    }
    return into.outcome()
  },
}

type AccessFact = AccountFact | SudoRuleFact | PamRuleFact | SetuidShellFact

/** A fact that still lacks what its file is. */
export interface Draft {
  readonly path: string
  readonly make: (meta: FileMeta) => AccessFact
}

/** Facts of everything the script printed. What was cut or denied is told through `into`. */
export function accountDrafts(sections: Sections, into: Pick<Findings, 'unknown'>): readonly Draft[] {
  if (!sections.complete) into.unknown('accounts/files', 'truncated', 'the reply ends early', spoils)
  for (const [name] of sections.entries('denied '))
    into.unknown(shown(textOf(name.slice('denied '.length))), 'not-permitted', 'this login may not read it', spoils)
  const close = `M=${sections.mark}`
  const files = new Map(
    sections.entries('file ').flatMap(([name, text]) => {
      if (!text.endsWith(close)) return []
      const path = name.slice('file '.length)
      const content = text.slice(0, -close.length)
      if (content.length >= fileCap)
        into.unknown(shown(textOf(path)), 'truncated', `only its first ${fileCap} bytes were read`, spoils)
      return [[path, content] as const]
    }),
  )
  return [...passwdDrafts(sections, files, into), ...sudoDrafts(sections, files), ...pamDrafts(sections, files)]
}

/** Membership of these is as good as root (each can read or write the whole disk, or start a container that does). */
const powerful = new Set([
  'root',
  'sudo',
  'wheel',
  'admin',
  'docker',
  'lxd',
  'incus-admin',
  'libvirt',
  'disk',
  'shadow',
  'kmem',
])
/** Shells that refuse, by their exact names: one blank more is another file. */
const refusing = new Set([
  ...[
    '/usr/sbin/nologin',
    '/sbin/nologin',
    '/usr/bin/nologin',
    '/bin/false',
    '/usr/bin/false',
    '/sbin/false',
    '/bin/true',
  ],
  ...[
    '/usr/bin/true',
    '/bin/sync',
    '/usr/bin/sync',
    '/sbin/halt',
    '/usr/sbin/halt',
    '/sbin/shutdown',
    '/usr/sbin/shutdown',
    '/dev/null',
  ],
])

function passwdDrafts(
  sections: Sections,
  files: ReadonlyMap<string, string>,
  into: Pick<Findings, 'unknown'>,
): readonly Draft[] {
  const path = '/etc/passwd'
  const { accounts: all, odd } = parsePasswd(files.get(path) ?? '')
  if (all.length === 0) into.unknown(path, 'failed', 'no account could be read', ['account'])
  for (const { line, raw } of odd)
    into.unknown(
      `${path}:${line}`,
      'unparseable',
      shown(textOf(raw.slice(0, 200))),
      /^[+-]/.test(raw) ? ['account'] : [],
    )
  const groups = parseGroups(files.get('/etc/group') ?? '')
  const shadow = shadowStates(sections)
  const runs = new Map(
    linesOf((sections.get('shells') ?? '').replace(/\n$/, '')).map((line): [string, Tri] => [
      line.slice(line.indexOf(' ') + 1),
      triOf(line.startsWith('yes ')),
    ]),
  )
  const listed = files.has('/etc/shells') ? new Set((files.get('/etc/shells') ?? '').split('\n')) : null
  const backup = new Set(parsePasswd(files.get('/etc/passwd-') ?? '').accounts.map(({ name }) => name))
  return all.map((account) => ({
    path,
    make: (file): AccountFact => ({
      kind: 'account',
      file,
      line: account.line,
      raw: textOf(account.raw),
      name: textOf(account.name),
      uid: account.uid,
      gid: account.gid,
      home: textOf(account.home),
      shell: textOf(account.shell),
      ...passwordOf(account.password, account.name, shadow),
      login: loginOf(account.shell, runs),
      shellListed: listed === null ? 'unknown' : triOf(account.shell === '' || listed.has(account.shell)),
      powerfulGroups: groupsOf(account, groups)
        .filter((name) => powerful.has(name) && !(account.uid === 0 && name === 'root') && name !== account.name)
        .map((name) => textOf(name)),
      inBackup: backup.size === 0 ? 'unknown' : triOf(backup.has(account.name)),
    }),
  }))
}

type Shadow = ReadonlyMap<string, { readonly state: 'set' | 'empty' | 'locked'; readonly day: number | null }>

/** Null when shadow could not be read. Of two lines for one name the C library takes the first. */
function shadowStates(sections: Sections): Shadow | null {
  const text = sections.get('shadow')
  if (text === null || text.trim() === '') return null
  const states = new Map<string, { state: 'set' | 'empty' | 'locked'; day: number | null }>()
  for (const line of linesOf(text)) {
    const [, state, day, name] = /^(set|empty|locked) (\d+|-) ([^]*)$/.exec(line) ?? []
    if (name === undefined || states.has(name)) continue
    // whoever wrote a day beyond all calendars shall not hide what stands beside it
    const known = day !== undefined && /^\d{1,9}$/.test(day) ? Number(day) : null
    states.set(name, { state: state as 'set' | 'empty' | 'locked', day: known })
  }
  return states
}

function passwordOf(field: string, name: string, shadow: Shadow | null): Pick<AccountFact, 'password' | 'passwordDay'> {
  if (field === '') return { password: 'empty', passwordDay: null }
  if (field === '(hash)') return { password: 'set', passwordDay: null }
  if (field !== 'x') return { password: 'locked', passwordDay: null }
  if (shadow === null) return { password: 'unknown', passwordDay: null }
  // an account without a line in shadow cannot log in by password
  const known = shadow.get(name)
  return { password: known?.state ?? 'locked', passwordDay: known?.day ?? null }
}

function loginOf(shell: string, runs: ReadonlyMap<string, Tri>): Tri {
  if (shell === '') return 'yes' // the C library takes /bin/sh
  if (refusing.has(shell)) return 'no'
  return runs.get(shell) ?? 'unknown'
}

function sudoDrafts(sections: Sections, files: ReadonlyMap<string, string>): readonly Draft[] {
  // what sudo read lies between its main file and doas.conf, in the order of the reply
  const names = [...files.keys()]
  const start = names.indexOf('/etc/sudoers')
  const sudo =
    start === -1 ? [] : names.slice(start).filter((name) => !/^\/etc\/(doas\.conf|pam\.conf|pam\.d\/.*)$/.test(name))
  const grants = [
    ...sudo.flatMap((path) => parseSudoers(files.get(path) ?? '').map((grant) => ({ path, grant }))),
    ...parseDoas(files.get('/etc/doas.conf') ?? '').map((grant) => ({ path: '/etc/doas.conf', grant })),
  ]
  return grants.map(({ path, grant }) => ({
    path,
    make: (file): SudoRuleFact => ({
      kind: 'sudo-rule',
      file,
      line: grant.line,
      raw: textOf(grant.raw),
      who: textOf(grant.who),
      commands: textOf(grant.commands),
      noPassword: grant.noPassword,
      skipped: sections.get(`skipped ${path}`) !== null,
    }),
  }))
}

function pamDrafts(sections: Sections, files: ReadonlyMap<string, string>): readonly Draft[] {
  const lying = (sections.get('modules') ?? '').split('\0').slice(0, -1)
  const [database, ...owned] = linesOf(sections.get('owned') ?? '')
  const lists = database === 'dpkg' ? new Set(owned.map(withoutUsr)) : null
  return [...files]
    .filter(([path]) => path.startsWith('/etc/pam.d/') || path === '/etc/pam.conf')
    .flatMap(([path, content]) =>
      parsePamStack(content, path === '/etc/pam.conf').flatMap((rule): Draft[] => {
        const found = rule.module.startsWith('/')
          ? rule.module
          : (lying.find((each) => each.endsWith(`/${rule.module}`)) ?? null)
        const owner: Tri = lists === null || found === null ? 'unknown' : triOf(lists.has(withoutUsr(found)))
        const program = programOf(rule)
        const openDoor = isOpenDoor(rule)
        if (program === null && !openDoor && owner !== 'no') return []
        return [
          {
            path,
            make: (file): PamRuleFact => ({
              kind: 'pam-rule',
              file,
              line: rule.line,
              raw: textOf(rule.raw),
              type: rule.type,
              module: textOf(rule.module),
              modulePath: found === null ? null : textOf(found),
              owned: owner,
              program: program === null ? null : textOf(program),
              openDoor,
            }),
          },
        ]
      }),
    )
}

/** /lib and /usr/lib are one folder on hosts that merged them; names alone are compared. */
function withoutUsr(path: string): string {
  return path.replace(/^\/usr\//, '/')
}

/** Copies of shells among the setuid programs. */
export function parseSetuid(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): readonly Draft[] {
  const sections = parseSections(stdout)
  if (!sections?.complete) {
    into.unknown('setuid programs', 'truncated', 'the walk did not come to its end', ['setuid-shell'])
    if (!sections) return []
  }
  if (sections.get('cut') !== null)
    into.unknown('setuid programs', 'truncated', `only the first ${maxSetuid} were looked at`, ['setuid-shell'])
  const shells = new Map(
    sums(sections.get('shells')).map(({ sha256, path }): [string, HostText] => [sha256, textOf(path)]),
  )
  return sums(sections.get('setuid')).flatMap(({ sha256, path }) => {
    const shell = shells.get(sha256)
    return shell ? [{ path, make: (file: FileMeta): SetuidShellFact => ({ kind: 'setuid-shell', file, shell }) }] : []
  })
}

function sums(text: string | null): readonly { readonly sha256: string; readonly path: string }[] {
  return linesOf(text ?? '').flatMap((line) => {
    const [, sha256, path] = /^([0-9a-f]{64}) {2}([^]+)$/.exec(line) ?? []
    return sha256 && path ? [{ sha256, path }] : []
  })
}
