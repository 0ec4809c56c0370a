// What kind of machine this is: cores, uptime, init, distribution, container, cloud. From small files only; nothing is asked over the network.

import { ownText } from '../host-text.ts'
import type { Tri } from '../tri.ts'
import type { MachineFact } from './facts.ts'
import script from './machine.sh?raw'
import type { Probe } from './probe.ts'
import { numbersOf, parseUptime } from './proc-text.ts'
import { type Findings, type Sections, ask, complaint, gather, linesOf, parseSections, textOf } from './reply.ts'

export const machine: Probe = {
  id: 'machine',
  after: [],
  async read(context) {
    const into = gather('machine')
    const reply = await ask(context, into, 'machine/files', { argv: ['sh', '-c', script, 'machine'] }, ['machine'])
    if (!reply) return into.outcome()
    const fact = parseMachine(reply.stdout, into)
    if (fact) into.facts.push(fact)
    else into.unknown('machine/files', 'unparseable', complaint(reply), ['machine'])
    return into.outcome()
  },
}

/** Null when the reply is not one of our script, or has no count of cores or no uptime. */
export function parseMachine(stdout: Uint8Array, into: Pick<Findings, 'unknown'>): MachineFact | null {
  const sections = parseSections(stdout)
  if (!sections) return null
  const [cpus = 0] = numbersOf(sections.get('cpus'))
  const uptimeSeconds = parseUptime(sections.get('uptime') ?? '')
  if (cpus === 0 || uptimeSeconds === null) return null
  const marks = new Set(linesOf(sections.get('marks') ?? ''))
  const packageManager = packageManagerOf(marks)
  if (packageManager === 'rpm' || packageManager === 'apk')
    into.unknown(`${packageManager} database`, 'not-supported', 'who owns a file is not read from it yet', [])
  return {
    kind: 'machine',
    cpus,
    uptimeSeconds: Math.floor(uptimeSeconds),
    init: initOf(sections, marks),
    distribution: distributionOf(sections),
    container: containerOf(sections, marks),
    packageManager,
    cgroup: marks.has('/sys/fs/cgroup/cgroup.controllers')
      ? 'v2'
      : marks.has('/sys/fs/cgroup/unified/cgroup.procs')
        ? 'hybrid'
        : marks.has('/sys/fs/cgroup/cpu') || marks.has('/sys/fs/cgroup/systemd')
          ? 'v1'
          : 'none',
    cloud: cloudOf(sections),
  }
}

function packageManagerOf(marks: ReadonlySet<string>): MachineFact['packageManager'] {
  if (marks.has('/var/lib/dpkg/status')) return 'dpkg'
  if (marks.has('/lib/apk/db/installed')) return 'apk'
  return marks.has('/var/lib/rpm') || marks.has('/usr/lib/sysimage/rpm') ? 'rpm' : 'none'
}

function initOf(sections: Sections, marks: ReadonlySet<string>): MachineFact['init'] {
  const [comm = '', exe = '', sbin = ''] = linesOf(sections.get('init') ?? '')
  if (marks.has('/run/systemd/system')) return 'systemd'
  if (marks.has('/run/openrc')) return 'openrc'
  if (/\/busybox$/.test(exe) || /busybox$/.test(sbin)) return 'busybox'
  return comm === 'init' && marks.has('/etc/init.d') ? 'sysv' : 'other'
}

function distributionOf(sections: Sections): MachineFact['distribution'] {
  const os = sections.get('os') ?? ''
  const pretty = /^PRETTY_NAME=(?:"([^"\n]*)"|'([^'\n]*)'|(\S*))$/m.exec(os)
  const name = pretty?.[1] ?? pretty?.[2] ?? pretty?.[3] ?? linesOf(sections.get('release') ?? '')[0]
  return name === undefined || name === '' ? ownText('unknown') : textOf(name.slice(0, 200))
}

function containerOf(sections: Sections, marks: ReadonlySet<string>): Tri {
  const told = (sections.get('container') ?? '').trim() !== ''
  const file = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container'].some((path) => marks.has(path))
  const vz = marks.has('/proc/vz') && !marks.has('/proc/bc')
  const group = /\/(docker|lxc|kubepods|machine\.slice\/libpod)[/-]/.test(sections.get('one') ?? '')
  if (told || file || vz || group) return 'yes'
  return sections.whole('one') ? 'no' : 'unknown'
}

/** What the firmware of each vendor's machines says of itself. */
const vendors: readonly (readonly [string, RegExp])[] = [
  ['aliyun', /alibaba cloud/i],
  ['tencentcloud', /tencent cloud/i],
  ['huaweicloud', /huawei cloud|^(sys_vendor|chassis_asset_tag)=huaweicloud/im],
  ['aws', /amazon ec2|^bios_vendor=amazon/im],
  ['gce', /google compute engine|^sys_vendor=google$/im],
  ['azure', /7783-7084-3265-9085-8269-3286-77/],
  ['digitalocean', /digitalocean/i],
  ['hetzner', /hetzner/i],
  ['vultr', /vultr/i],
  ['oracle', /oraclecloud/i],
  ['openstack', /openstack/i],
]

function cloudOf(sections: Sections): MachineFact['cloud'] {
  const dmi = sections.get('dmi') ?? ''
  const told = (sections.get('cloud-id') ?? '').trim()
  const vendor = vendors.find(([, pattern]) => pattern.test(dmi))?.[0] ?? (/^[a-z0-9-]{1,32}$/.test(told) ? told : null)
  const instance = linesOf(sections.get('instance-id') ?? '')[0]
  if (vendor === null || vendor === 'none' || vendor === 'nocloud') return null
  return { vendor, instance: instance === undefined || instance === '' ? null : textOf(instance.slice(0, 128)) }
}
