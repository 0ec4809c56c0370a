// Compiles the stand-ins at need and keeps the results in the range's cache, named by what they were made of.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, rangeFolder, run } from '../machine.ts'

const builds = {
  labminer: ['musl-gcc', '-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'],
  labhide: ['gcc', '-shared', '-fPIC', '-s', '-O2', '-Wall', '-Wextra', '-Werror'],
  crunch: ['musl-gcc', '-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'],
  labtwin: ['musl-gcc', '-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror'],
} as const

/** Path of the compiled stand-in on this machine. Throws with the compiler's words. */
export function standIn(name: keyof typeof builds): string {
  const source = join(rangeFolder, 'stand-ins', `${name}.c`)
  const recipe = createHash('sha256').update(JSON.stringify(builds[name])).update(readFileSync(source))
  const folder = join(cacheFolder, 'stand-ins')
  const file = join(folder, `${name}-${recipe.digest('hex').slice(0, 12)}`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  run([...builds[name], '-o', `${file}.${process.pid}`, source])
  renameSync(`${file}.${process.pid}`, file)
  return file
}
