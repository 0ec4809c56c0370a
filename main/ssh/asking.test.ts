// A login that lacks something asks a person, at every hop alike: what is asked, what is never answered by itself, and how it ends when nobody knows.

import { appendFileSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { AuthContext } from 'ssh2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acceptedPassword, passwordLogin } from '../../e2e/fixtures/ssh/hostile.ts'
import { makeKey, rootPassword } from '../../e2e/fixtures/ssh/sshd.ts'
import { isTourniquetError, type TourniquetError } from '../core/errors.ts'
import type { Connection } from '../core/ports.ts'
import type { LoginQuestion } from './asking.ts'
import { missing, orSkipped, realServers } from './dial-fixture.ts'
import { dial, type DialOptions } from './dial.ts'
import { hostile } from './hostile-fixture.ts'

const real = realServers()

type Answers = readonly (readonly string[] | null)[]

/** Dials; the person gives these answers in turn, then knows nothing more. */
async function login(
  to: { readonly port: number; readonly fingerprint: string },
  answers: Answers,
  more: Partial<DialOptions> = {},
  user = 'responder',
): Promise<{
  readonly asked: readonly LoginQuestion[]
  readonly hops: readonly string[]
  readonly end: Connection | TourniquetError
}> {
  const asked: LoginQuestion[] = []
  const hops: string[] = []
  const end = await dial(
    { host: '127.0.0.1', port: to.port, user },
    {
      credentials: { identityFiles: ['/nonexistent'], agent: 'off' },
      hostKeys: { files: [], trustNew: false, pin: to.fingerprint },
      ask: (hop, question) => {
        hops.push(hop.user)
        return Promise.resolve(answers[asked.push(question) - 1] ?? null)
      },
      ...more,
    },
  ).catch((error: unknown) => {
    if (isTourniquetError(error)) return error
    throw error
  })
  if ('dialled' in end) onTestFinished(() => end.close())
  return { asked, hops, end }
}

const method = (end: Connection | TourniquetError) => ('dialled' in end ? end.dialled.authMethod : end.code)

/** Password and code in one go, or one after the other, as a host with one-time codes asks. */
const twoFactor =
  (
    rounds: readonly (readonly { readonly prompt: string; readonly echo: boolean; readonly want: string }[])[],
    offered = ['keyboard-interactive'],
  ) =>
  (context: AuthContext): void => {
    if (context.method !== 'keyboard-interactive') {
      context.reject(offered as never)
      return
    }
    const round = (at: number): void => {
      const prompts = rounds[at]
      if (!prompts) {
        context.accept()
        return
      }
      context.prompt(
        prompts.map(({ prompt, echo }) => ({ prompt, echo })),
        'Access gate',
        'Use your token.',
        (answers) => {
          if (prompts.every(({ want }, index) => answers[index] === want)) round(at + 1)
          else context.reject(offered as never)
        },
      )
    }
    round(0)
  }
const secret = { prompt: 'Password: ', echo: false, want: acceptedPassword }
const code = { prompt: 'Code: ', echo: true, want: '123456' }

describe('a host that wants a password', () => {
  it('is given the one a person says', async () => {
    const { asked, end } = await login(await hostile({ login: passwordLogin }), [[acceptedPassword]])
    expect(asked).toEqual([{ what: 'password', again: false }])
    expect(method(end)).toBe('password')
  })

  it('asks again when it was wrong, three times at most', async () => {
    const right = await login(await hostile({ login: passwordLogin }), [['no'], [acceptedPassword]])
    expect(right.asked).toMatchObject([{ again: false }, { again: true }])
    expect(method(right.end)).toBe('password')
    const never = await login(await hostile({ login: passwordLogin }), [['a'], ['b'], ['c'], [acceptedPassword]])
    expect(never.asked).toHaveLength(3)
    expect(method(never.end)).toBe('auth-refused')
  })

  it('is not logged in to when nobody knows: the same failure as without a person', async () => {
    expect(method((await login(await hostile({ login: passwordLogin }), [null])).end)).toBe('auth-password-missing')
  })

  it('is first given the one it was given beforehand, and then a person is asked', async () => {
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: 'old' }
    const { asked, end } = await login(await hostile({ login: passwordLogin }), [[acceptedPassword]], { credentials })
    expect(asked).toEqual([{ what: 'password', again: true }])
    expect(method(end)).toBe('password')
  })
})

