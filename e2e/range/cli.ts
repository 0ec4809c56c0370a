// The range by hand: boot a host with a scenario, look at it, log in, take it down.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { scenarios } from './scenarios/index.ts'
import { attachHost, bootHost } from './host.ts'
import type { RangeHost } from './host.ts'
import { listRecords, readRecord, sweepRange, takeDown } from './registry.ts'

const usage = `usage: npx tsx e2e/range/cli.ts COMMAND
  up [SCENARIO]        boot a host, plant the scenario, print how to reach it; it stays up (at most six hours)
  hold SCENARIO        the same for a program: one JSON line an event; the host ends when standard input does
  list                 hosts that are up
  exec NAME -- CMD…    run a command on the host as root, entered from outside
  down NAME            take a host down, even half-made
  sweep                take down the hosts whose owner is gone
scenarios: none ${Object.keys(scenarios).join(' ')}
`

process.exitCode = await main(process.argv.slice(2))

async function main([command, name = '', ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'up':
      return up(name === '' ? 'none' : name)
    case 'hold':
      return hold(name)
    case 'list':
      for (const each of listRecords()) {
        const minutes = Math.floor((Date.now() - each.made) / 60_000)
        say(
          `${each.name}\t${each.net.address}\t${each.scenario ?? 'none'}\t${minutes} min\towner ${each.owner?.pid ?? 'nobody'}`,
        )
      }
      return 0
    case 'exec':
      return exec(name, rest[0] === '--' ? rest.slice(1) : rest)
    case 'down': {
      const record = readRecord(name)
      if (record) takeDown(record)
      else process.stderr.write(`no range host is called ${name}\n`)
      return record ? 0 : 1
    }
    case 'sweep':
      for (const each of sweepRange()) say(`took down ${each}`)
      return 0
    default:
      process.stderr.write(usage)
      return 2
  }
}

async function up(name: string): Promise<number> {
  const scenario = scenarios[name]
  if (!scenario && name !== 'none') {
    process.stderr.write(usage)
    return 2
  }
  const host = await bootHost({
    ...(scenario ? { scenario: name } : {}),
    keep: true,
    say: (line) => process.stderr.write(`${line}\n`),
  })
  try {
    await scenario?.plant(host)
  } catch (error) {
    host.close()
    throw error
  }
  say(`${host.name} is up at ${host.address}`)
  say(`  log in:    ${login(host)}`)
  say(`  password:  deploy (sudo with password), ops (sudo without), dev (none): ${host.users.deploy.password}`)
  say(`  files:     ${host.dir}`)
  say(`  take down: npx tsx e2e/range/cli.ts down ${host.name}`)
  return 0
}

/** The host belongs to this process: it goes when standard input ends, on a signal, and by its guard when this process is killed. */
async function hold(name: string): Promise<number> {
  const scenario = scenarios[name]
  if (!scenario) {
    process.stderr.write(usage)
    return 2
  }
  const told = (event: Readonly<Record<string, string>>) => {
    say(JSON.stringify(event))
  }
  process.stdout.on('error', () => process.exit(0)) // nobody reads: whoever asked for the host is gone
  const leave = () => process.exit(0) // the host is taken down on exit, from any point of its boot
  process.stdin.on('error', leave).once('end', leave).resume()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, leave)
  told({ state: 'booting', detail: 'Booting the host.' })
  const host = await bootHost({
    scenario: name,
    say: (line) => {
      told({ state: 'booting', detail: line })
    },
  })
  told({ state: 'booting', detail: 'Planting the harmless stand-ins.' })
  await scenario.plant(host)
  told({ state: 'ready', address: host.address, identity: host.rootKey, hostKey: hostKeyOf(host) })
  return new Promise(() => undefined)
}

/** `SHA256:…` of the key that a client of today asks for first. */
function hostKeyOf(host: RangeHost): string {
  const line = readFileSync(host.knownHosts, 'utf8')
    .split('\n')
    .find((each) => each.includes(' ssh-ed25519 '))
  const blob = Buffer.from(line?.split(' ')[2] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

async function exec(name: string, argv: readonly string[]): Promise<number> {
  const record = readRecord(name)
  if (!record || argv.length === 0) {
    process.stderr.write(record ? usage : `no range host is called ${name}\n`)
    return 2
  }
  const done = await (await attachHost(record)).exec(argv)
  process.stdout.write(done.stdout)
  process.stderr.write(done.stderr)
  return done.code ?? 1
}

function login(host: RangeHost): string {
  return `ssh -i ${host.rootKey} -o UserKnownHostsFile=${host.knownHosts} root@${host.address}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
