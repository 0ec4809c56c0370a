// The hosts of the case: how each link stands and why, what was judged of it, and what can be done with it or with several at once.

import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconPlus, IconServer2 } from '@tabler/icons-react'
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { HostRow as KnownHost } from '../../evidence-db/locker.ts'
import { useWords } from '../../i18n/say.ts'
import { locker, useLocker } from '../../state/locker.ts'
import { useSession } from '../../state/session.ts'
import { go, useView } from '../../state/view.ts'
import { Empty, Section } from '../../ui/kit.tsx'
import { useNow } from '../../ui/measures.ts'
import { AboutLink } from './about-link.tsx'
import { useHostCommands } from './commands.ts'
import { HostRow } from './host-row.tsx'
import { KnownRow } from './known-row.tsx'
import { chosenLinks, isFree, triage } from './links.ts'
import style from './hosts.module.css'

export function HostList(): ReactNode {
  const w = useWords('hosts')
  const links = useSession((state) => state.links)
  const copy = useSession((state) => state.case?.copy === true)
  const link = useView((state) => state.link)
  const picked = useView((state) => state.picked)
  const absent = useAbsent()
  const now = useNow()
  const list = useRef<HTMLUListElement>(null)
  const [about, setAbout] = useState<string | null>(null)
  useHostCommands()
  useEffect(() => {
    const [first] = links
    if (first && !links.some((one) => one.link === link)) go({ link: first.link })
  }, [links, link])
  const many = picked.length > 0
  const free = links.filter((one) => picked.includes(one.link) && isFree(one))
  return (
    <Section
      title={w('title')}
      aside={
        <>
          <span className="num">{links.length + absent.length}</span>
          {!copy && (
            <Tooltip label={w('add')}>
              <ActionIcon size="sm" aria-label={w('add')} onClick={addHosts}>
                <IconPlus size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </>
      }
    >
      {copy && (
        <div className={style['notice']} role="note">
          <span>{w('copyOfCase')}</span>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              go({ dialog: 'take-over' })
            }}
          >
            {w('takeOver')}
          </Button>
        </div>
      )}
      {links.length + absent.length === 0 ? (
        !copy && (
          <Empty icon={<IconServer2 size={24} stroke={1.4} />} title={w('none')} hint={w('noneHint')}>
            <Button leftSection={<IconPlus size={14} />} onClick={addHosts}>
              {w('add')}
            </Button>
          </Empty>
        )
      ) : (
        <ul ref={list} className={style['hosts']} data-many={many} onKeyDown={rove}>
          {links.map((one) => (
            <HostRow
              key={one.link}
              link={one}
              now={now}
              current={one.link === link}
              picked={picked.includes(one.link)}
              onAbout={() => {
                setAbout(one.link)
              }}
            />
          ))}
          {absent.map((one) => (
            <KnownRow key={one.host} address={one.address} host={one.host} />
          ))}
        </ul>
      )}
      {many && (
        <div className={style['together']}>
          <span>{w('marked', { n: picked.length })}</span>
          <Button
            size="compact-xs"
            disabled={free.length === 0}
            onClick={() => {
              triage(chosenLinks())
            }}
          >
            {w('triage')}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={free.length === 0}
            onClick={() => {
              go({ dialog: 'start-run' })
            }}
          >
            {w('run')}
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              go({ picked: [] })
            }}
          >
            {w('unmark')}
          </Button>
        </div>
      )}
      <AboutLink
        link={links.find((one) => one.link === about) ?? null}
        onClose={() => {
          setAbout(null)
        }}
      />
    </Section>
  )
}

function addHosts(): void {
  go({ dialog: 'add-hosts' })
}

/** Arrow keys go from host to host. */
function rove(event: KeyboardEvent<HTMLUListElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('[data-row]')]
  const at = rows.findIndex((row) => row === event.target)
  if (by === 0 || at === -1) return
  event.preventDefault()
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
}

/** Hosts of the case that have no link in this session: those the open run still needs, and those the locker knows. */
function useAbsent(): readonly { readonly host: string; readonly address: string }[] {
  const needed = useSession((state) => state.case?.openRun?.hosts)
  const links = useSession((state) => state.links)
  const caseId = useSession((state) => state.case?.caseId)
  const events = useLocker().have.events
  const [known, setKnown] = useState<{ readonly caseId: string; readonly hosts: readonly KnownHost[] } | null>(null)
  useEffect(() => {
    if (caseId === undefined) return
    let wanted = true
    locker()
      ?.hosts()
      .then(
        (hosts) => {
          if (wanted) setKnown({ caseId, hosts })
        },
        () => undefined, // the locker is catching up: the links are shown without it
      )
    return () => {
      wanted = false
    }
  }, [caseId, events])
  const all = new Map<string, string>()
  for (const one of needed ?? []) all.set(one.host, one.address)
  if (known !== null && known.caseId === caseId) for (const one of known.hosts) all.set(one.host, one.address)
  for (const one of links) if (one.host !== null) all.delete(one.host)
  const dialled = new Set(links.map((one) => one.address))
  return [...all].flatMap(([host, address]) => (dialled.has(address) ? [] : [{ host, address }]))
}
