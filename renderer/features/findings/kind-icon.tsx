// What kind of thing a finding is about, at a glance; the word stands in the filter and in the detail, and is what a screen reader says.

import {
  IconBinary,
  IconCalendarTime,
  IconCpu,
  IconFile,
  IconFolderOpen,
  IconId,
  IconKey,
  IconLogin2,
  IconNetwork,
  IconPlayerPlay,
  IconPlugConnected,
  IconPuzzle,
  IconAlertHexagon,
  IconSettings2,
  IconShieldLock,
  IconTerminal2,
  IconUserShield,
  type Icon,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useSay } from '../../i18n/say.ts'
import type { FindingView } from '../../state/looks.ts'
import style from './findings.module.css'

const icons: Readonly<Record<FindingView['kind'], Icon>> = {
  process: IconCpu,
  socket: IconPlugConnected,
  schedule: IconCalendarTime,
  'scheduler-daemon': IconCalendarTime,
  preload: IconPuzzle,
  mount: IconFolderOpen,
  file: IconFile,
  login: IconLogin2,
  unit: IconSettings2,
  startup: IconPlayerPlay,
  binary: IconBinary,
  key: IconKey,
  account: IconId,
  sudo: IconUserShield,
  sshd: IconTerminal2,
  pam: IconShieldLock,
  name: IconNetwork,
  hijack: IconAlertHexagon,
}

export function KindIcon({ kind }: { readonly kind: FindingView['kind'] }): ReactNode {
  const say = useSay()
  const Icon = icons[kind]
  return (
    <span className={style['kindIcon']} title={say(`kind.${kind}`)} role="img" aria-label={say(`kind.${kind}`)}>
      <Icon size={15} stroke={1.6} aria-hidden="true" />
    </span>
  )
}
