// Two hosts in one case at the page: looked at together, one run over both with approvals for each of its own, and one of them that comes back with another
// host key. Judged on the disks of both hosts and in the journal: the clean one is not touched.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { barriers, lookAt } from '../page/browser.ts'
import { atEveryWindow } from '../page/desk.ts'
import type { RangeHost } from '../range/host.ts'
import { takeBaseline, wrongAfterEviction, wrongAfterLook, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'
import type { Scenario } from '../range/scenarios/scenario.ts'

const patience = 90_000

/** Nothing but what the distribution delivers. */
const nothing: Scenario = {
  ...hiddenMiner,
  name: 'quiet',
  plant: () => Promise.resolve(),
  hostileFiles: [],
  dormantFiles: [],
  attackerFolders: [],
}

atEveryWindow('a responder with two hosts', { name: 'hosts' }, (desk) => {
  const began = Date.now()
  let infected: RangeHost
  let quiet: RangeHost
  let before: { readonly infected: Baseline; readonly quiet: Baseline }

  beforeAll(async () => {
    infected = await desk.boot(hiddenMiner)
    quiet = await desk.boot(nothing)
    before = { infected: takeBaseline(hiddenMiner, infected), quiet: takeBaseline(nothing, quiet) }
    desk.page.setDefaultTimeout(patience)
    await desk.me.newCase({ number: '2026-0147', customer: 'Hengtai Logistics', examiner: 'Li Wei' })
  })
  afterAll(() => {
    console.log(`two hosts took ${String(Math.round((Date.now() - began) / 1000))} s`)
  })

  it('looks at both at once, and tells the infected one from the clean one', async () => {
    const { page, me } = desk
    for (const host of [infected, quiet]) {
      await me.addHost(`ssh -i ${host.rootKey} root@${host.address}`)
      await me.hostRow(host.address).getByText(/heard/).waitFor()
      await me.hostRow(host.address).getByRole('checkbox').check({ force: true })
    }
    await page.getByRole('button', { name: me.say('hosts', 'triage'), exact: true }).click()
    await me.hostRow(infected.address).getByText('Infected').waitFor()
    await me.hostRow(quiet.address).getByText('Clean').waitFor()
    await lookAt(page, 'hosts-triage')
    expect(await barriers(page)).toEqual([])
  })

  it('evicts the miner in one run over both, asked about each host by itself and about no change of the clean one', async () => {
    const { page, me } = desk
    const form = await me.openRun(/^Evict the miner/)
    await form.getByLabel('How long everything must stay as cleaned').fill('30s')
    await form.getByLabel('How far the soak may be lengthened to cover what revives it').fill('30s')
    await lookAt(page, 'hosts-run')
    expect(await barriers(page)).toEqual([])
    await form.getByRole('button', { name: me.say('checklist', 'startOn', { n: 2 }) }).click()
    const asked: Record<string, string[]> = { [infected.name]: [], [quiet.name]: [] }
    await me.seeThrough({
      seen: async (title) => {
        const head = await page.locator('main article > header').textContent()
        for (const [name, titles] of Object.entries(asked)) if (head?.includes(`${name} ·`)) titles.push(title)
        if (title === 'Freeze the whole set') await lookAt(page, 'hosts-approval')
      },
    })
    expect(asked[quiet.name]).toEqual(['Make a snapshot of the disks'])
    expect(asked[infected.name]).toEqual(
      expect.arrayContaining(['Make a snapshot of the disks', 'Freeze the whole set', 'Kill what was frozen']),
    )
    expect(wrongAfterEviction(before.infected, infected)).toEqual([])
    expect(wrongAfterLook(before.quiet, quiet)).toEqual([])
    expect(changesOn(quiet)).toEqual([])
    expect(changesOn(infected)).not.toEqual([])
  })

  it('says of each host how far it is', async () => {
    const { page, me } = desk
    for (const host of [infected, quiet]) {
      await runHosts().getByRole('button', { name: host.name }).click()
      await page
        .getByRole('main')
        .getByText(`${host.name} · ${me.say('checklist', 'phase-watch')}`)
        .waitFor()
      await runHosts().getByRole('button', { name: host.name }).getByText(/^done/).waitFor()
      await lookAt(page, `hosts-through-${host === quiet ? 'clean' : 'infected'}`)
    }
    expect(await barriers(page)).toEqual([])
  })

  it('is not let in to a host that shows another key, sees both, and gets in only after taking the new one with a reason', async () => {
    const { page, me } = desk
    const row = me.hostRow(quiet.address)
    await me.choose(quiet.address)
    await quiet.sh(
      'rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh',
    )
    const [, now] = (await quiet.sh('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')
    await row.getByRole('button', { name: me.say('hosts', 'actions', { host: quiet.name }) }).click()
    await page.getByRole('menuitem', { name: me.say('hosts', 'disconnect') }).click()
    await row.getByText(me.say('hosts', 'left')).waitFor()
    await me.button(me.say('hosts', 'reconnect')).first().click()
    const alarm = page.getByRole('alert').filter({ hasText: me.say('hosts', 'changedTitle') })
    await alarm.waitFor()
    const prints = await alarm
      .locator('code[aria-label^="SHA256:"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
    expect(prints).toEqual([expect.stringMatching(/^SHA256:/), now])
    expect(prints[0]).not.toBe(now)
    await lookAt(page, 'hosts-key-changed')
    expect(await barriers(page)).toEqual([])
    expect(events('host-key-changed')).toHaveLength(1)
    await alarm.getByRole('button', { name: me.say('hosts', 'changedAccept') }).click()
    const form = page.getByRole('dialog')
    const take = form.getByRole('button', { name: me.say('hosts', 'acceptDo') })
    await take.waitFor()
    expect(await take.isDisabled()).toBe(true)
    expect(await form.textContent()).toContain('MD5')
    await lookAt(page, 'hosts-key-take')
    expect(await barriers(page)).toEqual([])
    await form.getByLabel(me.say('hosts', 'acceptReason')).fill('rebuilt by the customer, read out at the console')
    await take.click()
    await row.getByText(/heard/).waitFor()
    expect(events('host-key-accepted').map(({ data }) => data)).toEqual([
      {
        address: `root@${quiet.address}:22`,
        old: prints[0],
        now,
        by: 'Li Wei',
        reason: 'rebuilt by the customer, read out at the console',
      },
    ])
    await me.goTo('checklist')
    await runHosts().getByRole('button', { name: quiet.name }).waitFor() // still the host it was
    expect(desk.complaints).toEqual([])
  })

  function runHosts(): Locator {
    return desk.page.getByRole('list', { name: desk.me.say('checklist', 'runHosts') })
  }

  interface Line {
    readonly type: string
    readonly data: Readonly<Record<string, unknown>>
  }

  function events(type: string, chain = 'case'): readonly Line[] {
    const [only] = readdirSync(desk.cases)
    return readFileSync(join(desk.cases, only ?? '', 'journal', `${chain}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.type === type)
  }

  /** What was begun on a host, or done. */
  function changesOn(host: RangeHost): readonly Line[] {
    const added = events('host-added').find(({ data }) => String(data['address']).includes(`@${host.address}:`))
    return events('intended', String(added?.data['host']))
  }
})
