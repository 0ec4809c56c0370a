// A case with a story in it, for tests of bundles and reports: one host infected and cleaned, one never reached, hostile names everywhere.

import type { ExhibitMeta } from '../core/case/events.ts'
import { base64 } from '../core/json.ts'
import { createCaseFolder, type CaseFolder, type World } from './case-folder.ts'
import { nodeHashing } from './hashing.ts'
import { systemRandom } from './random.ts'

/** What an attacker would like a file to be called, in shown form. */
export const hostileName = '/tmp/../../etc/cron.d/\\x0aevil</td><script>alert(1)</script>\\xe2\\x80\\xae.txt'

/** A world whose clock goes one second a reading, from a fixed start. */
export function steadyWorld(): World {
  let seconds = 0
  const start = Date.parse('2026-03-01T08:00:00.000Z')
  return {
    clock: {
      now: () => new Date(start + seconds++ * 1000).toISOString(),
      monotonic: () => seconds * 1000,
      sleep: () => Promise.resolve(),
    },
    random: systemRandom,
    hashing: nodeHashing,
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

export function fixtureMeta(what: string, path: string | null = null): Omit<ExhibitMeta, 'sha256' | 'size'> {
  return {
    what,
    path,
    pathBytes: path === null ? null : base64(encode(path)),
    meta: null,
    method: 'cat',
    hostSha256: null,
    hostTime: '1772352000000000',
    truncated: false,
  }
}

/** Creates the case and leaves it open for writing. */
export async function fixtureCase(folder: string, keys: string): Promise<CaseFolder> {
  const store = await createCaseFolder(folder, {
    examiner: 'Ada <ada@example.org>',
    number: 'IR-2026-7',
    customer: '<b>Customer</b> & Söhne',
    authority: 'contract 12-7',
    timeZone: 'Asia/Shanghai',
    tool: 'tourniquet 0.1.0',
    keys,
    world: steadyWorld(),
  })
  const [run, host, act] = ['run-0001', 'host-web1', 'act-0001']
  const digest = '0'.repeat(64)
  const at = { run, step: 'kill' }
  await store.append('case', 'host-added', { host, address: 'root@192.0.2.7', hostKey: 'SHA256:abc', machineId: 'm1' })
  await store.append('case', 'host-added', {
    host: 'host-db1',
    address: '192.0.2.8',
    hostKey: 'SHA256:def',
    machineId: null,
  })
  const playbook = { id: 'evict-miner', version: '1.0.0', digest }
  const hosts = [host, 'host-db1']
  await store.append('case', 'run-opened', { run, playbook, params: {}, hosts, approval: 'ask', examiner: 'Ada' })
  await store.append(host, 'arrived', { arrival: { kernel: '6.1' }, preamble: null })
  const finding = {
    id: 'a'.repeat(16),
    kind: 'process',
    title: 'process.miner',
    params: { exe: hostileName },
    target: { kind: 'process', identity: { pid: 4242 }, exe: hostileName, cmdline: 'x -o pool:3333' },
    score: 92,
    proposed: 'yes',
    reasons: [{ signal: 'pool-socket', effect: 'raises', group: 'net', permille: 600, params: { port: 3333 } }],
    tags: [],
    related: [],
  }
  const first = await store.keep(host, encode(JSON.stringify([finding])), fixtureMeta('findings'))
  const last = await store.keep(host, encode('[]'), fixtureMeta('findings'))
  const exe = await store.keep(host, encode('\x7fELF stand-in'), fixtureMeta('process/exe', hostileName))
  const environ = await store.keep(host, encode('PASSWORD=hunter2\0'), fixtureMeta('process/environ'))
  await store.keep(host, encode('root:$y$secret'), fixtureMeta('file', '/etc/shadow'))
  await store.keep(host, encode('half'), { ...fixtureMeta('probe/logs'), truncated: true })
  const said = { sha256: exe.sha256, by: 'Ada' }
  await store.append('case', 'exhibit-noted', { ...said, text: 'first guess', tags: [] })
  await store.append('case', 'exhibit-noted', { ...said, text: 'XMRig <img src=x>', tags: ['miner', '<b>'] })
  await store.append(host, 'looked', { run, step: 'look', findings: first.sha256, verdict: 'infected', unknowns: 1 })
  const gap = { run, step: 'look', probe: 'sockets', what: '/proc/net/tcp6', reason: 'timed-out', detail: '' }
  await store.append(host, 'gap', gap)
  await store.append(host, 'attested', {
    run,
    step: 'snapshot',
    by: 'Ada',
    text: 'snapshot taken <b>by</b> cloud team',
  })
  const { sha256: plan } = await store.keep(host, encode('{"format":"tourniquet.plan/1"}'), fixtureMeta('plan'))
  await store.append(host, 'planned', { ...at, plan, items: 1 })
  await store.append(host, 'approved', { ...at, plan, by: 'Ada', how: 'asked' })
  await store.append(host, 'evidence-kept', { ...at, act, exhibits: [exe.sha256, environ.sha256] })
  const intent = { ...at, plan, item: 'i1', verb: 'quarantine' }
  await store.append(host, 'intended', { ...intent, act, once: 'once-00001', undoes: null })
  const change = { reversible: true, summary: { code: 'change.quarantine', params: { path: hostileName } } }
  await store.append(host, 'acted', { ...at, act, outcome: 'done', change, detail: '', replayed: false })
  await store.append(host, 'verified', { ...at, act, result: 'yes', detail: '' })
  await store.append(host, 'intended', { ...intent, act: 'act-0002', once: 'once-00002', undoes: act })
  const undone = { outcome: 'done' as const, notRestored: ['ctime'], detail: '' }
  await store.append(host, 'undone', { ...at, act, undoAct: 'act-0002', ...undone })
  await store.append(host, 'intended', { ...intent, act: 'act-0003', once: 'once-00003', undoes: null })
  await store.append(host, 'looked', { run, step: 'again', findings: last.sha256, verdict: 'clean', unknowns: 0 })
  await store.append('case', 'run-closed', { run, outcome: 'done' })
  return store
}
