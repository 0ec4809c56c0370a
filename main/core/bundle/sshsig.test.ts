import { describe, expect, it } from 'vitest'
import { concatBytes } from '../bytes.ts'
import { isTourniquetError } from '../errors.ts'
import { assertSignedData, bundleNamespace } from './sshsig.ts'
import { wireString } from './ssh-wire.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const digest = new Uint8Array(64).fill(7)
const parts = [text('SSHSIG'), wireString(bundleNamespace), wireString(''), wireString('sha512'), wireString(digest)]
const replaced = (at: number, part: Uint8Array): Uint8Array =>
  concatBytes(parts.map((old, index) => (index === at ? part : old)))

function verdict(data: Uint8Array): string {
  try {
    assertSignedData(data, bundleNamespace)
    return 'signed'
  } catch (error) {
    if (isTourniquetError(error, 'bundle-invalid')) return 'refused'
    throw error
  }
}

describe('what a key is lent for', () => {
  it('is the data of a bundle signature', () => {
    expect(verdict(concatBytes(parts))).toBe('signed')
  })

  it.each([
    ['nothing', new Uint8Array()],
    [
      'a login (SSH_MSG_USERAUTH_REQUEST)',
      concatBytes([wireString(new Uint8Array(32)), Uint8Array.of(50), wireString('root')]),
    ],
    ['the tag manifest itself', text('0'.repeat(64) + '  bagit.txt\n')],
    ['another namespace', replaced(1, wireString('git'))],
    ['a namespace that begins with ours', replaced(1, wireString(`${bundleNamespace}-2`))],
    ['no namespace', replaced(1, wireString(''))],
    ['a filled reserved field', replaced(2, wireString('x'))],
    ['another hash', replaced(3, wireString('sha256'))],
    ['a short digest', replaced(4, wireString(digest.subarray(1)))],
    ['a long digest', replaced(4, wireString(concatBytes([digest, digest])))],
    ['a magic that differs', replaced(0, text('SSHSIQ'))],
    ['bytes behind it', concatBytes([...parts, Uint8Array.of(0)])],
    ['a length that lies', replaced(4, concatBytes([Uint8Array.of(0xff, 0xff, 0xff, 0xff), digest]))],
  ])('is not %s', (_, data) => {
    expect(verdict(data)).toBe('refused')
  })

  it('is none of its own beginnings', () => {
    const whole = concatBytes(parts)
    for (let length = 0; length < whole.length; length++) expect(verdict(whole.subarray(0, length))).toBe('refused')
  })
})
