// Where the program's own data lies: beside the sources in a checkout and beside the bundle in what ships, at the same distance from both.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { TourniquetError } from '../core/errors.ts'
import type { Arch, Tool, Toolbox } from '../core/host/toolbox.ts'
import type { Hashing } from '../core/ports.ts'

/** Folder of `resources` or `playbooks`. */
export function programFolder(name: 'resources' | 'playbooks'): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url))
}

const arches: readonly Arch[] = ['x86_64', 'aarch64']
const tools = ['busybox', 'getfattr', 'setfattr', 'stat'] as const

/** Reads the toolbox and checks every tool against SHA256SUMS. Throws `toolbox-damaged` with the file, before any host is touched. */
export async function loadToolbox(hashing: Hashing): Promise<Toolbox> {
  const folder = `${programFolder('resources')}/toolbox`
  const sums = await readFile(`${folder}/SHA256SUMS`, 'utf8').catch(unreadable(`${folder}/SHA256SUMS`))
  const expected = new Map(
    sums.split('\n').flatMap((line) => {
      const [sum, name] = line.split(/ [ *]/)
      return sum && name ? [[name.replace(/^\.\//, ''), sum] as const] : []
    }),
  )
  const load = async (arch: Arch, name: string): Promise<Tool> => {
    const path = `${folder}/${arch}/${name}`
    const bytes = await readFile(path).catch(unreadable(path))
    const sha256 = hashing.sha256().update(bytes).hex()
    if (expected.get(`${arch}/${name}`) !== sha256)
      throw new TourniquetError('toolbox-damaged', { what: `${arch}/${name}`, where: 'workbench' })
    return { name, bytes, sha256 }
  }
  const entries = await Promise.all(
    arches.map(async (arch) => [arch, await Promise.all(tools.map((name) => load(arch, name)))] as const),
  )
  return Object.fromEntries(entries)
}

function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new TourniquetError('file-unreadable', { path }, cause)
  }
}
