// To whom a password is given, and to whom not.

import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acceptedPassword, passwordLogin, promptLogin } from '../../e2e/fixtures/ssh/hostile.ts'
import { makeKey } from '../../e2e/fixtures/ssh/sshd.ts'
import { failure, hostile, reach } from './hostile-fixture.ts'

describe('a password', () => {
  it('that the host wants and nobody gave has its own code', async () => {
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off' }
    expect((await failure(await hostile({}), { credentials })).code).toBe('auth-password-missing')
  })

  it('is the second proof where the host wants two', async () => {
    const keyFile = join(tmpdir(), `tq-hostile-${randomUUID()}`)
    makeKey(keyFile, 'ed25519')
    const server = await hostile({
      login: (context) => {
        if (context.method === 'publickey') {
          if (context.signature) context.reject(['password'], true)
          else context.accept()
        } else passwordLogin(context)
      },
    })
    const credentials = { keyFile, agent: 'off', password: acceptedPassword }
    expect((await reach(server, { credentials })).dialled.authMethod).toBe('password')
    rmSync(keyFile)
    rmSync(`${keyFile}.pub`)
  })

  it('answers one hidden prompt', async () => {
    const server = await hostile({ login: promptLogin([{ prompt: 'Password: ', echo: false }]) })
    expect((await reach(server)).dialled.authMethod).toBe('keyboard-interactive')
  })

  it.each([
    ['a visible prompt', [{ prompt: 'Password: ', echo: true }]],
    [
      'two prompts',
      [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Code\u202e: ', echo: false },
      ],
    ],
  ])('is not given to %s', async (_name, prompts) => {
    const seen: unknown[] = []
    const login = promptLogin(prompts)
    const server = await hostile({
      login: (context) => {
        login(context)
        seen.push(context.method)
      },
    })
    const { code, params } = await failure(server)
    expect(code).toBe('auth-refused')
    expect(params['detail']).toMatch(/^prompt not answered: Password:/)
    expect(params['detail']).not.toContain('\u202e')
  })

  it('is not given to a second prompt, which asks for something else', async () => {
    const answers: string[][] = []
    const server = await hostile({
      login: (context) => {
        if (context.method !== 'keyboard-interactive') {
          context.reject(['keyboard-interactive'])
          return
        }
        context.prompt([{ prompt: 'Password: ', echo: false }], (first) => {
          answers.push(first)
          context.prompt([{ prompt: 'Password of your laptop: ', echo: false }], (second) => answers.push(second))
        })
      },
    })
    expect((await failure(server)).params['detail']).toContain('laptop')
    expect(answers).toEqual([[acceptedPassword]])
  })

  it('that is wrong is refused, with what was tried', async () => {
    const server = await hostile({})
    const credentials = { identityFiles: ['/nonexistent'], agent: 'off', password: 'wrong' }
    expect(await failure(server, { credentials })).toMatchObject({
      code: 'auth-refused',
      params: { tried: 'password', allowed: 'password' },
    })
  })
})
