// Every key that opens an account, from sshd's own configuration read raw: Include, Match, tokens, the built-in default. What sshd would learn from a
// program or a certificate cannot be read, and is told as unknown.

import { shown } from '../host-text.ts'
import type { FileMeta } from '../host/identity.ts'
import type { Tri } from '../tri.ts'
import { parseKeyLine } from './authorized-key.ts'
import type { AuthorizedKeyFact, SshdSettingFact } from './facts.ts'
import keyFilesScript from './key-files.sh?raw'
import script from './keys.sh?raw'
import { metaOf, readingsOf } from './metas.ts'
import { groupsOf, isSystemAccount, parseGroups, parsePasswd } from './passwd.ts'
import type { Probe, ProbeContext } from './probe.ts'
import { type Findings, ask, bytesOf, complaint, gather, markedContents, parseSections, textOf } from './reply.ts'
import {
  type SshUser,
  type SshdSetting,
  daemonOptions,
  defaultKeyFiles,
  expandTokens,
  keyFilesFor,
  readSshdConfig,
  valuesFor,
} from './sshd-config.ts'

const configCap = 128 * 1024
const passwdCap = 1024 * 1024
/** Bytes read of one file of keys: people have a handful of keys, a jump host some hundreds. */
const keyFileCap = 256 * 1024
/** Accounts whose files are looked for: a directory service may list more; each costs two names. */
const maxAccounts = 3000
/** Names of files looked for: accounts times the places sshd was told of. */
const maxCandidates = 20_000
/** Keys read of one file. */
const maxKeys = 2000
const root = '/etc/ssh/sshd_config'

export const keys: Probe = {
  id: 'keys',
  after: [],
  async read(context) {
    const into = gather('keys')
    const argv = ['sh', '-c', script, 'keys', String(configCap), String(passwdCap)]
    const spoils = ['authorized-key', 'sshd-setting'] as const
    const reply = await ask(context, into, 'keys/config', { argv, stdoutLimit: 4 * 1024 * 1024 }, spoils)
    if (!reply) return into.outcome()
    const access = parseAccess(reply.stdout, into)
    if (!access) {
      into.unknown('keys/config', 'unparseable', complaint(reply), spoils)
      return into.outcome()
    }
    if (context.session.arrival.euid !== 0)
      into.unknown('keys of other accounts', 'not-permitted', 'this login may not look into their folders', [
        'authorized-key',
      ])
    const [files, metas] = await Promise.all([
      readKeyFiles(context, into, [...access.candidates.keys()]),
      readingsOf(context, into, access.configs, ['sshd-setting'], 'control'),
    ])
    const metaOfConfig = new Map(access.configs.map((path, at) => [path, metaOf(metas[at])]))
    into.facts.push(...settingFacts(access.settings, (path) => metaOfConfig.get(path) ?? null))
    const readings = await readingsOf(
      context,
      into,
      files.map(({ real }) => real),
      ['authorized-key'],
      'control',
    )
    into.facts.push(...keyFacts(files, readings.map(metaOf), access, context.hashing, into))
    return into.outcome()
  },
}

/** Who may be let in by which file. */
export interface Access {
  readonly settings: readonly SshdSetting[]
  /** paths of the configuration files that were read */
  readonly configs: readonly string[]
  /** candidate path → the accounts it would open, and whether sshd reads it */
  readonly candidates: ReadonlyMap<string, { readonly users: readonly SshUser[]; readonly effective: Tri }>
}

/** Null when the reply is not one of our script. */
export function parseAccess(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): Access | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const spoils = ['authorized-key', 'sshd-setting'] as const
  if (!sections.complete) into.unknown('keys/config', 'truncated', 'the reply ends early', spoils)
  const close = `M=${sections.mark}`
  const files = new Map(
    sections.entries('config ').flatMap(([name, text]) => {
      const path = name.slice('config '.length)
      if (!text.endsWith(close)) return []
      const content = text.slice(0, -close.length)
      if (content.length >= configCap)
        into.unknown(shown(textOf(path)), 'truncated', `only its first ${configCap} bytes were read`, spoils)
      return [[path, content] as const]
    }),
  )
  for (const [name] of sections.entries('denied '))
    into.unknown(shown(textOf(name.slice('denied '.length))), 'not-permitted', 'this login may not read it', spoils)
  const source = {
    file: (path: string) => files.get(path) ?? null,
    include: (pattern: string) => sections.get(`include ${pattern}`)?.split('\0').slice(0, -1) ?? null,
  }
  const daemons = (sections.get('daemons') ?? '').split('\0').slice(0, -1).map(daemonOptions)
  const roots = [...new Set([root, ...daemons.flatMap(({ config }) => config ?? [])])]
  const read = roots.filter((path) => files.has(path)).map((path) => readSshdConfig(path, source))
  for (const lost of read.flatMap((one) => one.lost))
    into.unknown(shown(textOf(lost)), 'failed', 'named by Include, and could not be followed', spoils)
  const settings = [...daemons.flatMap((one) => one.settings), ...read.flatMap((one) => one.settings)]
  const unread = [...new Set(roots)].filter(
    (path) => !files.has(path) && sections.get(`stat ${path}`)?.trim() !== 'gone',
  )
  for (const path of unread) into.unknown(shown(textOf(path)), 'failed', 'it could not be read', spoils)
  const { accounts } = parsePasswd(sections.get('passwd') ?? '')
  const groups = parseGroups(sections.get('group') ?? '')
  if (accounts.length === 0) into.unknown('/etc/passwd', 'failed', 'no account could be read', ['authorized-key'])
  if (accounts.length > maxAccounts)
    into.unknown('accounts', 'truncated', `${accounts.length - maxAccounts} more were not looked at`, [
      'authorized-key',
    ])
  const users = accounts.slice(0, maxAccounts).map((account): SshUser => {
    const { name, uid, home } = account
    return { name, uid, home, groups: groupsOf(account, groups) }
  })
  noteUnreadable(settings, users, into)
  return { settings, configs: [...files.keys()], candidates: candidatesOf(settings, users, unread.length > 0, into) }
}

