// Practising at the page: one click on a machine that has nothing yet but this program, and the whole way on the host it boots, to a bundle that other
// people's tools accept. What was done is judged on the disk of the practice host, from outside.

import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lookAt } from '../page/browser.ts'
import { stockToolsAccept } from '../page/bundle.ts'
import { atEveryWindow } from '../page/desk.ts'
import { attachHost, type RangeHost } from '../range/host.ts'
import { listRecords, remains } from '../range/registry.ts'
import { takeBaseline, wrongAfterEviction, wrongAfterLook, type Baseline } from '../range/scenarios/baseline.ts'
import { hiddenMiner } from '../range/scenarios/hidden-miner.ts'

/** A first boot builds the image. */
const patience = 300_000

atEveryWindow('a responder who practises', { name: 'practice' }, (desk) => {
  const bundle = (): string => join(desk.home, 'practice.zip')
  let host: RangeHost
  let baseline: Baseline

  it('has a host boot and a case opened for it with one click', async () => {
    const { page, me } = desk
    const before = listRecords().map(({ name }) => name)
    await me.button(me.say('cases', 'practice')).click()
    await me.button(me.say('hosts', 'keyRemember')).waitFor({ timeout: patience })
    await lookAt(page, 'practice-key')
    const record = listRecords().find(({ name, scenario }) => !before.includes(name) && scenario === 'hidden-miner')
    if (record === undefined) throw new Error('no practice host among the range hosts')
    host = await attachHost(record)
    baseline = takeBaseline(hiddenMiner, host)
    await me.trustAndHear()
    await page.getByText(me.say('cases', 'practiceCustomer')).first().waitFor()
  })

  it('looks at it, and sees the miner without a write', async () => {
    await desk.me.triage()
    await desk.page.getByText('lab_kworkd').first().waitFor()
    expect(wrongAfterLook(baseline, host)).toEqual([])
  })

  it('evicts the miner', async () => {
    await desk.me.startRun('Evict the miner', {
      'How long everything must stay as cleaned': '30s',
      'How far the soak may be lengthened to cover what revives it': '30s',
    })
    await desk.me.seeThrough()
    await lookAt(desk.page, 'practice-evicted')
    expect(wrongAfterEviction(baseline, host)).toEqual([])
  })

  it('saves a bundle that unzip, sha256sum and its own verify.sh accept', async () => {
    await desk.me.saveBundle(bundle())
    stockToolsAccept(bundle(), join(desk.home, 'unpacked'))
  })

  it('puts the host away with one more click', async () => {
    const { me } = desk
    await me.command(me.say('frame', 'closeCase'))
    await me.button(me.say('cases', 'practiceStop')).click()
    await expect.poll(() => remains(host.record), { timeout: 60_000 }).toEqual([])
    expect(desk.complaints).toEqual([])
  })
})
