// The drill: a fresh machine, a host with real systemd, cron and sshd, an infection that hides and revives, and the whole job on it with the product's own
// command line: find, evict, prove, bundle, undo one step, do it again. Ends 0 only when every claim was seen from outside the host.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootHost, type RangeHost } from './range/host.ts'
import { ensureTools, rangeUnavailable, repositoryFolder } from './range/machine.ts'
import { takeBaseline, wrongAfterEviction, type Baseline } from './range/scenarios/baseline.ts'
import { demonstration } from './range/scenarios/demonstration.ts'
import { hostileAlive } from './range/scenarios/scenario.ts'

/** Two runs of a per-minute cron and a little more: what would come back has come back by then. */
const soak = '130s'

const began = Date.now()

function say(text: string): void {
  const seconds = Math.round((Date.now() - began) / 1000)
  process.stdout.write(
    `\n\u25b6 ${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}  ${text}\n\n`,
  )
}

/** Runs the product as a person would and shows what it prints. Throws when it does not end as expected. */
function product(home: string, args: readonly string[], expected: number): void {
  process.stdout.write(`  $ tourniquet ${args.join(' ').replaceAll(home, '~')}\n`)
  const done = spawnSync(process.execPath, [join(repositoryFolder, 'resources/bin/tourniquet.mjs'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), SSH_AUTH_SOCK: '' },
  })
  if (done.status !== expected)
    throw new Error(`tourniquet ${args[0] ?? ''} ended with ${String(done.status)} instead of ${String(expected)}`)
}

function must(what: string, wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(`${what}:\n${wrong.map((line) => `  - ${line}`).join('\n')}`)
  process.stdout.write(`  seen from outside: ${what}\n`)
}

function reach(host: RangeHost): readonly string[] {
  return ['-i', host.rootKey, '--known-hosts', host.knownHosts, '-F', 'none']
}

async function drill(home: string): Promise<void> {
  say('Booting a host and infecting it with harmless stand-ins')
  const host = await bootHost({ scenario: demonstration.name, say: (line) => process.stdout.write(`  ${line}\n`) })
  try {
    await demonstration.plant(host)
    execFileSync('sync')
    const baseline = takeBaseline(demonstration, host)
    process.stdout.write(`  ${demonstration.about}\n`)
    evict(home, host, baseline)
  } finally {
    host.close()
  }
}

function evict(home: string, host: RangeHost, baseline: Baseline): void {
  const target = `root@${host.address}`
  const folder = join(home, 'case')
  const run = [
    'run',
    'evict-miner',
    target,
    ...reach(host),
    '--case',
    folder,
    '--examiner',
    'drill',
    '--approve',
    'all',
    '--attest',
    'all=a drill host, no snapshot needed',
  ]

  say('Triage: what is wrong with it? (read-only)')
  product(home, ['triage', target, ...reach(host)], 3)

  say('Evicting: every change planned, evidenced, verified')
  product(home, [...run, '--param', `soak=${soak}`], 0)
  must('the stand-ins are gone and nothing else was touched', wrongAfterEviction(baseline, host))

  say('Exporting the bundle and verifying it, with the product and with stock tools')
  const bundle = join(home, 'bundle.zip')
  product(home, ['export', '--case', folder, '--out', bundle], 0)
  product(home, ['verify', bundle], 0)
  stockVerify(home, bundle)

  say('Undoing one step, then evicting again')
  product(home, ['undo', '--case', folder, ...reach(host), '--step', 'schedule-files', '--restore-hostile'], 0)
  product(home, [...run, '--param', 'soak=30s', '--param', 'soak-max=30s'], 0)
  must('evicted again', [
    ...hostileAlive(demonstration, host).map(({ pid }) => `alive: pid ${String(pid)}`),
    ...wrongAfterEviction(baseline, host),
  ])
}

/** unzip, then the bundle's own verify.sh, which uses sha256sum and ssh-keygen only. */
function stockVerify(home: string, bundle: string): void {
  const folder = join(home, 'unzipped')
  execFileSync('unzip', ['-q', bundle, '-d', folder])
  const [name = ''] = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n')
  process.stdout.write('  $ unzip bundle.zip && sh verify.sh\n')
  execFileSync('sh', ['verify.sh'], { cwd: join(folder, name), stdio: ['ignore', 'inherit', 'inherit'] })
}

const unavailable = rangeUnavailable()
if (unavailable !== null) {
  process.stdout.write(`The drill boots a practice host, and none can boot here: ${unavailable}.
Nothing was done. To use Tourniquet on a host you already have:

  npm run -s tourniquet -- triage --trust-new [user@]host        looks, changes nothing
  npm run -s tourniquet -- run evict-miner [user@]host           asks before every change
`)
  process.exit(1)
}
ensureTools((line) => process.stdout.write(`  ${line}\n`))
const home = mkdtempSync(join(tmpdir(), 'tourniquet-drill-'))
try {
  await drill(home)
  say('Done. Everything above was done on a real host; the host and this case are removed now.')
} finally {
  rmSync(home, { recursive: true, force: true })
}
