// Adding hosts: paste what one would type, or take names of the user's ssh_config. What was understood is shown before anything is dialled.

import { Button, Checkbox, Group, Stack, Switch, Tabs, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useState, type ReactNode } from 'react'
import type { Contract, Destination } from '../../../main/core/contract.ts'
import type { Frozen, Output } from '../../../main/core/rpc/define.ts'
import { useSay, useWords } from '../../i18n/say.ts'
import { useKeyChooser } from '../../state/key-file.ts'
import { call, useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { attempt, failureOf } from '../../ui/attempt.ts'
import { ErrorNote, type Failure } from '../../ui/kit.tsx'
import { PathInput } from '../../ui/path-input.tsx'
import { dial } from './links.ts'
import style from './hosts.module.css'

type Parsed = Output<Contract, 'hosts.parse'>
type Place = Frozen<Destination>

const nothing: Parsed = { destinations: [], refused: [] }
/** Milliseconds after the last key before the text is read. */
const readAfter = 200

interface Login {
  readonly sudo: boolean
  readonly identity: string
  readonly legacyAlgorithms: boolean
  readonly remember: boolean
}

export function AddHosts(): ReactNode {
  const w = useWords('hosts')
  const [tab, setTab] = useState<string | null>('paste')
  const [text, setText] = useState('')
  const [names, setNames] = useState<readonly string[]>([])
  const [login, setLogin] = useState<Login>({ sudo: false, identity: '', legacyAlgorithms: false, remember: false })
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<readonly { readonly address: string; readonly error: Failure }[]>([])
  const parsed = useParsed(text)
  const practice = useSession((state) => state.practice.destination)
  const places: readonly Place[] =
    tab === 'paste'
      ? parsed.destinations.map((one) => one.destination)
      : names.map((address) => ({ address, jumps: null, identity: null, sshConfig: true }))

  const connect = async (all: readonly Place[]): Promise<void> => {
    setBusy(true)
    const failures: { readonly address: string; readonly error: Failure }[] = []
    let first: string | null = null
    for (const place of all) {
      const identity = place.identity ?? (login.identity.trim() === '' ? null : login.identity.trim())
      try {
        const link = await dial({
          destination: { ...place, identity },
          secrets: {},
          sudo: login.sudo,
          legacyAlgorithms: login.legacyAlgorithms,
          remember: login.remember,
        })
        first ??= link
      } catch (cause) {
        failures.push({ address: place.address, error: failureOf(cause) })
      }
    }
    setBusy(false)
    setFailed(failures)
    if (first !== null) go({ link: first })
    if (failures.length === 0) go({ dialog: null })
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void connect(places)
      }}
    >
      <Stack gap="sm">
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="paste">{w('paste')}</Tabs.Tab>
            <Tabs.Tab value="configured">{w('configured')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="paste">
            <div className={style['add']}>
              <Textarea
                label={w('pasteLabel')}
                placeholder={w('pasteExample')}
                data-autofocus
                autosize
                minRows={9}
                maxRows={13}
                maxLength={65_536}
                spellCheck={false}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                value={text}
                onChange={(event) => {
                  setText(event.currentTarget.value)
                }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && places.length > 0) {
                    event.preventDefault()
                    void connect(places)
                  }
                }}
              />
              <Understood parsed={parsed} />
            </div>
          </Tabs.Panel>
          <Tabs.Panel value="configured">
            <Configured names={names} onNames={setNames} />
          </Tabs.Panel>
        </Tabs>
        <HowToLogIn login={login} onLogin={setLogin} />
        {failed.map(({ address, error }) => (
          <ErrorNote key={address} error={error}>
            <div>
              <code>{address}</code>
            </div>
          </ErrorNote>
        ))}
        <Group justify="flex-end">
          {practice !== null && (
            <Button
              variant="default"
              title={w('practiceHint')}
              style={{ marginInlineEnd: 'auto' }}
              disabled={busy}
              onClick={() => {
                void connect([practice])
              }}
            >
              {w('practice')}
            </Button>
          )}
          <Button type="submit" loading={busy} disabled={places.length === 0}>
            {places.length > 1 ? w('connectAll', { n: places.length }) : w('connectOne')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** What the text means, read anew shortly after it changed. */
function useParsed(text: string): Parsed {
  const [settled] = useDebouncedValue(text, readAfter)
  const [read, setRead] = useState<{ readonly text: string; readonly parsed: Parsed }>({ text: '', parsed: nothing })
  useEffect(() => {
    if (settled.trim() === '') return
    const stop = new AbortController()
    void attempt(async () => {
      const parsed = await call('hosts.parse', { text: settled }, { signal: stop.signal })
      setRead({ text: settled, parsed })
    })
    return () => {
      stop.abort()
    }
  }, [settled])
  return text.trim() === '' || settled.trim() === '' ? nothing : read.parsed
}

function Understood({ parsed }: { readonly parsed: Parsed }): ReactNode {
  const w = useWords('hosts')
  const say = useSay()
  return (
    <section className={style['understood']} aria-label={w('understood')} aria-live="polite">
      <h3>{w('understood')}</h3>
      {parsed.destinations.length + parsed.refused.length === 0 && <p className="dim">{w('understoodNone')}</p>}
      <ul>
        {parsed.refused.map(({ line, text, error }) => (
          <li key={`${String(line)}-${text}`} data-refused="true">
            <b>{w('refusedLine', { n: line })}</b> <code>{text}</code>
            <small>
              {error.params['expected'] === undefined
                ? say(`error.${error.code}`, error.params)
                : w('refusedExpected', error.params)}
            </small>
          </li>
        ))}
        {parsed.destinations.map(({ destination, address, notes }, at) => (
          <li key={`${String(at)}-${address}`}>
            <code>{address}</code>
            {destination.jumps !== null && <small>{w('via', { jumps: destination.jumps })}</small>}
            {destination.identity !== null && <small>{w('identity', { file: destination.identity })}</small>}
            {notes.length > 0 && <small data-tone="amber">{w('notFollowed', { what: notes.join('  ') })}</small>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Configured({
  names,
  onNames,
}: {
  readonly names: readonly string[]
  readonly onNames: (names: readonly string[]) => void
}): ReactNode {
  const w = useWords('hosts')
  const [found, setFound] = useState<Output<Contract, 'hosts.configured'> | null>(null)
  const [filter, setFilter] = useState('')
  useEffect(() => {
    void attempt(async () => {
      setFound(await call('hosts.configured', {}))
    })
  }, [])
  if (found === null) return null
  const wanted = found.names.filter((name) => name.toLowerCase().includes(filter.toLowerCase()))
  return (
    <Stack gap="xs">
      <span className="dim">{w('configHint')}</span>
      {found.names.length === 0 ? (
        <p className="dim">{w('configNone')}</p>
      ) : (
        <>
          <TextInput
            aria-label={w('configFilter')}
            placeholder={w('configFilter')}
            value={filter}
            onChange={(event) => {
              setFilter(event.currentTarget.value)
            }}
          />
          <div className={style['names']} role="group" aria-label={w('configLabel')}>
            {wanted.map((name) => (
              <Checkbox
                key={name}
                label={<code>{name}</code>}
                checked={names.includes(name)}
                onChange={({ currentTarget: { checked } }) => {
                  onNames(checked ? [...names, name] : names.filter((one) => one !== name))
                }}
              />
            ))}
          </div>
        </>
      )}
      {found.notes.length > 0 && (
        <small className={style['warn']}>{w('notFollowed', { what: found.notes.join('  ') })}</small>
      )}
    </Stack>
  )
}

function HowToLogIn({
  login,
  onLogin,
}: {
  readonly login: Login
  readonly onLogin: (login: Login) => void
}): ReactNode {
  const w = useWords('hosts')
  const remembers = useSession((state) => state.remembers)
  const choose = useKeyChooser()
  return (
    <div className={style['options']} role="group" aria-label={w('options')}>
      <Switch
        label={w('withSudo')}
        description={w('withSudoHint')}
        checked={login.sudo}
        onChange={(event) => {
          onLogin({ ...login, sudo: event.currentTarget.checked })
        }}
      />
      <PathInput
        label={w('identityLabel')}
        description={w('identityHint')}
        placeholder="~/.ssh/id_ed25519"
        value={login.identity}
        onChange={(identity) => {
          onLogin({ ...login, identity })
        }}
        choose={choose}
        chooseLabel={w('chooseKey')}
      />
      <Switch
        label={w('legacy')}
        description={<span className={login.legacyAlgorithms ? style['warn'] : ''}>{w('legacyHint')}</span>}
        color="yellow"
        checked={login.legacyAlgorithms}
        onChange={(event) => {
          onLogin({ ...login, legacyAlgorithms: event.currentTarget.checked })
        }}
      />
      {remembers !== 'no' && (
        <Switch
          label={w('remember')}
          description={
            <span className={remembers === 'plain' ? style['warn'] : ''}>
              {w(remembers === 'plain' ? 'rememberPlain' : 'rememberProtected')}
            </span>
          }
          checked={login.remember}
          onChange={(event) => {
            onLogin({ ...login, remember: event.currentTarget.checked })
          }}
        />
      )}
    </div>
  )
}
