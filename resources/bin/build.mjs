#!/usr/bin/env node
// Builds what is older than its sources: the command line, the page, the desktop shell. `npm run build` builds all three whatever their age; other words go
// on to the bundler. In what ships there are no sources, and nothing is built.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const data = ['playbooks', 'resources/signals', 'resources/indicators', 'resources/attack', 'package.json']

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

async function build(name, args) {
  for (const each of parts[name].runs) if (!(await run([...each, ...args]))) return false
  return true
}

/**
 * Builds those of the parts that are older than their sources, side by side. Resolves to false when one could not be built. `notify` is called once, before
 * the first of them.
 */
export async function bringUpToDate(names, notify = () => undefined) {
  if (!existsSync(join(root, 'main')) || !existsSync(join(root, 'vite.config.ts'))) return true
  const old = names.filter((name) => stale(parts[name]))
  if (old.length === 0) return true
  notify()
  return (await Promise.all(old.map((name) => build(name, ['--logLevel', 'warn'])))).every(Boolean)
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
