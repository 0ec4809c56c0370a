import { describe, expect, it } from 'vitest'
import { reply } from './reply-fixture.ts'
import { parseEndpoint, parseSockets } from './sockets.ts'

describe('addresses as the kernel writes them', () => {
  it.each([
    ['0100007F:1F90', '127.0.0.1', 8080],
    ['00000000:0000', '0.0.0.0', 0],
    ['0000000000000000FFFF00000A0200C0:0D05', '192.0.2.10', 3333],
    ['00000000000000000000000001000000:0016', '::1', 22],
    ['B80D0120000000000000000001000000:01BB', '2001:db8::1', 443],
    ['B80D01200000000000000100010000AB:01BB', '2001:db8::1:0:ab00:1', 443],
    ['00000000000000000000000000000000:0000', '::', 0],
  ])('%s is %s port %i', (text, address, port) => {
    expect(parseEndpoint(text)).toEqual({ address, port })
  })

  it.each(['', '0100007F', '0100007F:', 'zz:1', '0100007F0100007F:0016'])('%j is none', (text) => {
    expect(parseEndpoint(text)).toBeNull()
  })
})

describe('socket tables', () => {
  const notes: string[] = []
  const into = { unknown: (what: string, reason: string) => notes.push(`${what}: ${reason}`) }
  const whole = {
    namespaces: '4026531833 1\n4026532255 77\n',
    'tcp 4026531833': 'heading\n0A02000A:A2C4 0A7100CB:0D05 01 1000 5150\n0100007F:A2C4 0100007F:0016 06 0 0\n',
    'udp 4026531833': 'heading\n',
    'tcp 4026532255': 'heading\n00000000:0016 00000000:0000 0A 0 99\n',
    'udp 4026532255': 'heading\n',
    holders: '200 5150\n31 5150\n31 77\n',
    denied: '',
    end: '',
  }

  it('join sockets with every process that holds them, per namespace', () => {
    notes.length = 0
    expect(parseSockets(reply(...Object.entries(whole)), into, 0)).toMatchObject([
      {
        state: 'established',
        remoteAddress: '203.0.113.10',
        remotePort: 3333,
        pids: [31, 200],
        uid: 1000,
        netns: '4026531833',
      },
      { state: 'time-wait', inode: '0', pids: [] },
      { state: 'listen', pids: [], netns: '4026532255' },
    ])
    expect(notes).toEqual([])
  })

  it('that could not be read are unknown, not empty', () => {
    notes.length = 0
    parseSockets(reply(...Object.entries({ ...whole, 'udp 4026532255': '' })), into, 0)
    expect(notes).toEqual(['net/udp of namespace 4026532255: failed'])
  })

  it('tell what a login without root cannot see', () => {
    notes.length = 0
    parseSockets(reply(...Object.entries({ ...whole, denied: '1\n2\n' })), into, 1000)
    expect(notes).toEqual(['holders of sockets: not-permitted'])
  })

  it('give a damaged line away', () => {
    notes.length = 0
    parseSockets(reply(...Object.entries({ ...whole, 'tcp 4026532255': 'heading\n0000\n' })), into, 0)
    expect(notes).toEqual(['net/tcp of namespace 4026532255: unparseable'])
  })
})
