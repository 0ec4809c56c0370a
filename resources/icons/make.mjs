// Draws the icons of every size from icon.svg with the Chromium of the tests, and packs them: PNG for Linux, ICO for Windows, ICNS for macOS. Both containers
// take PNG as it is. Run it after a change of the drawing: node resources/icons/make.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const here = import.meta.dirname
const svg = readFileSync(join(here, 'icon.svg'), 'utf8')
const sizes = [16, 32, 48, 64, 128, 256, 512, 1024]

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const pngs = new Map()
for (const size of sizes) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
  pngs.set(size, await page.screenshot({ omitBackground: true }))
  await page.close()
}
await browser.close()

for (const size of [16, 32, 48, 64, 128, 256, 512]) writeFileSync(join(here, `${size}x${size}.png`), pngs.get(size))

// https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10): a directory of 16 bytes an entry; 0 stands for 256.
const inIco = [16, 32, 48, 64, 128, 256]
let offset = 6 + 16 * inIco.length
const directory = inIco.map((size) => {
  const entry = Buffer.alloc(16)
  entry.writeUInt8(size % 256, 0)
  entry.writeUInt8(size % 256, 1)
  entry.writeUInt16LE(1, 4)
  entry.writeUInt16LE(32, 6)
  entry.writeUInt32LE(pngs.get(size).length, 8)
  entry.writeUInt32LE(offset, 12)
  offset += pngs.get(size).length
  return entry
})
const icoHead = Buffer.from([0, 0, 1, 0, inIco.length, 0])
writeFileSync(join(here, 'icon.ico'), Buffer.concat([icoHead, ...directory, ...inIco.map((size) => pngs.get(size))]))

// Types by size as macOS names them; the doubled ones are the same picture for dense screens.
const inIcns = {
  icp4: 16,
  icp5: 32,
  icp6: 64,
  ic07: 128,
  ic08: 256,
  ic09: 512,
  ic10: 1024,
  ic11: 32,
  ic12: 64,
  ic13: 256,
  ic14: 512,
}
const blocks = Object.entries(inIcns).map(([type, size]) => {
  const head = Buffer.alloc(8)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(pngs.get(size).length + 8, 4)
  return Buffer.concat([head, pngs.get(size)])
})
const icnsHead = Buffer.alloc(8)
icnsHead.write('icns', 0, 'latin1')
icnsHead.writeUInt32BE(8 + blocks.reduce((sum, block) => sum + block.length, 0), 4)
writeFileSync(join(here, 'icon.icns'), Buffer.concat([icnsHead, ...blocks]))
