#!/usr/bin/env node
// Starts the command line; in a checkout it first builds what this command needs and what is missing or older than its sources.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bringUpToDate } from './build.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Tourniquet needs Node 20.19 or newer; this is ${process.versions.node}. Nothing was done. Install a newer Node and run the same command again.`,
  )
  process.exit(2)
}

const command = process.argv.slice(2).find((word) => !word.startsWith('-'))
const needed = { start: ['cli', 'page', 'desktop'], serve: ['cli', 'page'] }[command] ?? ['cli']
const chinese = (process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '').startsWith('zh')
const shown = needed.length > 1 // a page takes seconds, and silence looks like a hang
const notify = () => {
  if (shown) console.error(chinese ? '正在构建早于源码的部分……' : 'Building what is older than its sources …')
}
const failed = await bringUpToDate(needed, notify)
if (failed.includes('cli')) {
  console.error('The build failed, so nothing was run. `npm ci && npm run build` shows why.')
  process.exit(1)
}
if (failed.length > 0)
  console.error(
    chinese
      ? `未能构建：${failed.join('、')}；沿用上次的构建。`
      : `Could not be built: ${failed.join(', ')}. The build from before is used, where there is one.`,
  )
await import(pathToFileURL(join(import.meta.dirname, '../../out/main/cli.js')).href)
