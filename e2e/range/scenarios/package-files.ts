// Real packages of the range's release for scenarios that restore programs, fetched once by apt from the mirror this machine uses; never from a host.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RangeHost } from '../host.ts'
import { cacheFolder, tryRun } from '../machine.ts'

/**
 * A folder with the packages in the versions this host has installed, and an archive index that names the first of them. Throws with the reason where the
 * mirror cannot be reached and they are not cached.
 */
export function packageFiles(host: RangeHost, names: readonly string[]): string {
  const wanted = names.map((name) => `${name}=${installedVersion(host, name)}`)
  const folder = join(
    cacheFolder,
    `packages-${createHash('sha256').update(wanted.join('\n')).digest('hex').slice(0, 12)}`,
  )
  if (existsSync(folder)) return folder
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  const fetched = tryRun(['sh', '-c', 'cd "$1" && shift && exec apt-get download "$@"', 'fetch', making, ...wanted])
  const debs = readdirSync(making).filter((name) => name.endsWith('.deb'))
  if (debs.length !== names.length)
    throw new Error(`packages of the range's release cannot be fetched: ${fetched.stderr}`)
  const first = debs.find((name) => name.startsWith(`${names[0] ?? ''}_`)) ?? ''
  const digest = createHash('sha256')
    .update(readFileSync(join(making, first)))
    .digest('hex')
  writeFileSync(join(making, 'Packages'), `Package: ${names[0] ?? ''}\nFilename: ${first}\nSHA256: ${digest}\n`)
  renameSync(making, folder)
  return folder
}

function installedVersion(host: RangeHost, name: string): string {
  const status = readFileSync(join(host.dir, 'var/lib/dpkg/status'), 'latin1')
  const version = new RegExp(`^Package: ${name}\\n(?:.+\\n)*?Version: (\\S+)`, 'm').exec(status)?.[1]
  if (version === undefined) throw new Error(`${host.name} has no ${name}`)
  return version
}
