// Files of NAME=value lines that become the environment of a login. Only variables that make programs run or load something are told.

import type { PlaceParser } from '../places.ts'

/** The second form is pam_env.conf(5): `NAME DEFAULT=value OVERRIDE=value`. */
const setting =
  /^\s*(?:export\s+)?((?:LD_|DYLD_)\w+|BASH_ENV|ENV|PATH|SHELL|PROMPT_COMMAND|PYTHONPATH|PYTHONSTARTUP|PERL5OPT|PERL5LIB|NODE_OPTIONS|RUBYOPT|GCONV_PATH|HISTFILE)(?:=|\s+(?:DEFAULT|OVERRIDE)=)/

export const parse: PlaceParser = (content) =>
  content
    .split('\n')
    .flatMap((raw, at) =>
      setting.test(raw) ? [{ line: at + 1, raw, form: 'environment' as const, command: '', removable: true }] : [],
    )
