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
