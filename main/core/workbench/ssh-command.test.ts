import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTourniquetError } from '../errors.ts'
import { pastedHosts } from './ssh-command.ts'

const one = (line: string) => pastedHosts(line)[0]

describe('a pasted line', () => {
  it.each([
    ['root@192.0.2.1', 'root@192.0.2.1'],
    ['ssh web1', 'web1'],
    ['ssh -p 2222 root@192.0.2.1', 'root@192.0.2.1:2222'],
    ['ssh -p2222 -l root 192.0.2.1', 'root@192.0.2.1:2222'],
    ['ssh -tt -o User=ops -oPort=22022 db', 'ops@db:22022'],
    ['ssh -l other root@db -p 1', 'root@db'],
    ['ssh ssh://root@db:2200/', 'root@db:2200'],
    ['ssh -p 2200 root@2001:db8::1', 'root@[2001:db8::1]:2200'],
    ['/usr/bin/ssh -- db', 'db'],
  ])('%s means %s', (line, address) => {
    expect(one(line)?.address).toBe(address)
  })

  it('takes over key and jumps', () => {
    expect(one(`ssh -J bastion,ops@b2:2022 -i '/home/me/my key' root@db`)).toEqual({
      address: 'root@db',
      jumps: 'bastion,ops@b2:2022',
      identity: '/home/me/my key',
      notes: [],
    })
  })

  it('names everything it does not follow', () => {
    expect(one('ssh -A -L 8080:localhost:80 -o "ProxyCommand nc %h %p" db uptime -p')?.notes).toEqual([
      '-A',
      '-L 8080:localhost:80',
      '-o ProxyCommand nc %h %p',
      'uptime -p',
    ])
  })

  it('may hold several targets, and comments hold none', () => {
    expect(pastedHosts(' a  root@b ').map(({ address }) => address)).toEqual(['a', 'root@b'])
    expect(pastedHosts('# ssh db')).toEqual([])
  })

  it.each(['ssh', 'ssh -p', "ssh 'db", 'ssh -i'])('%s is refused', (line) => {
    expect(() => pastedHosts(line)).toThrow('usage')
  })

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          pastedHosts(`ssh ${text}`)
        } catch (error) {
          expect(isTourniquetError(error, 'usage')).toBe(true)
        }
      }),
    )
  })
})
