#!/usr/bin/env node
// Builds what is older than its sources: the command line, the page, the desktop shell. `npm run build` builds all three whatever their age; other words go
// on to the bundler. In what ships there are no sources, and nothing is built.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const data = [
  'playbooks',
  'resources/signals',
  'resources/indicators',
  'resources/places',
  'resources/attack',
  'package.json',
]

/** What is built, from what, how often the bundler runs for it, and the file that is written last. */
const parts = {
  cli: { from: ['main', 'vite.config.ts', ...data], runs: [[]], built: 'out/main/cli.js' },
  page: {
    from: ['renderer', 'main/core', 'package.json'],
    runs: [['--config', 'renderer/vite.config.ts']],
    built: 'out/renderer/index.html',
  },
  desktop: {
    from: ['main', 'resources/self-test', 'vite.electron.config.ts', ...data],
    runs: [
      ['--config', 'vite.electron.config.ts', '--mode', 'preload'],
      ['--config', 'vite.electron.config.ts'],
    ],
    built: 'out/electron/main.js',
  },
}

/** Milliseconds since 1970 of the youngest source; tests are none. */
function newest(path) {
  const at = statSync(path, { throwIfNoEntry: false })
  if (at === undefined || path.endsWith('.test.ts')) return 0
  if (!at.isDirectory()) return at.mtimeMs
  return Math.max(at.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function stale({ from, built }) {
  const builtAt = statSync(join(root, built), { throwIfNoEntry: false })?.mtimeMs
  return builtAt === undefined || from.some((path) => newest(join(root, path)) > builtAt)
}

function run(args) {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [vite, 'build', ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}

/** One build of a part at a time: a second one waits, and finds it done. A lock whose owner is gone counts for nothing. */
async function alone(name, work) {
  const lock = join(root, `out/.building-${name}`)
  mkdirSync(dirname(lock), { recursive: true })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isGone(lock)) rmSync(lock, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function isGone(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

async function build(name, args) {
  for (const each of parts[name].runs) if (!(await run([...each, ...args]))) return false
  return true
}

/**
 * Builds those of the parts that are older than their sources, side by side. Resolves to the names of those that could not be built. `notify` is called once,
 * before the first of them.
 */
export async function bringUpToDate(names, notify = () => undefined) {
  if (!existsSync(join(root, 'main')) || !existsSync(join(root, 'vite.config.ts'))) return []
  const old = names.filter((name) => stale(parts[name]))
  if (old.length > 0) notify()
  const built = (name) => alone(name, async () => !stale(parts[name]) || (await build(name, ['--logLevel', 'error'])))
  const good = await Promise.all(old.map(built))
  return old.filter((_, index) => !good[index])
}

if (process.argv[1] !== undefined && statSync(process.argv[1]).ino === statSync(fileURLToPath(import.meta.url)).ino) {
  const args = process.argv.slice(2)
  const named = args.filter((word) => word in parts)
  const names = named.length > 0 ? named : Object.keys(parts)
  let good = true
  for (const name of names)
    good =
      (await build(
        name,
        args.filter((word) => !(word in parts)),
      )) && good
  process.exitCode = good ? 0 : 1
}
