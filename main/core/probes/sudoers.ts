// Grants of sudo and doas by their raw lines (sudoers(5), doas.conf(5)). Pure; text is latin-1. Aliases are told by their names, not resolved.

import { continuedLines } from './continued-lines.ts'

export interface SudoGrant {
  /** 1-based number of the line it begins on */
  readonly line: number
  readonly raw: string
  readonly who: string
  readonly commands: string
  readonly noPassword: boolean
}

/** Grants in order. Definitions of aliases and defaults grant nothing, but a default that switches passwords off for all does. */
export function parseSudoers(content: string): readonly SudoGrant[] {
  const grants: SudoGrant[] = []
  for (const { line, raw, whole } of continuedLines(content)) {
    const text = whole.replace(/(^|[^\\])#(?!\d).*$/, '$1').trim()
    if (text === '' || /^[#@]include/.test(whole.trim())) continue
    if (/^(User|Runas|Host|Cmnd|Cmd)_Alias\b/.test(text)) continue
    if (/^Defaults/.test(text)) {
      if (/!\s*authenticate\b/.test(text))
        grants.push({ line, raw, who: text.split(/\s/)[0] ?? '', commands: '!authenticate', noPassword: true })
      continue
    }
    const equals = text.search(/(?<!\\)=/)
    if (equals < 1) continue
    const left = text.slice(0, equals).trim()
    const host = left.search(/\s\S*$/)
    const who = host === -1 ? left : left.slice(0, host).trimEnd()
    const right = text.slice(equals + 1).trim()
    grants.push({
      line,
      raw,
      who,
      commands: right
        .replace(/^\([^)]*\)\s*/, '')
        .replace(/\b[A-Z_]+:\s*/g, '')
        .trim(),
      noPassword: /\bNOPASSWD\s*:/.test(right),
    })
  }
  return grants
}

/** `permit [nopass …] IDENTITY [as TARGET] [cmd COMMAND]`. */
export function parseDoas(content: string): readonly SudoGrant[] {
  return content.split('\n').flatMap((raw, at) => {
    const text = raw.replace(/#.*$/, '').trim()
    const words = text.split(/\s+/)
    if (words[0] !== 'permit') return []
    const options = ['nopass', 'persist', 'keepenv', 'nolog']
    const rest = text
      .replace(/setenv\s*\{[^}]*\}/, '')
      .split(/\s+/)
      .slice(1)
    const who = rest.find((word) => !options.includes(word)) ?? ''
    const cmd = words.indexOf('cmd')
    return [
      {
        line: at + 1,
        raw,
        who: who.startsWith(':') ? `%${who.slice(1)}` : who,
        commands: cmd === -1 ? 'ALL' : words.slice(cmd + 1).join(' '),
        noPassword: words.includes('nopass'),
      },
    ]
  })
}