describe('a host with prompts of its own', () => {
  it.each([
    ['at once', [[secret, code]], [[acceptedPassword, '123456']]],
    ['one after the other', [[secret], [code]], [[acceptedPassword], ['123456']]],
  ])('has them answered by a person: %s', async (_name, rounds, answers) => {
    const { asked, end } = await login(await hostile({ login: twoFactor(rounds) }), answers)
    expect(asked.flatMap((one) => (one.what === 'prompts' ? one.prompts : []))).toEqual([
      { prompt: 'Password: ', echo: false },
      { prompt: 'Code: ', echo: true },
    ])
    expect(asked[0]).toMatchObject({ what: 'prompts', said: ['Access gate', 'Use your token.'], again: false })
    expect(method(end)).toBe('keyboard-interactive')
  })

  it('is asked about again when an answer was refused', async () => {
    const { asked, end } = await login(await hostile({ login: twoFactor([[secret]]) }), [['wrong'], [acceptedPassword]])
    expect(asked).toMatchObject([{ again: false }, { again: true }])
    expect(method(end)).toBe('keyboard-interactive')
  })

  it('gets a stored password for one hidden prompt only, and nothing else without a person', async () => {
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: acceptedPassword }
    const one = await login(await hostile({ login: twoFactor([[secret], [code]]) }), [['123456']], { credentials })
    expect(one.asked).toMatchObject([{ what: 'prompts', prompts: [{ prompt: 'Code: ' }] }])
    expect(method(one.end)).toBe('keyboard-interactive')
    const shown = await login(await hostile({ login: twoFactor([[{ ...secret, echo: true }]]) }), [null], {
      credentials,
    })
    expect(shown.asked).toMatchObject([{ what: 'prompts', prompts: [{ prompt: 'Password: ', echo: true }] }])
    expect(method(shown.end)).toBe('auth-refused')
    const both = await login(await hostile({ login: twoFactor([[secret, code]]) }), [null], { credentials })
    expect(both.asked).toHaveLength(1)
    expect(method(both.end)).toBe('auth-refused')
  })

  it('after its second lure for the same attempt is not told a stored password again', async () => {
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: acceptedPassword }
    const lure = { prompt: 'Password of your laptop: ', echo: false, want: 'x' }
    const { asked, end } = await login(await hostile({ login: twoFactor([[secret], [lure]]) }), [null], { credentials })
    expect(asked).toMatchObject([{ prompts: [{ prompt: lure.prompt }] }])
    expect(method(end)).toBe('auth-refused')
  })

  it('that asks without end is left', async () => {
    const endless = Array.from({ length: 40 }, () => [code])
    const { asked, end } = await login(
      await hostile({ login: twoFactor(endless) }),
      Array.from({ length: 40 }, () => ['123456']),
    )
    expect(asked.length).toBeLessThan(10)
    expect(method(end)).toBe('auth-refused')
  })

  it('that says no before it has asked anything is given a password instead', async () => {
    const { asked, end } = await login(
      await hostile({
        login: (context) => {
          if (context.method === 'password' && context.password === acceptedPassword) context.accept()
          else context.reject(['keyboard-interactive', 'password'])
        },
      }),
      [[acceptedPassword]],
    )
    expect(asked).toEqual([{ what: 'password', again: false }])
    expect(method(end)).toBe('password')
  })

  it('that hangs up while a person thinks has its question taken back', async () => {
    let taken = false
    const hanging = await hostile({ login: twoFactor([[secret]]), ready: () => undefined })
    const gone = login(hanging, [], {
      ask: (_hop, _question, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            taken = true
            resolve(null)
          })
          void hanging.stop()
        }),
    })
    expect(['auth-refused', 'link-lost']).toContain(method((await gone).end))
    expect(taken).toBe(true)
  })

  it('may take longer than the limit of a login: our clock stands still while a person reads', async () => {
    const { end } = await login(await hostile({ login: twoFactor([[secret]]) }), [], {
      limits: { auth: 300 },
      ask: () => new Promise((resolve) => setTimeout(resolve, 900, [acceptedPassword])),
    })
    expect(method(end)).toBe('keyboard-interactive')
  })
})

describe('the login after the login', () => {
  it('is the same at a jump host, and told apart by its hop', async () => {
    const target = await hostile({ login: twoFactor([[secret]]) })
    const hop = await hostile({
      login: twoFactor([[secret], [code]]),
      ready: (connection) => {
        connection.on('tcpip', (accept, _reject, info) => {
          const socket = connect(info.destPort, info.destIP)
          const channel = accept()
          socket.pipe(channel).pipe(socket)
          socket.on('error', () => channel.end())
          channel.on('error', () => socket.destroy())
        })
      },
    })
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off' }
    const { hops, end } = await login(target, [[acceptedPassword], ['123456'], [acceptedPassword]], {
      jumps: [{ target: { host: '127.0.0.1', port: hop.port, user: 'warden' }, credentials, pin: hop.fingerprint }],
    })
    expect(hops).toEqual(['warden', 'warden', 'responder'])
    expect(method(end)).toBe('keyboard-interactive')
  })
})

describe.skipIf(missing !== null)(`a real sshd${orSkipped}`, () => {
  it('with PAM has its prompt answered, and refuses three wrong ones', async () => {
    const sshd = await real.server('prompts')
    const to = { port: sshd.port, fingerprint: sshd.fingerprint('ed25519') }
    const right = await login(to, [['wrong'], [rootPassword]], {}, 'root')
    expect(right.asked).toMatchObject([
      { what: 'prompts', prompts: [{ prompt: expect.stringMatching(/^\(?.*assword/) as unknown, echo: false }] },
      { what: 'prompts', again: true },
    ])
    expect(method(right.end)).toBe('keyboard-interactive')
    const wrong = await login(to, [['a'], ['b'], ['c'], ['d']], {}, 'root')
    expect(wrong.asked).toHaveLength(3)
    expect(method(wrong.end)).toBe('auth-refused')
  }, 60_000)

  it('gets a locked key that a person opens', async () => {
    const sshd = await real.server()
    const to = { port: sshd.port, fingerprint: sshd.fingerprint('ed25519') }
    const locked = join(real.folder, 'locked')
    makeKey(locked, 'ed25519', { passphrase: 'opensesame' })
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${locked}.pub`))
    const named = { keyFile: locked, agent: 'off' }
    const explicit = await login(to, [['wrong'], ['opensesame']], { credentials: named }, 'root')
    expect(explicit.asked).toEqual([
      { what: 'key-passphrase', file: locked, again: false },
      { what: 'key-passphrase', file: locked, again: true },
    ])
    expect(method(explicit.end)).toContain('locked')
    expect(method((await login(to, [null], { credentials: named }, 'root')).end)).toBe('auth-key-passphrase')
    const configured = { identityFiles: [locked], agent: 'off' }
    expect(method((await login(to, [['opensesame']], { credentials: configured }, 'root')).end)).toContain('locked')
    expect(method((await login(to, [null], { credentials: configured }, 'root')).end)).toBe('auth-refused')
  }, 60_000)
})