/** What sshd asks a program or a signature for is known to nobody who only reads files. */
function noteUnreadable(
  settings: readonly SshdSetting[],
  users: readonly SshUser[],
  into: Pick<Findings, 'unknown'>,
): void {
  for (const keyword of ['authorizedkeyscommand', 'authorizedprincipalscommand'] as const) {
    const commands = new Set(users.flatMap((user) => valuesFor(settings, keyword, user).map((args) => args.join(' '))))
    for (const command of commands)
      if (command !== '' && command.toLowerCase() !== 'none')
        into.unknown(
          `keys that ${shown(textOf(command))} prints`,
          'not-supported',
          'sshd asks a program for keys; only running it would tell which',
          ['authorized-key'],
        )
  }
  const odd = settings.filter(
    ({ keyword, args }) =>
      keyword === 'authorizedkeysfile' &&
      args.some((arg) => expandTokens(arg, { name: '', uid: 0, home: '/', groups: [] }) === null && arg !== 'none'),
  )
  for (const { raw } of odd)
    into.unknown(shown(textOf(raw)), 'unparseable', 'a token sshd does not know here', ['authorized-key'])
}

function candidatesOf(
  settings: readonly SshdSetting[],
  users: readonly SshUser[],
  configUnread: boolean,
  into: Pick<Findings, 'unknown'>,
): Access['candidates'] {
  const candidates = new Map<string, { readonly users: SshUser[]; effective: Tri }>()
  for (const [at, user] of users.entries()) {
    if (candidates.size >= maxCandidates) {
      into.unknown('files of keys', 'truncated', `those of ${users.length - at} accounts were not looked for`, [
        'authorized-key',
      ])
      break
    }
    const effective = keyFilesFor(settings, user)
    const usual = defaultKeyFiles.flatMap((name) => expandTokens(name, user) ?? [])
    for (const path of new Set([...effective, ...usual])) {
      if (path.includes('\0') || path.length > 4096) continue
      const known = candidates.get(path) ?? { users: [], effective: 'no' as Tri }
      known.users.push(user)
      if (effective.includes(path)) known.effective = 'yes'
      else if (configUnread && known.effective === 'no') known.effective = 'unknown'
      candidates.set(path, known)
    }
  }
  return candidates
}

/** One file of keys as it was read. `candidate` is the name sshd uses, `real` where that leads. */
export interface KeyFile {
  readonly candidate: string
  readonly real: string
  readonly content: string
  /** device, inode, size and change time when it was read; null when it was gone */
  readonly seen: string | null
}

async function readKeyFiles(
  context: ProbeContext,
  into: Findings,
  candidates: readonly string[],
): Promise<readonly KeyFile[]> {
  if (candidates.length === 0) return []
  const request = {
    argv: ['sh', '-c', keyFilesScript, 'key-files', String(keyFileCap)],
    stdin: bytesOf(candidates.map((path) => `${path}\0`).join('')),
    stdoutLimit: 4 * 1024 * 1024,
    timeLimit: 10_000,
  }
  const reply = await ask(context, into, 'keys/files', request, ['authorized-key'])
  if (!reply) return []
  const files = parseKeyFiles(reply.stdout, into)
  if (!files) into.unknown('keys/files', 'unparseable', complaint(reply), ['authorized-key'])
  return files ?? []
}

/** Null when the reply is not one of our script. A file that two names lead to comes once, under the first. */
export function parseKeyFiles(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): KeyFile[] | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const files: KeyFile[] = []
  for (const [name, list] of sections.entries('files ')) {
    const batch = name.slice('files '.length)
    const names = list.split('\0').slice(0, -1)
    const seen = (sections.get(`stat ${batch}`) ?? '').trim().split('\n')
    const contents = markedContents(sections.get(`content ${batch}`) ?? '', sections.mark, names.length / 2)
    if (!contents || seen.length !== contents.length) {
      into.unknown('files of keys', 'truncated', 'not all of them came', ['authorized-key'])
      continue
    }
    for (const [at, content] of contents.entries()) {
      const [candidate = '', real = ''] = names.slice(2 * at)
      files.push({ candidate, real, content, seen: seen[at] === 'gone' ? null : (seen[at] ?? null) })
    }
  }
  if (!sections.complete) into.unknown('files of keys', 'truncated', 'the list ends early', ['authorized-key'])
  return files
}

