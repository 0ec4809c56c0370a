// Accounts, ways to become root, sshd's settings and PAM lines: what is found is told with what to do, and nothing here is ever proposed for an act.

import { shown } from '../../host-text.ts'
import type { AccountFact, PamRuleFact, SetuidShellFact, SshdSettingFact, SudoRuleFact } from '../../probes/facts.ts'
import type { GuardDatum, SignalDatum } from '../catalogue.ts'
import { changedInWindow, ownershipOf, type Scene } from '../scene.ts'
import { canonicalPath, excerpt, plain } from '../text.ts'
import { sure, when, type Judging, type Predicates } from './predicate.ts'

/** A blank at an end, a control or invisible character: hidden from whoever only looks. */
const deceiving = /\\x/

const accountSignals: Predicates<AccountFact, SignalDatum> = {
  'second-root': (account) =>
    when(account.uid === 0 && shown(account.name) !== 'root', { name: excerpt(account.name) }),
  'empty-password': (account) => when(account.password === 'empty' && account.login !== 'no'),
  'deceiving-field': (account) => {
    const field = [account.shell, account.home, account.name].find((one) => deceiving.test(shown(one)))
    return field === undefined ? null : sure({ field: excerpt(field) })
  },
  'shell-lookalike': (account) =>
    when(/(nologin|false)[^/]+$/.test(plain(account.shell)) && account.login !== 'no', {
      shell: excerpt(account.shell),
    }),
  'system-login': (account) => {
    const system = (account.uid > 0 && account.uid < 1000) || account.uid === 65_534
    return when(system && account.login === 'yes' && account.password === 'set', {
      shell: excerpt(account.shell),
      uid: account.uid,
    })
  },
  'powerful-groups': (account) =>
    when(account.powerfulGroups.length > 0 && account.uid !== 0, {
      groups: account.powerfulGroups.map((group) => excerpt(group)).join(', '),
    }),
  'not-in-backup': (account) => when(account.inBackup === 'no', { path: `${excerpt(account.file.path)}-` }),
  'changed-in-window': (account, scene) => {
    const day = account.passwordDay
    const { window } = scene
    const inside =
      window !== null && day !== null && day * 86_400 >= window.fromSeconds - 86_400 && day * 86_400 <= window.toSeconds
    return when(inside, { day: day === null ? '' : new Date(day * 86_400_000).toISOString().slice(0, 10) })
  },
}

const accountGuards: Predicates<AccountFact, GuardDatum> = {
  'owners-second-root': (account) =>
    when(account.uid === 0 && shown(account.name) === 'toor' && account.password !== 'set'),
  'cannot-log-in': (account) => when(account.login === 'no' && account.uid !== 0),
}

export const accountJudging: Judging<AccountFact> = { kind: 'account', signals: accountSignals, guards: accountGuards }

/** What lets somebody become root: a grant, or a shell that is root for whoever starts it. */
export type RootWay = SudoRuleFact | SetuidShellFact

const everything = (rule: SudoRuleFact): boolean => /(^|,\s*)(ALL|!authenticate)\b/.test(plain(rule.commands))

/** Accounts of services: nobody sits there. */
const services =
  /^#?(www-data|apache|nginx|http|nobody|daemon|bin|sys|news|mail|games|man|lp|uucp|redis|mysql|postgres|tomcat\d*|jenkins)$/

const sudoSignals: Predicates<RootWay, SignalDatum> = {
  'setuid-shell': (way) =>
    way.kind === 'setuid-shell' ? sure({ shell: excerpt(way.shell), mode: way.file.mode }) : null,
  'anybody-without-password': (way) =>
    when(way.kind === 'sudo-rule' && grants(way) && way.noPassword && /^(ALL|Defaults)$/.test(plain(way.who))),
  'service-without-password': (way) =>
    way.kind === 'sudo-rule' && grants(way) && way.noPassword && services.test(plain(way.who))
      ? sure({ who: excerpt(way.who) })
      : null,
  'everything-without-password': (way) =>
    way.kind === 'sudo-rule' && grants(way) && way.noPassword && everything(way) && plain(way.who) !== 'root'
      ? sure({ who: excerpt(way.who) })
      : null,
  'writable-rules': (way) =>
    when(way.kind === 'sudo-rule' && (Number.parseInt(way.file.mode, 8) & 0o002) !== 0, {
      path: excerpt(way.file.path),
      mode: way.file.mode,
    }),
  'changed-in-window': (way, scene) => when(changedInWindow(scene, way.file), { path: excerpt(way.file.path) }),
}

