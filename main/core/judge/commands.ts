// Which programs a command line starts: a rough reading of shell text, for judging only. It never runs and never rebuilds a command.
// What it cannot read it leaves out; a signal that needs more looks at the whole text.

import { known } from './catalogue.ts'
import { baseName } from './text.ts'

export interface Started {
  /** first word as written */
  readonly program: string
  readonly args: readonly string[]
  /** for interpreters: the script file, when there is one */
  readonly script: string | null
}

const breaks = /\|\||&&|\$\(|<\(|[;|&\n`(){}]/
const limit = 64

/** The programs a shell text starts, at most 64, looking through wrappers (`nohup`, `sudo`, `timeout 5`) and `sh -c`. */
export function programs(text: string, depth = 0): readonly Started[] {
  const found: Started[] = []
  for (const piece of pieces(text)) {
    const started = readPiece(piece)
    if (started === null) continue
    const code = codeOf(started)
    if (code !== null && depth < 3) found.push(...programs(code, depth + 1))
    found.push(started)
    if (found.length >= limit) break
  }
  return found.slice(0, limit)
}

/** Program of an argv joined by blanks (as /proc shows it), looking through wrappers. */
export function programOf(argv: string): Started | null {
  return readPiece(words(argv))
}

/** Splits at shell operators outside quotes; each piece as words without their quotes. */
function pieces(text: string): readonly (readonly string[])[] {
  const out: string[][] = []
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue
    let quote = ''
    let piece = ''
    for (let at = 0; at < line.length; at++) {
      const char = line[at] ?? ''
      if (char === '\\' && quote !== "'") {
        piece += char + (line[at + 1] ?? '')
        at += 1
      } else if (quote !== '') {
        if (char === quote) quote = ''
        piece += char
      } else if (char === '"' || char === "'") {
        quote = char
        piece += char
      } else if (char === '&' && (line[at - 1] === '>' || line[at + 1] === '>')) {
        piece += char
      } else if (breaks.test(char)) {
        out.push([...words(char === '(' ? piece.replace(/[$<>]$/, '') : piece)])
        piece = ''
      } else piece += char
    }
    out.push([...words(piece)])
  }
  return out.filter((piece) => piece.length > 0)
}

function words(piece: string): readonly string[] {
  const out: string[] = []
  for (const match of piece.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/g)) {
    out.push(
      match[0].replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
        (_, double?: string, single?: string, one?: string) => double ?? single ?? one ?? '',
      ),
    )
  }
  return out
}

function readPiece(piece: readonly string[]): Started | null {
  const rest = [...piece]
  while (rest.length > 0) {
    const word = rest[0] ?? ''
    const name = baseName(word)
    if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(word) || word === '!' || /^[0-9]*[<>]/.test(word)) {
      if (/^[0-9]*[<>]+&?$/.test(word)) rest.shift()
      rest.shift()
    } else if (known.wrappers.has(name)) {
      rest.shift()
      dropWrapperOptions(name, rest)
    } else break
  }
  const program = rest.shift()
  if (program === undefined || program === '') return null
  if (baseName(program) === 'busybox' && rest[0] !== undefined && /^[a-z[]/.test(rest[0])) {
    return readPiece(rest)
  }
  return { program, args: rest, script: scriptOf(baseName(program), rest) }
}

/** Letters of options that take the next word with them, per wrapper. */
const valueOptions: Readonly<Record<string, string>> = {
  sudo: 'ugCDhprtT',
  doas: 'uC',
  env: 'uC',
  nice: 'n',
  ionice: 'cn',
  timeout: 'ks',
  stdbuf: 'ioe',
  chrt: 'pTPD',
  xargs: 'InLPsdE',
  watch: 'n',
  su: 's',
  runuser: 'ugGs',
  'start-stop-daemon': 'xpnuscdg',
  'systemd-run': 'pMHu',
}

/** Options of a wrapper, and the one operand some of them keep (`timeout 5`, `flock FILE`, `su USER`). */
function dropWrapperOptions(name: string, rest: string[]): void {
  const takesValue = valueOptions[name] ?? ''
  while (rest[0]?.startsWith('-') === true) {
    const option = rest.shift() ?? ''
    if (option === '-c' && (name === 'su' || name === 'flock' || name === 'runuser')) return
    if (option.length === 2 && takesValue.includes(option.slice(1))) rest.shift()
  }
  if (name === 'flock' && rest[0]?.startsWith('/') === true) rest.shift()
  if ((name === 'timeout' || name === 'watch' || name === 'chrt') && /^[0-9.]+[smhd]?$/.test(rest[0] ?? ''))
    rest.shift()
  if (name === 'taskset' && /^[0-9a-fx,-]+$/.test(rest[0] ?? '')) rest.shift()
  while (rest[0]?.startsWith('-') === true) rest.shift()
}

/** The code of `sh -c CODE`. */
function codeOf(started: Started): string | null {
  if (!isInterpreter(started.program)) return null
  const at = started.args.findIndex((arg) => /^-[a-z]*c$/.test(arg))
  return at === -1 || !/^(ba|da|a|z|k|mk)?sh$/.test(baseName(started.program)) ? null : (started.args[at + 1] ?? null)
}

function scriptOf(name: string, args: readonly string[]): string | null {
  if (!isInterpreter(name)) return null
  if (name === 'java') {
    const at = args.indexOf('-jar')
    return at === -1 ? null : (args[at + 1] ?? null)
  }
  for (const arg of args) {
    if (/^-[a-zA-Z]*[ceEr]$/.test(arg) || arg === '-m') return null
    if (!arg.startsWith('-')) return arg
  }
  return null
}

/** True for programs that run what they are given; versions in the name do not matter (`python3.11`, `php8.2`). */
export function isInterpreter(program: string): boolean {
  return known.interpreters.has(baseName(program).replace(/[0-9.]+$/, ''))
}