/** Facts of the files; `metas` runs parallel to `files`, null where a file was gone. */
export function keyFacts(
  files: readonly KeyFile[],
  metas: readonly (FileMeta | null)[],
  access: Pick<Access, 'candidates'>,
  hashing: ProbeContext['hashing'],
  into: Pick<Findings, 'unknown'>,
): AuthorizedKeyFact[] {
  const facts = new Map<string, AuthorizedKeyFact[]>()
  for (const [at, file] of files.entries()) {
    const meta = metas[at]
    const opened = access.candidates.get(file.candidate)
    const [first, ...others] = opened?.users ?? []
    if (!meta || !opened || !first) continue
    const earlier = facts.get(file.real)
    if (earlier) {
      facts.set(
        file.real,
        earlier.map((fact) => joined(fact, opened)),
      )
      continue
    }
    noteGaps(file, meta, into)
    const lines = file.content.split('\n')
    const read = lines.flatMap((raw, line): AuthorizedKeyFact[] => {
      const key = parseKeyLine(raw, hashing)
      if (!key) return []
      return [
        {
          kind: 'authorized-key',
          account: textOf(first.name),
          uid: first.uid,
          others: others.map(({ name }) => textOf(name)),
          systemAccount: [first, ...others].every(({ uid }) => isSystemAccount(uid)),
          file: meta,
          line: line + 1,
          raw: textOf(raw),
          keyType: textOf(key.type),
          fingerprint: key.fingerprint,
          options: key.options === null ? null : textOf(key.options),
          comment: textOf(key.comment),
          effective: opened.effective,
        },
      ]
    })
    if (read.length > maxKeys)
      into.unknown(shown(meta.path), 'truncated', `${read.length - maxKeys} lines after the first ${maxKeys} keys`, [
        'authorized-key',
      ])
    facts.set(file.real, read.slice(0, maxKeys))
  }
  return [...facts.values()].flat()
}

/** Another name leads to the same file: it opens those accounts too. */
function joined(
  fact: AuthorizedKeyFact,
  more: { readonly users: readonly SshUser[]; readonly effective: Tri },
): AuthorizedKeyFact {
  const names = more.users.map(({ name }) => textOf(name)).filter((name) => name !== fact.account)
  return {
    ...fact,
    others: [...new Set([...fact.others, ...names])],
    systemAccount: fact.systemAccount && more.users.every(({ uid }) => isSystemAccount(uid)),
    effective: fact.effective === 'yes' ? 'yes' : more.effective === 'no' ? fact.effective : more.effective,
  }
}

function noteGaps(file: KeyFile, meta: FileMeta, into: Pick<Findings, 'unknown'>): void {
  const path = shown(meta.path)
  const [, inode, size = '0', ctime] = file.seen?.split(' ') ?? []
  if (inode !== meta.identity.inode || size !== meta.size || ctime !== meta.ctime.split('.')[0])
    into.unknown(path, 'failed', 'it changed while it was read', ['authorized-key'])
  else if (file.content.length < Math.min(Number(size), keyFileCap))
    into.unknown(path, 'not-permitted', 'its bytes could not be read', ['authorized-key'])
  else if (Number(size) > keyFileCap)
    into.unknown(path, 'truncated', `only the first ${keyFileCap} of ${size} bytes were read`, ['authorized-key'])
}

/** Settings that decide who comes in, and as whom. The rest of sshd's configuration is no fact. */
const telling = new Set([
  'acceptenv',
  'allowgroups',
  'allowusers',
  'authenticationmethods',
  'authorizedkeyscommand',
  'authorizedkeyscommanduser',
  'authorizedkeysfile',
  'authorizedprincipalscommand',
  'authorizedprincipalsfile',
  'challengeresponseauthentication',
  'denygroups',
  'denyusers',
  'forcecommand',
  'gatewayports',
  'hostbasedauthentication',
  'ignorerhosts',
  'include',
  'kbdinteractiveauthentication',
  'listenaddress',
  'match',
  'passwordauthentication',
  'permitemptypasswords',
  'permitrootlogin',
  'permituserenvironment',
  'permituserrc',
  'port',
  'pubkeyauthentication',
  'setenv',
  'strictmodes',
  'subsystem',
  'trustedusercakeys',
  'usepam',
])

export function settingFacts(
  settings: readonly SshdSetting[],
  metaOfConfig: (path: string) => FileMeta | null,
): SshdSettingFact[] {
  return settings
    .filter(({ keyword }) => telling.has(keyword))
    .map(({ path, line, raw, keyword, args, conditions }) => ({
      kind: 'sshd-setting',
      file: path === '' ? null : metaOfConfig(path),
      line,
      raw: textOf(raw),
      keyword,
      value: textOf(args.join(' ')),
      match: conditions.length === 0 ? null : textOf(conditions.join(' & ')),
    }))
}
