// The words of the command line: which options each command takes, with OpenSSH's habits. No secret is ever taken from here; only names of variables.

import { parseArgs } from 'node:util'
import { TourniquetError } from '../core/errors.ts'

export const commands = [
  'triage',
  'run',
  'resume',
  'undo',
  'export',
  'verify',
  'report',
  'lint',
  'playbooks',
  'serve',
  'start',
] as const
export type CommandName = (typeof commands)[number]

const flags = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  json: { type: 'boolean' },
  lang: { type: 'string' },
  // reaching a host
  identity: { type: 'string', short: 'i', multiple: true },
  jump: { type: 'string', short: 'J' },
  config: { type: 'string', short: 'F' },
  port: { type: 'string', short: 'p' },
  'known-hosts': { type: 'string', multiple: true },
  'trust-new': { type: 'boolean' },
  'host-key': { type: 'string' },
  'password-env': { type: 'string' },
  'key-passphrase-env': { type: 'string' },
  'legacy-algorithms': { type: 'boolean' },
  sudo: { type: 'boolean' },
  'sudo-password-env': { type: 'string' },
  'no-host-view': { type: 'boolean' },
  indicators: { type: 'string', multiple: true },
  // the case
  case: { type: 'string' },
  'case-number': { type: 'string' },
  customer: { type: 'string' },
  authority: { type: 'string' },
  'time-zone': { type: 'string' },
  examiner: { type: 'string' },
  'sign-key': { type: 'string' },
  'take-over': { type: 'string' },
  // running
  approve: { type: 'string' },
  attest: { type: 'string', multiple: true },
  param: { type: 'string', multiple: true },
  'plan-only': { type: 'boolean' },
  'dead-man': { type: 'string' },
  packages: { type: 'string' },
  // undo
  host: { type: 'string' },
  run: { type: 'string' },
  step: { type: 'string' },
  'restore-hostile': { type: 'boolean' },
  // bundle
  out: { type: 'string', short: 'o' },
  'export-id': { type: 'string' },
  'include-secrets': { type: 'boolean' },
  signer: { type: 'string' },
  // the window
  'no-window': { type: 'boolean' },
} as const satisfies Record<string, { type: 'boolean' | 'string'; short?: string; multiple?: boolean }>

export type Flag = keyof typeof flags

const everywhere: readonly Flag[] = ['help', 'json', 'lang']
const reaching: readonly Flag[] = [
  'identity',
  'jump',
  'config',
  'port',
  'known-hosts',
  'trust-new',
  'host-key',
  'password-env',
  'key-passphrase-env',
  'legacy-algorithms',
  'sudo',
  'sudo-password-env',
  'no-host-view',
  'indicators',
]
const casing: readonly Flag[] = ['case', 'case-number', 'customer', 'authority', 'time-zone', 'examiner', 'take-over']

/** What each command takes besides its words. */
export const taken: Readonly<Record<CommandName, readonly Flag[]>> = {
  triage: [...everywhere, ...reaching, ...casing],
  run: [...everywhere, ...reaching, ...casing, 'approve', 'attest', 'param', 'plan-only', 'dead-man', 'packages'],
  resume: [...everywhere, ...reaching, ...casing, 'approve', 'attest', 'dead-man', 'packages'],
  undo: [...everywhere, ...reaching, ...casing, 'host', 'run', 'step', 'restore-hostile'],
  export: [
    ...everywhere,
    'case',
    'out',
    'export-id',
    'sign-key',
    'key-passphrase-env',
    'include-secrets',
    'examiner',
    'take-over',
  ],
  verify: [...everywhere, 'signer'],
  report: [...everywhere, 'case', 'out'],
  lint: [...everywhere],
  playbooks: [...everywhere],
  serve: [...everywhere, 'port'],
  start: [...everywhere, 'port', 'no-window'],
}

/** One parsed invocation. `words` are what is left after the command's name. */
export interface Invocation {
  readonly command: CommandName | 'help' | 'version'
  /** for `help`: the command help was asked about */
  readonly topic: CommandName | null
  readonly words: readonly string[]
  readonly on: (flag: Flag) => boolean
  readonly text: (flag: Flag) => string | undefined
  readonly list: (flag: Flag) => readonly string[]
}

/** Parses argv without node and script. Throws `usage` with what was found and what was expected. */
export function parseInvocation(argv: readonly string[]): Invocation {
  const parsed = parse(argv)
  const { values, positionals } = parsed
  const [name, ...words] = positionals
  const command = commands.find((each) => each === name)
  const on = (flag: Flag): boolean => values[flag] === true
  const list = (flag: Flag): readonly string[] => {
    const value = values[flag]
    return Array.isArray(value)
      ? value.filter((each) => typeof each === 'string')
      : typeof value === 'string'
        ? [value]
        : []
  }
  const invocation = { words, on, list, text: (flag: Flag) => list(flag).at(-1) }
  if (on('version')) return { ...invocation, command: 'version', topic: null }
  if (on('help') || name === undefined || name === 'help') {
    const topic = command ?? commands.find((each) => each === words[0]) ?? null
    return { ...invocation, command: 'help', topic }
  }
  if (command === undefined) throw usage('command', name, commands.join(', '))
  const foreign = Object.keys(values).find((flag) => !taken[command].some((each) => each === flag))
  if (foreign !== undefined)
    throw usage('option', `--${foreign}`, `an option of ${command}; see tourniquet help ${command}`)
  return { ...invocation, command, topic: null }
}

/** A usage error in one shape: what kind of word, what was written, what was expected. */
export function usage(what: string, text: string, expected: string): TourniquetError {
  return new TourniquetError('usage', { what, text, expected })
}

/** The value of an environment variable named by a flag; `usage` when the variable is not set. Never logged. */
export function secretFrom(invocation: Invocation, flag: Flag, environment: NodeJS.ProcessEnv): string | undefined {
  const name = invocation.text(flag)
  if (name === undefined) return undefined
  const value = environment[name]
  if (value === undefined) throw usage('option', `--${flag} ${name}`, 'the name of an environment variable that is set')
  return value
}

function parse(argv: readonly string[]): {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
} {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true, strict: true })
  } catch (error) {
    throw usage('option', argv.join(' '), error instanceof Error ? error.message : 'known options')
  }
}
