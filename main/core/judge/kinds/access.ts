// How keys, accounts, ways to become root, sshd's settings and PAM lines are told of. Every key is listed, also those that nothing speaks against:
// whoever rotates keys must see them all. Of the rest, what is worth a look.

import { shown, type HostText } from '../../host-text.ts'
import type { FileIdentity } from '../../host/identity.ts'
import type { AccountFact, AuthorizedKeyFact } from '../../probes/facts.ts'
import type { Target } from '../finding.ts'
import { opinionOf, type Opinion } from '../opinions.ts'
import { accountJudging, pamJudging, sshdJudging, sudoJudging } from '../signals/access.ts'
import { keyJudging } from '../signals/key.ts'
import { excerpt } from '../text.ts'
import { finding, has, hostile, plainKind, type PlainKind, type Shape } from './kind.ts'

export const key: PlainKind = {
  kind: 'key',
  findings: ({ scene, links }, idOf) => {
    // Equal lines of one file are told apart by their order, not by their number: lines above may come and go.
    const nth = new Map<string, number>()
    return scene.of('authorized-key').map((fact) => {
      const text = `${shown(fact.file.path)}\0${shown(fact.raw)}`
      const order = nth.get(text) ?? 0
      nth.set(text, order + 1)
      const opinion = opinionOf(keyJudging, fact, scene, links)
      return finding('key', idOf('key', text, order), opinion.weighed, tellKey(opinion))
    })
  },
}

function tellKey({ subject, weighed }: Opinion<AuthorizedKeyFact>): Shape {
  const readable = subject.fingerprint !== null
  return {
    title: readable ? (hostile(weighed) ? 'key.hostile' : 'key.unknown') : 'key.unreadable',
    params: {
      account: excerpt(subject.account),
      fingerprint: subject.fingerprint ?? '',
      comment: excerpt(subject.comment),
      path: excerpt(subject.file.path),
      line: subject.line,
    },
    target: lineOf(subject),
    tags: [...(weighed.proposed === 'yes' ? ['hostile-key'] : []), ...(subject.effective === 'no' ? ['dormant'] : [])],
  }
}

export const account = plainKind({
  kind: 'account',
  judging: accountJudging,
  subjects: (scene) => scene.of('account'),
  identity: ({ raw }) => [shown(raw)],
  tell: ({ subject, weighed }) => ({
    title: `account.${accountTitle(subject, (...signals) => has(weighed, ...signals))}`,
    params: { name: excerpt(subject.name), uid: subject.uid },
    target: lineOf(subject),
    tags: ['entry'],
  }),
})

function accountTitle(fact: AccountFact, seen: (...signals: string[]) => boolean): string {
  if (seen('account-second-root')) return 'second-root'
  if (seen('account-deceiving-field', 'account-shell-lookalike')) return 'disguised'
  if (seen('account-empty-password')) return 'empty-password'
  return fact.uid < 1000 ? 'system-login' : 'powerful'
}

export const sudo = plainKind({
  kind: 'sudo',
  judging: sudoJudging,
  subjects: (scene) => [...scene.of('sudo-rule'), ...scene.of('setuid-shell')],
  identity: (way) =>
    way.kind === 'setuid-shell' ? ['setuid', shown(way.file.path)] : [shown(way.file.path), shown(way.raw)],
  tell: ({ subject }) =>
    subject.kind === 'setuid-shell'
      ? {
          title: 'sudo.setuid-shell',
          params: { path: excerpt(subject.file.path), shell: excerpt(subject.shell) },
          target: { kind: 'file', path: subject.file.path, identity: subject.file.identity },
          tags: ['entry'],
        }
      : {
          title: 'sudo.grant',
          params: { who: excerpt(subject.who), commands: excerpt(subject.commands), path: excerpt(subject.file.path) },
          target: lineOf(subject),
          tags: ['entry'],
        },
})

export const sshd = plainKind({
  kind: 'sshd',
  judging: sshdJudging,
  subjects: (scene) => scene.of('sshd-setting'),
  identity: ({ file, raw }) => [file === null ? '' : shown(file.path), shown(raw)],
  tell: ({ subject }) => ({
    title: 'sshd.setting',
    params: { keyword: subject.keyword, value: excerpt(subject.value) },
    target: subject.file === null ? { kind: 'host' } : lineOf({ ...subject, file: subject.file }),
    tags: ['entry'],
  }),
})

export const pam = plainKind({
  kind: 'pam',
  judging: pamJudging,
  subjects: (scene) => scene.of('pam-rule'),
  identity: ({ file, raw }) => [shown(file.path), shown(raw)],
  tell: ({ subject }) => ({
    title: subject.openDoor ? 'pam.open-door' : subject.program === null ? 'pam.unknown-module' : 'pam.runs-program',
    params: {
      path: excerpt(subject.file.path),
      line: subject.line,
      module: excerpt(subject.modulePath ?? subject.module),
      program: subject.program === null ? '' : excerpt(subject.program),
    },
    target: lineOf(subject),
    tags: ['entry'],
  }),
})

export const accessKinds: readonly PlainKind[] = [key, account, sudo, sshd, pam]

interface Line {
  readonly file: { readonly path: HostText; readonly identity: FileIdentity }
  readonly line: number
  readonly raw: HostText
}

function lineOf({ file, line, raw }: Line): Target {
  return { kind: 'line', path: file.path, identity: file.identity, line, text: raw }
}
