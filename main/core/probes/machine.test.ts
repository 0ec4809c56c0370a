import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import { parseMachine } from './machine.ts'
import { gather } from './reply.ts'

const raw = readFileSync(join(import.meta.dirname, 'fixtures/demonstration-machine.raw'))
const mark = '0123abcd-0000-4000-8000-0123456789ab'

/** A physical Debian with one core; sections can be replaced. */
function machine(change: Readonly<Record<string, string>> = {}) {
  const sections = {
    cpus: '1\n0\n',
    uptime: '12.34 5.6\n',
    os: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    release: '12.1\n',
    init: 'systemd\n/usr/lib/systemd/systemd\n\n',
    marks: '/run/systemd/system\n/var/lib/dpkg/status\n/sys/fs/cgroup/cgroup.controllers\n',
    container: '',
    one: '0::/init.scope\n',
    dmi: 'sys_vendor=\n',
    'cloud-id': '',
    'instance-id': '',
    end: '',
    ...change,
  }
  const text = Object.entries(sections).map(([name, body]) => `\n@${mark} ${name}\n${body}`)
  const into = gather('machine')
  return { fact: parseMachine(Buffer.from(`@${mark} begin\n${text.join('')}`, 'latin1'), into), into }
}

describe('the machine', () => {
  it('of a real container host: cores, uptime, systemd, Debian, hybrid cgroups', () => {
    const into = gather('machine')
    const fact = parseMachine(raw, into)
    expect(fact).toMatchObject({
      cpus: 2,
      uptimeSeconds: 6311,
      init: 'systemd',
      container: 'yes',
      packageManager: 'dpkg',
      cgroup: 'hybrid',
      cloud: null,
    })
    expect(shown(fact!.distribution)).toBe('Debian GNU/Linux 12 (bookworm)')
    expect(into.unknowns).toEqual([])
  })

  it('is unknown without cores or uptime, and when the reply is not ours', () => {
    expect(machine({ cpus: '' }).fact).toBeNull()
    expect(machine({ uptime: 'soon\n' }).fact).toBeNull()
    expect(parseMachine(Buffer.from('no'), gather('machine'))).toBeNull()
    expect(parseMachine(raw.subarray(0, 90), gather('machine'))).toBeNull()
  })

  it('is in a container or not; whether, is unknown when the reply ends before it is told', () => {
    expect(machine().fact?.container).toBe('no')
    expect(machine({ one: '12:cpu:/docker/4f1c\n' }).fact?.container).toBe('yes')
    expect(machine({ marks: '/proc/vz\n' }).fact?.container).toBe('yes')
    expect(machine({ marks: '/proc/vz\n/proc/bc\n' }).fact?.container).toBe('no')
    const text = raw.toString('latin1')
    const cut = text.slice(0, text.indexOf(' one\n') + 8).replace(/systemd-nspawn|\/run\/systemd\/container/g, '')
    expect(parseMachine(Buffer.from(cut.replace('container=', ''), 'latin1'), gather('machine'))?.container).toBe(
      'unknown',
    )
  })

  it.each([
    ['/run/openrc\n', 'x\n/sbin/openrc-init\n\n', 'openrc'],
    ['', 'init\n/bin/busybox\n/bin/busybox\n', 'busybox'],
    ['/etc/init.d\n', 'init\n/sbin/init\n\n', 'sysv'],
    ['', 'dumb-init\n/usr/bin/dumb-init\n\n', 'other'],
  ])('knows its init: %j', (marks, init, expected) => {
    expect(machine({ marks, init }).fact?.init).toBe(expected)
  })

  it('knows its package manager, and says that two of them are not read yet', () => {
    const rpm = machine({ marks: '/usr/lib/sysimage/rpm\n' })
    expect(rpm.fact?.packageManager).toBe('rpm')
    expect(rpm.into.unknowns).toMatchObject([{ what: 'rpm database', reason: 'not-supported' }])
    expect(machine({ marks: '/lib/apk/db/installed\n' }).fact?.packageManager).toBe('apk')
    expect(machine({ marks: '' }).fact?.packageManager).toBe('none')
  })

  it.each([
    ['sys_vendor=Alibaba Cloud\n', 'aliyun'],
    ['sys_vendor=Tencent Cloud\n', 'tencentcloud'],
    ['bios_vendor=Amazon EC2\n', 'aws'],
    ['chassis_asset_tag=7783-7084-3265-9085-8269-3286-77\n', 'azure'],
    ['sys_vendor=Google\n', 'gce'],
  ])('knows the cloud by its firmware: %j', (dmi, vendor) => {
    expect(machine({ dmi, 'instance-id': 'i-0abc\n' }).fact?.cloud).toEqual({ vendor, instance: 'i-0abc' })
  })

  it('takes no vendor from a cloud-id that is not a name, and calls no cloud what is none', () => {
    expect(machine({ 'cloud-id': '\x1b[2Jaws\n' }).fact?.cloud).toBeNull()
    expect(machine({ 'cloud-id': 'nocloud\n' }).fact?.cloud).toBeNull()
    expect(machine({ 'cloud-id': 'scaleway\n' }).fact?.cloud).toEqual({ vendor: 'scaleway', instance: null })
  })

  it('shows what the host calls itself escaped and bounded', () => {
    const name = shown(machine({ os: `PRETTY_NAME="\x1b]0;x\x07\0${'A'.repeat(5000)}"\n` }).fact!.distribution)
    expect(name).toMatch(/^\\x1b\]0;x\\x07\\x00A+$/)
    expect(name.length).toBeLessThan(250)
    expect(machine({ os: '', release: 'CentOS release 6.10 (Final)\n' }).fact?.distribution).toBe(
      'CentOS release 6.10 (Final)',
    )
    expect(machine({ os: '', release: '' }).fact?.distribution).toBe('unknown')
  })
})
