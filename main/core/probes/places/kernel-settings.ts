// sysctl.d(5): settings that make the kernel start a program (core dumps, hotplug, modprobe), and the huge pages that miners reserve.

import type { PlaceEntry, PlaceParser } from '../places.ts'

export const parse: PlaceParser = (content) =>
  content.split('\n').flatMap((raw, at): readonly PlaceEntry[] => {
    const [, name = '', value = ''] = /^\s*-?\s*([\w./-]+)\s*=\s*(.*)$/.exec(raw) ?? []
    const key = name.replaceAll('/', '.')
    const program = /^kernel\.(?:core_pattern|modprobe|hotplug|poweroff_cmd)$/.test(key)
    if (program && (key !== 'kernel.core_pattern' || value.startsWith('|')))
      return [{ line: at + 1, raw, form: 'entry', command: value.replace(/^\|/, ''), removable: true }]
    if (key === 'vm.nr_hugepages' && Number(value) > 0)
      return [{ line: at + 1, raw, form: 'environment', command: '', removable: true }]
    return []
  })
