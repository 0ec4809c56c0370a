// Who may write to a case: one at a time, and after a crash, a move or a copy only who says why.

import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { codeOf } from '../core/refusal-fixture.ts'
import { gap, placeForCase, type CasePlace } from './case-folder-fixture.ts'

let place: CasePlace
beforeEach(() => {
  place = placeForCase()
})

describe('the lease', () => {
  it('lets one writer in and any number of readers', async () => {
    const store = await place.create()
    await expect(place.write()).rejects.toMatchObject({ code: 'case-locked', params: { pid: process.pid } })
    await expect(place.write('I insist')).rejects.toMatchObject({ code: 'case-locked' })
    expect((await place.read()).info.caseId).toBe(store.info.caseId)
    expect(await codeOf((await place.read()).append('host-1', 'gap', gap('no')))).toBe('case-locked')
    await store.close()
    expect(await codeOf(store.append('host-1', 'gap', gap('late')))).toBe('case-locked')
    await (await place.write()).close()
    expect(readdirSync(join(place.folder, 'lease'))).toEqual([])
  })

  it('held by another machine is believed until somebody says otherwise', async () => {
    await (await place.create()).close()
    const claim = {
      format: 'tourniquet.lease/1',
      pid: 1,
      started: '1',
      host: 'elsewhere',
      boot: null,
      pidNamespace: null,
      since: 'x',
    }
    writeFileSync(join(place.folder, 'lease', 'f.json'), JSON.stringify(claim))
    await expect(place.write()).rejects.toMatchObject({ code: 'case-locked', params: { host: 'elsewhere' } })
    const store = await place.write('that laptop was stolen')
    expect(JSON.stringify(store.events('case').at(-1)?.data)).toContain('that laptop was stolen')
  })

  it('does not let a copied folder be written to before it is taken over', async () => {
    await (await place.create()).close()
    const copy = join(place.base, 'copy')
    cpSync(place.folder, copy, { recursive: true })
    expect((await place.read(copy)).info.number).toBe('IR-7')
    await expect(place.write(undefined, copy)).rejects.toMatchObject({
      code: 'case-locked',
      params: { reason: 'a copy' },
    })
    const store = await place.write('handed to the second shift', copy)
    expect(store.events('case').at(-1)?.type).toBe('case-taken-over')
    await store.close()
    await (await place.write(undefined, copy)).close()
  })
})
