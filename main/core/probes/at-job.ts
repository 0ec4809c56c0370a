// An at job: a shell script whose head says who runs it and where, before the command somebody typed. Pure; strings are latin-1.

export interface AtJob {
  /** name after `# mail`, else the number of `uid=` */
  readonly user: string | null
  /** the typed part, without the environment the submitter had; the whole file when the head is not as at(1) writes it */
  readonly command: string
  /** when it is due, RFC 3339, from the file name; null when the name is not one of at's */
  readonly due: string | null
}

/** `name` is the file's own name (`a0000201ac5b2e`: queue, job number, minutes since the epoch, all but the queue in hex). */
export function parseAtJob(name: string, content: string): AtJob {
  const due = /^[A-Za-z=][0-9a-f]{5}([0-9a-f]{8})$/.exec(name)?.[1]
  const user = /^# mail[ \t]+(\S+)/m.exec(content)?.[1] ?? /^# atrun uid=(\d+)/m.exec(content)?.[1]
  return {
    user: user ?? null,
    command: commandOf(content),
    due: due === undefined ? null : new Date(Number.parseInt(due, 16) * 60_000).toISOString(),
  }
}

/** Debian and RHEL both end the head with `cd DIR || {`, two lines, `}`; some wrap the command in a here-document. */
function commandOf(content: string): string {
  const head = /\ncd [^\n]* \|\| \{\n(?:[ \t][^\n]*\n)*\}\n/.exec(content)
  if (!head) return content
  const body = content.slice(head.index + head[0].length)
  const wrapped = /^\$\{SHELL:-\/bin\/sh\} << '([^'\n]+)'\n([^]*?)\n?\1\n?$/.exec(body)
  return (wrapped?.[2] ?? body).replace(/^\n+|\n+$/g, '')
}
