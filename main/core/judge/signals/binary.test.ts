import { describe, expect, it } from 'vitest'
import { ownText } from '../../host-text.ts'
import type { BinaryFact } from '../../probes/facts.ts'
import { aTool, delivered } from '../fixtures/binaries.ts'
import { meta } from '../fixtures/facts.ts'
import { found, judged, signalsOf, spoilt } from '../fixtures/judging.ts'

const copy = (path: string, matches: 'yes' | 'no' | 'unknown', named = true) => ({ meta: meta(path), matches, named })
const script = (text: string) => ({ content: 'script' as const, head: ownText(text) })
const all = (...facts: BinaryFact[]) =>
  [...found(judged(facts), 'binary')].sort(
    (a, b) => Number(b.title !== 'binary.copy') - Number(a.title !== 'binary.copy'),
  )
const first = (...facts: BinaryFact[]) => all(...facts)[0]

describe('tools', () => {
  it('proposes a shell wrapper in place of a program, with its original beside it, and the original as well', () => {
    const findings = all(
      aTool('/usr/bin/ps', {
        ...script('#!/bin/sh\n/usr/bin/ps.original "$@" | grep -v x\n'),
        copies: [copy('/usr/bin/ps.original', 'yes')],
      }),
    )
    expect(findings.map(({ title, proposed, tags }) => [title, proposed, tags])).toEqual([
      ['binary.replaced', 'yes', ['replaced-tool', 'restorable']],
      ['binary.copy', 'yes', ['moved-copy']],
    ])
    expect(signalsOf(findings[0])).toEqual(
      expect.arrayContaining(['tool-altered', 'program-now-script', 'wraps-original', 'original-beside']),
    )
  })

  it('proposes a tool that is missing and lies there under another name, not one that is only gone', () => {
    const gone = { state: 'missing' as const, meta: null, content: 'none' as const, actualMd5: null }
    expect(
      first(aTool('/usr/bin/chattr', { ...gone, copies: [copy('/usr/bin/tntrecht', 'yes', false)] })),
    ).toMatchObject({
      title: 'binary.renamed',
      proposed: 'yes',
      target: { kind: 'file', identity: { inode: '0' } },
    })
    expect(first(aTool('/usr/bin/curl', gone))).toBeUndefined()
  })

  it('is not led by a list that was edited to match: the type, the wrapper and the changed list speak', () => {
    const fake = aTool('/usr/bin/top', {
      state: 'doubtful',
      actualMd5: delivered,
      listChanged: 'yes',
      ...script('#!/bin/sh\nexec top.lanigiro "$@"\n'),
      copies: [copy('/usr/bin/top.lanigiro', 'no')],
    })
    expect(first(fake)).toMatchObject({ title: 'binary.doubtful', proposed: 'yes' })
    // its name alone does not make a neighbour hostile; that the script calls it does
    expect(all(fake)[1]).toMatchObject({ title: 'binary.copy', proposed: 'yes' })
    expect(all({ ...fake, head: ownText('#!/bin/sh\nexec x.original\n') })[1]).toMatchObject({ proposed: 'unknown' })
  })

  it('never proposes on a differing checksum alone, nor on a changed list alone', () => {
    expect(first(aTool('/usr/bin/top'))?.proposed).toBe('no')
    expect(
      first(aTool('/usr/bin/top', { state: 'doubtful', actualMd5: delivered, listChanged: 'yes' }))?.proposed,
    ).toBe('no')
  })

  it("knows an owner's busybox and a tool of his own from a link that leads away", () => {
    const link = (target: string) =>
      aTool('/usr/bin/top', {
        meta: meta('/usr/bin/top', { type: 'symlink', linkTarget: ownText(target) }),
        content: 'none',
      })
    expect(first(link('busybox'))?.proposed).toBe('no')
    expect(first(link('/bin/busybox'))?.proposed).toBe('no')
    expect(first(link('/tmp/.x/top'))?.proposed).toBe('yes')
    const own = aTool('/usr/bin/systemctl', {
      state: 'unlisted',
      package: ownText(''),
      ...script('#!/usr/bin/python3\n'),
    })
    expect(first(own)?.proposed ?? 'no').toBe('no')
  })

  it('leaves what an administrator diverted, laid down or had prelinked', () => {
    const diverted = aTool('/usr/bin/top', {
      state: 'diverted',
      ...script('#!/bin/sh\ntop.distrib\n'),
      copies: [copy('/usr/bin/top.distrib', 'unknown')],
    })
    expect(first(diverted)?.proposed ?? 'no').toBe('no')
    const laidDown = { state: 'mode' as const, meta: meta('/usr/bin/curl', { mode: '0600', flags: 'i' }) }
    const override = { mode: '0600', owner: 'root', group: 'root' }
    expect(first(aTool('/usr/bin/curl', { ...laidDown, override }))?.proposed).toBe('no')
    const many = Array.from({ length: 14 }, (_, at) => aTool(`/usr/bin/t${at}`, { listChanged: 'yes' }))
    for (const one of found(judged(many), 'binary')) expect(one.proposed).toBe('no')
  })

  it('gives more weight to several struck tools, and proposes disabled and locked ones in such company', () => {
    const struck = aTool('/usr/bin/ps', { ...script('#!/bin/sh\n'), copies: [copy('/usr/bin/ps.original', 'yes')] })
    const disabled = aTool('/usr/bin/chattr', {
      state: 'mode',
      meta: meta('/usr/bin/chattr', { mode: '0000', flags: 'i' }),
    })
    expect(first(disabled)?.proposed).toBe('no')
    const both = found(judged([struck, disabled]), 'binary').find(({ title }) => title === 'binary.mode')
    expect(both).toMatchObject({ proposed: 'yes' })
  })

  it('calls no host clean whose tools were not compared to the end, but one whose packages cannot be read', () => {
    const unknown = spoilt(['binary'], 'binaries')
    expect(judged([], { unknowns: [{ ...unknown, reason: 'timed-out' }] }).verdict).toBe('unknown')
    expect(judged([], { unknowns: [{ ...unknown, reason: 'not-supported' }] }).verdict).toBe('clean')
  })

  it('advises to rebuild when a part of the login is not as delivered, and proposes nothing for it', () => {
    const judgement = judged([
      aTool('/usr/lib/x86_64-linux-gnu/security/pam_unix.so', { rebuild: true, expectedContent: 'unknown' }),
    ])
    expect(judgement.verdict).toBe('rebuild-advised')
    expect(judgement.findings[0]).toMatchObject({ kind: 'binary', proposed: 'no', tags: ['rebuild', 'replaced-tool'] })
    expect(signalsOf(judgement.findings[0])).toContain('needs-rebuild')
  })
})
