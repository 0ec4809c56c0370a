#!/usr/bin/env node
// Starts the command line; in a checkout it builds first when the build is missing or older than the sources.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Tourniquet needs Node 20.19 or newer; this is ${process.versions.node}. Nothing was done. Install a newer Node and run the same command again.`,
  )
  process.exit(2)
}

const built = join(root, 'out/main/cli.js')

function newest(path) {
  const at = statSync(path)
  if (!at.isDirectory()) return at.mtimeMs
  return Math.max(at.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function stale() {
  if (!existsSync(join(root, 'main'))) return false
  if (!existsSync(built)) return true
  const builtAt = statSync(built).mtimeMs
  return [
    'main',
    'playbooks',
    'resources/signals',
    'resources/indicators',
    'resources/attack',
    'vite.config.ts',
    'package.json',
  ].some((path) => existsSync(join(root, path)) && newest(join(root, path)) > builtAt)
}

if (stale()) {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const done = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (done.status !== 0) {
    console.error('The build failed, so nothing was run. `npm ci && npm run build` shows why.')
    process.exit(1)
  }
}
await import(pathToFileURL(built).href)
