// The files of the page, read once into memory, for the browser and the desktop window alike. A request names an entry of this map or nothing: there is no
// path to travel along.

import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemCode } from '../platform/files.ts'

export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
}

/** By URL path; `/` is the page itself. */
export type Page = ReadonlyMap<string, PageFile>

/** What a build of the page holds. Anything else (source maps, strays) is not served. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Where the built page lies: `out/renderer`, at the same distance from the sources and from the bundle. */
export function pageFolder(): string {
  return fileURLToPath(new URL('../../out/renderer', import.meta.url))
}

/** Reads the built page; one that says so when there is none. Other failures reject with what the system says. */
export async function loadPage(folder: string): Promise<Page> {
  const files = await filesBelow(folder)
  const page = new Map<string, PageFile>()
  for (const file of files) {
    const type = types[extname(file)]
    const path = `/${relative(folder, file).split(sep).join('/')}`
    if (type !== undefined) page.set(path === '/index.html' ? '/' : path, { type, bytes: await readFile(file) })
  }
  if (page.has('/')) return page
  return new Map([['/', { type: 'text/html; charset=utf-8', bytes: new TextEncoder().encode(notice) }]])
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

const notice = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tourniquet</title>
<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>Tourniquet 止血</h1>
<p>The workbench is running, but its page has not been built. Run <code>npm run build</code>, then start it again. The command line does everything meanwhile: <code>tourniquet help</code>.</p>
<p lang="zh-CN">工作台已在运行，但页面尚未构建。请执行 <code>npm run build</code> 后重新启动。在此期间可使用命令行：<code>tourniquet help</code>。</p>
</body>
</html>
`
