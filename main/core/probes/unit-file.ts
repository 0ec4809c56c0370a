// systemd unit files, as far as schedules need them: values of keys, after drop-ins. Pure; strings are latin-1.

/** Values of `key` in `section`, in order. An empty assignment clears what came before it, as systemd does; `\` joins lines. */
export function unitValues(contents: readonly string[], section: string, key: string): string[] {
  let values: string[] = []
  for (const content of contents) {
    let inside = false
    for (const line of content.replace(/\\\n[ \t]*/g, ' ').split('\n')) {
      const text = line.trim()
      if (text === '' || text.startsWith('#') || text.startsWith(';')) continue
      const heading = /^\[([^\]]*)\]$/.exec(text)
      if (heading) inside = heading[1] === section
      const match = /^([A-Za-z]+)\s*=\s*([^]*)$/.exec(text)
      if (heading || !inside || match?.[1] !== key) continue
      values = match[2] === '' ? [] : [...values, match[2] ?? '']
    }
  }
  return values
}

export interface UnitPath {
  readonly folder: string
  /** `x.timer`; for drop-ins the unit they change */
  readonly unit: string
  readonly dropIn: boolean
}

/** `/etc/systemd/system/x.service.d/y.conf` and `/etc/systemd/system/x.service` taken apart. */
export function unitPath(path: string): UnitPath {
  const parts = path.split('/')
  const name = parts.at(-1) ?? ''
  const parent = parts.at(-2) ?? ''
  const dropIn = parent.endsWith('.d') && name.endsWith('.conf')
  return dropIn
    ? { folder: parts.slice(0, -2).join('/'), unit: parent.slice(0, -2), dropIn }
    : { folder: parts.slice(0, -1).join('/'), unit: name, dropIn }
}

/** Who reads a unit folder: `system`, a user's home, or `user` for folders that every user's manager reads. */
export function managerOf(folder: string): string {
  if (/^\/(etc|run|usr|lib)\/(local\/)?(lib\/)?systemd\/(system|transient|generator)/.test(folder)) return 'system'
  return /\/\.(config|local\/share)\/systemd\/user/.exec(folder)
    ? folder.replace(/\/\.(config|local)\/.*$/, '')
    : 'user'
}

/** Units of the same manager; shared user units are visible to every user. */
export function isVisible(unitFolder: string, readerFolder: string): boolean {
  const manager = managerOf(unitFolder)
  const own = managerOf(readerFolder)
  return manager === own || (manager === 'user' && own !== 'system')
}

/** True when `name` is that unit, or an instance of it where it is a template: `x@1.service` of `x@.service`. */
export function isNamed(name: string, unit: string): boolean {
  return name === unit || (unit.includes('@.') && name.replace(/@[^@]*\./, '@.') === unit)
}

/** The unit whose control group a process lives in, from the text of /proc/PID/cgroup; null outside of any. */
export function unitOfGroup(text: string): { readonly name: string; readonly manager: 'system' | 'user' } | null {
  const paths = text.split('\n').flatMap((line) => /^(?:0:|\d+:name=systemd):(\/[^]*)$/.exec(line)?.[1] ?? [])
  for (const path of paths) {
    const units = path.split('/').filter((part) => /\.(service|scope|socket|mount|swap)$/.test(part))
    const [outer, inner] = units
    if (outer === undefined) continue
    if (!/^user@\d+\.service$/.test(outer)) return { name: outer, manager: 'system' }
    return inner === undefined || inner === 'init.scope'
      ? { name: outer, manager: 'system' }
      : { name: inner, manager: 'user' }
  }
  return null
}
