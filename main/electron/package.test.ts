// What ships: the folder electron-builder makes, around a stub in place of Electron's binary. Installers, and whether the real binary obeys its fuses, are
// proven elsewhere.

import { extractAll, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walkBundle } from '../../e2e/fixtures/electron/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = mkdtempSync(join(tmpdir(), 'tq-package-'))
const unpacked = join(out, 'package/linux-unpacked')
const archive = join(unpacked, 'resources/app.asar')

beforeAll(async () => {
  const build = `import(${JSON.stringify(pathToFileURL(join(root, 'resources/bin/build.mjs')).href)}).then((m) => m.bringUpToDate(['desktop', 'page']))`
  execFileSync(process.execPath, ['-e', build], { stdio: 'ignore' })
  const maker = join(root, 'e2e/fixtures/electron/package.ts')
  await promisify(execFile)(process.execPath, ['--import', 'tsx', maker, out], { cwd: root })
}, 240_000)
afterAll(() => {
  rmSync(out, { recursive: true, force: true })
})

describe('the packaged program', () => {
  it('holds exactly the files the program reads', () => {
    const files = listPackage(archive, { isPack: false }).filter((path) => !/^\/out\/renderer\/assets\//.test(path))
    const tools = ['SHA256SUMS']
    for (const arch of ['aarch64', 'x86_64'])
      tools.push(
        arch,
        ...['busybox', 'busybox.config', 'getfattr', 'setfattr', 'stat'].map((name) => `${arch}/${name}`),
      )
    const playbooks = readdirSync(join(root, 'playbooks')).filter((name) => name.endsWith('.yaml'))
    expect(files.sort()).toEqual(
      [
        ...['/LICENSE', '/package.json', '/out', '/out/electron', '/out/electron/main.js', '/out/electron/preload.cjs'],
        ...['/out/renderer', '/out/renderer/assets', '/out/renderer/icon.svg', '/out/renderer/index.html'],
        ...['/resources', '/resources/icons', '/resources/icons/512x512.png', '/resources/toolbox', '/playbooks'],
        ...tools.map((name) => `/resources/toolbox/${name}`),
        ...playbooks.map((name) => `/playbooks/${name}`),
      ].sort(),
    )
  })

  it('holds of the page only script, style, fonts and pictures', () => {
    const assets = listPackage(archive, { isPack: false }).filter((path) => path.startsWith('/out/renderer/assets/'))
    expect(assets.length).toBeGreaterThan(2)
    for (const path of assets) expect(path).toMatch(/\.(js|css|woff2|svg|png|json)$/)
  })

  it('brings the sources and licences of the toolbox along', () => {
    for (const name of ['sources', 'LICENSES', 'README.md', 'build.sh'])
      expect(existsSync(join(unpacked, 'resources/toolbox', name))).toBe(true)
  })

  it('is small enough to carry: below 32 MB without Electron', () => {
    expect(statSync(archive).size).toBeLessThan(32_000_000)
  })

  it('has its fuses set', async () => {
    const fuses = await getCurrentFuseWire(join(unpacked, 'tourniquet'))
    const on = (fuse: FuseV1Options): boolean => Number(fuses[fuse]) === '1'.charCodeAt(0)
    expect({
      runAsNode: on(FuseV1Options.RunAsNode),
      cookies: on(FuseV1Options.EnableCookieEncryption),
      nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
      integrity: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      asarOnly: on(FuseV1Options.OnlyLoadAppFromAsar),
      fileProtocol: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      cookies: true,
      nodeOptions: false,
      inspect: false,
      integrity: true,
      asarOnly: true,
      fileProtocol: false,
    })
  })

  it('runs from what is in the archive alone: toolbox, playbooks, crypto and SSH work there', async () => {
    const folder = join(out, 'extracted')
    extractAll(archive, folder)
    const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main: string }
    const BUNDLE = pathToFileURL(join(folder, main)).href
    const walked = await walkBundle('run', ['--self-test'], { BUNDLE, PACKAGED: '1' })
    const said = JSON.parse(walked.stdout) as { checks: { name: string; ok: boolean; detail: string }[] }
    expect(said.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(said.checks.find(({ name }) => name === 'toolbox')?.detail).toBe('x86_64 aarch64')
  }, 60_000)
})
