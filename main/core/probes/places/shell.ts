// Files a shell reads line by line: profiles, rc files, rc.local. Tells statements that run something, set what later programs obey, or stand in for a
// tool; comments, prompts, options and ordinary assignments are left out.

import type { PlaceEntry, PlaceParser } from '../places.ts'
import { statements } from '../shell-text.ts'

/** Bytes of one statement: a longer one is told cut, and never taken out. */
const longest = 64 * 1024

/** Variables that make other programs run or load something. */
const obeyed =
  'LD_[A-Z_]+|BASH_ENV|ENV|PATH|PYTHONPATH|PYTHONSTARTUP|PERL5OPT|PERL5LIB|NODE_OPTIONS|RUBYOPT|GCONV_PATH|HISTFILE'
const assignment = new RegExp(`^\\s*(?:(?:export|declare\\s+-x|typeset\\s+-x|readonly)\\s+)?(?:${obeyed})=[^;|&\`()]*$`)
const plainAssignment = /^\s*(?:(?:export|local|declare|typeset|readonly)\s+(?:-\S+\s+)*)?[A-Za-z_]\w*\+?=[^;|&`(]*$/
const sets = new RegExp(`(?:^|[\\s;])(?:${obeyed}|PROMPT_COMMAND)\\+?=`)
const plainBuiltin =
  /^\s*(?:unset|export|shopt|set|setopt|unsetopt|return|exit|break|continue|umask|ulimit|stty|bind|bindkey|complete|compdef|autoload|zstyle|zmodload|shift|:|true|false|wait|echo|printf|\[|\[\[|test|local|declare|then|else|do|fi|done|esac|;;)(?:\s[^;|&`(>]*)?;?\s*$/
/** Another word for a command of the search path, with its options. */
const plainAlias = /^\s*alias\s+[\w.-]+=(?:'[^'|;&`$(/]*'|"[^"|;&`$(/]*"|[\w.-]+)\s*$/

/** Looks like what an intruder's line is made of; only decides how much of a block belongs together. */
const oddness =
  /\b(?:curl|wget|base64|nohup|setsid|chattr|insmod|eval|python[0-9.]*|perl|nc|ncat)\b|\/(?:tmp|dev\/shm|dev\/tcp|var\/tmp|run)\/|\/\.[A-Za-z0-9_]|LD_PRELOAD/
const underling =
  /^\s*(?:cd|sleep|chmod|chown|rm|mkdir|export|echo|:|true|exit|return|fi|done|wait|kill|pkill)\b[^|`$]*$/

const odd = (text: string) => oddness.test(text)

export function matters(text: string): boolean {
  if (sets.test(text)) return true
  return !(plainAssignment.test(text) || plainBuiltin.test(text) || plainAlias.test(text))
}

export const parse: PlaceParser = (content) =>
  statements(content, matters, (text) => odd(text) || underling.test(text)).map(
    ({ from, text, removable }): PlaceEntry => {
      const raw = text.slice(0, longest)
      return {
        line: from,
        raw,
        form: assignment.test(raw) ? 'environment' : 'entry',
        command: raw,
        removable: removable && raw.length === text.length,
      }
    },
  )
