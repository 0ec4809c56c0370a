// Lines of PAM stacks (pam.conf(5)) by their raw bytes. Pure; text is latin-1.

import { continuedLines } from './continued-lines.ts'

export interface PamLine {
  readonly line: number
  readonly raw: string
  /** auth, account, password, session; lower case, without the leading dash */
  readonly type: string
  readonly control: string
  readonly module: string
  readonly args: string
}

/** Rules in order; `@include` and comments are none. `service` is true for /etc/pam.conf, whose lines begin with the service. */
export function parsePamStack(content: string, service = false): readonly PamLine[] {
  const rules: PamLine[] = []
  for (const { line, raw, whole } of continuedLines(content)) {
    const text = whole
      .replace(/#.*$/, '')
      .trim()
      .replace(service ? /^\S+\s+/ : /^/, '')
    const match = /^-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*([^]*)$/i.exec(text)
    if (!match?.[1] || !match[2] || !match[3]) continue
    if (/^(include|substack)$/i.test(match[2])) continue
    rules.push({
      line,
      raw,
      type: match[1].toLowerCase(),
      control: match[2],
      module: match[3],
      args: (match[4] ?? '').trim(),
    })
  }
  return rules
}

const runners = /(^|\/)pam_(exec|script|python|perl|lua|mount)\.so$/

/** The program a rule runs: the first argument of pam_exec and its like that is a path. Null for other modules. */
export function programOf({ module, args }: Pick<PamLine, 'module' | 'args'>): string | null {
  if (!runners.test(module)) return null
  return args.split(/\s+/).find((word) => word.startsWith('/')) ?? ''
}

/** Lets everybody in: a module that always says yes decides alone. */
export function isOpenDoor({ type, control, module }: PamLine): boolean {
  return (
    type === 'auth' && /(^|\/)pam_permit\.so$/.test(module) && /^(sufficient|\[[^\]]*success=(done|end))/i.test(control)
  )
}
