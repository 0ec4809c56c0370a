import { describe, expect, it } from 'vitest'
import { shown } from '../host-text.ts'
import { mountFacts } from './mounts.ts'

const table = [
  '22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw',
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '40 27 254:1 / /usr/local rw - ext4 /dev/vdb rw',
  '90 22 0:40 /a\\040b /proc/4242 rw,nosuid shared:9 - tmpfs none\\040x rw,size=4k',
  '91 22 0:21 /1 /proc/77/task rw - proc proc rw',
  '92 27 254:0 /tmp/ps /usr/bin/ps ro - ext4 /dev/vda rw',
  '93 22 0:41 / /proc rw - tmpfs cover rw',
  '94 22 0:42 / /proc/sys/fs/binfmt_misc rw - binfmt_misc x rw',
  'garbage',
  '95 27 254:0 /e /etcetera rw - ext4 /dev/vda rw',
].join('\n')

describe('mounts of note', () => {
  it('lie over a process, over all of /proc, or over what everybody runs', () => {
    const points = mountFacts(table, 1, true).map(({ mountId, point }) => [mountId, shown(point)])
    expect(points).toEqual([
      [90, '/proc/4242'],
      [91, '/proc/77/task'],
      [92, '/usr/bin/ps'],
      [93, '/proc'],
    ])
  })

  it('carry their source unescaped, and both sets of options', () => {
    expect(mountFacts(table, 7, true)[0]).toMatchObject({
      root: '/a b',
      source: 'none x',
      fsType: 'tmpfs',
      options: 'rw,nosuid,rw,size=4k',
      seenInPid: 7,
    })
  })

  it('in a container count only over /proc/N: its system folders are its own', () => {
    expect(mountFacts(table, 1, false).map(({ mountId }) => mountId)).toEqual([90, 91, 93])
  })

  it('leave out the procfs that a sandbox mounts for itself, and count one that covers everybody', () => {
    const twice = '22 27 0:21 / /proc rw - proc proc rw\n99 22 0:50 / /proc rw - proc proc rw'
    expect(mountFacts(twice, 812, false)).toEqual([])
    expect(mountFacts(twice, 1, true).map(({ mountId }) => mountId)).toEqual([99])
  })
})
