// Keys that open accounts. A key nobody can place is unknown, not hostile: only what an intruder's key does differently raises it.

import { shown } from '../../host-text.ts'
import type { AuthorizedKeyFact } from '../../probes/facts.ts'
import { known, type GuardDatum, type SignalDatum } from '../catalogue.ts'
import { changedInWindow, lockLetters, type Scene } from '../scene.ts'
import { excerpt, plain } from '../text.ts'
import { matchText, sure, when, type Judging, type Predicates } from './predicate.ts'

/** Accounts that the same key opens, besides root: one person's key on all accounts is common, so this alone says little. */
function accountsOf(key: AuthorizedKeyFact, scene: Scene): readonly string[] {
  const same = scene
    .of('authorized-key')
    .filter((one) => one.fingerprint !== null && one.fingerprint === key.fingerprint)
  return [...new Set(same.map(({ account }) => shown(account)))]
}

const signals: Predicates<AuthorizedKeyFact, SignalDatum> = {
  'known-comment': (key, scene, _, datum) => matchText(datum, key.comment, scene),
  'known-fingerprint': (key) =>
    when(key.fingerprint !== null && known.hostileKeys.has(key.fingerprint), { fingerprint: key.fingerprint ?? '' }),
  'used-after-burst': (key, scene) => {
    const login = scene
      .of('login')
      .find(
        (one) =>
          one.what === 'accepted-after-burst' &&
          one.sessions.some((used) => used.key !== null && used.key === key.fingerprint),
      )
    return login === undefined ? null : sure({ from: excerpt(login.from) })
  },
  'runs-command': (key, scene, _, datum) => (key.options === null ? null : matchText(datum, key.options, scene)),
  'system-account': (key) => when(key.systemAccount && key.effective !== 'no', { account: excerpt(key.account) }),
  locked: (key) => {
    const flags = lockLetters(key.file)
    return flags === null ? null : sure({ path: excerpt(key.file.path), flags })
  },
  'several-accounts': (key, scene) => {
    const accounts = accountsOf(key, scene)
    return when(accounts.length > 1, { accounts: accounts.slice(0, 5).join(', '), count: accounts.length })
  },
  'changed-in-window': (key, scene) => when(changedInWindow(scene, key.file), { path: excerpt(key.file.path) }),
}

const guards: Predicates<AuthorizedKeyFact, GuardDatum> = {
  'one-command-only': (key) =>
    when(key.options !== null && /(^|,)command="/i.test(plain(key.options)), {
      options: key.options === null ? '' : excerpt(key.options),
    }),
}

export const keyJudging: Judging<AuthorizedKeyFact> = { kind: 'key', signals, guards }
