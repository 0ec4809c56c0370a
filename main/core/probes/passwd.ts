// /etc/passwd and /etc/group by their raw lines, as the C library reads them. Pure; text is latin-1. Nothing is trimmed: a blank at the end of a shell is
// part of its name, and has been used to hide one.

export interface PasswdLine {
  readonly line: number
  readonly raw: string
  readonly name: string
  /** the password field as far as it leaves the host: `x`, `*`, `!…`, empty, or `(hash)` */
  readonly password: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
}

/** Accounts in order; `odd` are lines that are none (NIS marks, comments, too few fields) with their numbers. */
export function parsePasswd(content: string): {
  readonly accounts: readonly PasswdLine[]
  readonly odd: readonly { readonly line: number; readonly raw: string }[]
} {
  const accounts: PasswdLine[] = []
  const odd: { readonly line: number; readonly raw: string }[] = []
  const lines = content.endsWith('\n') ? content.slice(0, -1).split('\n') : content.split('\n')
  for (const [at, raw] of lines.entries()) {
    if (raw === '') continue
    const [name = '', password = '', uid = '', gid = '', , home = '', shell] = raw.split(':')
    if (shell === undefined || name === '' || /^[+-]/.test(name) || !/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid))
      odd.push({ line: at + 1, raw })
    else accounts.push({ line: at + 1, raw, name, password, uid: Number(uid), gid: Number(gid), home, shell })
  }
  return { accounts, odd }
}

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export function parseGroups(content: string): readonly Group[] {
  return content.split('\n').flatMap((raw) => {
    const [name = '', , gid = '', members] = raw.split(':')
    if (members === undefined || name === '' || !/^\d{1,10}$/.test(gid)) return []
    return [{ name, gid: Number(gid), members: members.split(',').filter((one) => one !== '') }]
  })
}

/** Names of all groups of an account, its own first. */
export function groupsOf(account: Pick<PasswdLine, 'name' | 'gid'>, groups: readonly Group[]): readonly string[] {
  const own = groups.filter(({ gid }) => gid === account.gid)
  const others = groups.filter(({ gid, members }) => gid !== account.gid && members.includes(account.name))
  return [...own, ...others].map(({ name }) => name)
}

/** An account of the system: made by a package, nobody logs in to it. 65534 is nobody. */
export function isSystemAccount(uid: number): boolean {
  return (uid > 0 && uid < 1000) || uid === 65_534
}