function grants(rule: SudoRuleFact): boolean {
  return !rule.skipped
}

export const sudoJudging: Judging<RootWay> = { kind: 'sudo', signals: sudoSignals, guards: {} }

const usual = /^(\.ssh\/authorized_keys2?|%h\/\.ssh\/authorized_keys2?|\/etc\/ssh\/[^ ]*|none)$/

const setTo = (keyword: string, value: RegExp) => (setting: SshdSettingFact) =>
  when(setting.keyword === keyword && value.test(plain(setting.value)), { value: excerpt(setting.value) })

const sshdSignals: Predicates<SshdSettingFact, SignalDatum> = {
  'keys-elsewhere': (setting) =>
    when(
      setting.keyword === 'authorizedkeysfile' &&
        plain(setting.value)
          .split(' ')
          .some((path) => !usual.test(path)),
      { value: excerpt(setting.value) },
    ),
  'keys-by-program': (setting, scene) => {
    if (setting.keyword !== 'authorizedkeyscommand' && setting.keyword !== 'authorizedprincipalscommand') return null
    const program = plain(setting.value).split(' ')[0] ?? ''
    return when(program.startsWith('/') && !isPackaged(program, scene), { value: excerpt(setting.value) })
  },
  'trusted-signer': setTo('trustedusercakeys', /^\//),
  'empty-passwords': setTo('permitemptypasswords', /^yes$/i),
  'environment-by-user': setTo('permituserenvironment', /^(?!no$)./i),
  'command-for-all': (setting, scene) => {
    if (setting.keyword !== 'forcecommand' || setting.match !== null) return null
    const program = plain(setting.value).split(' ')[0] ?? ''
    return when(program.startsWith('/') && !isPackaged(program, scene), { value: excerpt(setting.value) })
  },
  'hosts-trusted': setTo('hostbasedauthentication', /^yes$/i),
  'changed-in-window': (setting, scene) =>
    when(setting.file !== null && changedInWindow(scene, setting.file), {
      path: setting.file === null ? '' : excerpt(setting.file.path),
    }),
}

/** Of a package by what was read, or where packages alone install and nothing was read of it. */
function isPackaged(program: string, scene: Scene): boolean {
  const path = canonicalPath(program)
  const { owned } = ownershipOf(scene, path)
  return owned === 'yes' || (owned === 'unknown' && /^\/usr\/(s?bin|lib|libexec|share)\//.test(path))
}

export const sshdJudging: Judging<SshdSettingFact> = { kind: 'sshd', signals: sshdSignals, guards: {} }

const pamSignals: Predicates<PamRuleFact, SignalDatum> = {
  'open-door': (rule) => when(rule.openDoor, { module: excerpt(rule.module) }),
  'program-hears-password': (rule) =>
    when(rule.program !== null && /\bexpose_authtok\b/.test(plain(rule.raw)), {
      program: rule.program === null ? '' : excerpt(rule.program),
    }),
  'program-at-login': (rule, scene) =>
    when(rule.program !== null && !isPackaged(plain(rule.program), scene), {
      program: rule.program === null ? '' : excerpt(rule.program),
    }),
  'unknown-module': (rule) => when(rule.owned === 'no', { module: excerpt(rule.modulePath ?? rule.module) }),
  'changed-in-window': (rule, scene) => when(changedInWindow(scene, rule.file), { path: excerpt(rule.file.path) }),
}

export const pamJudging: Judging<PamRuleFact> = { kind: 'pam', signals: pamSignals, guards: {} }
