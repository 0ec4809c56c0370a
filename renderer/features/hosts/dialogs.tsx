// Windows of the hosts: adding them, and the questions about keys and logins.

import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { go, useView } from '../../state/view.ts'
import { AddHosts } from './add-hosts.tsx'
import { Questions } from './questions.tsx'

export function HostDialogs(): ReactNode {
  const w = useWords('hosts')
  const adding = useView((state) => state.dialog === 'add-hosts')
  return (
    <>
      <Modal
        opened={adding}
        onClose={() => {
          go({ dialog: null })
        }}
        title={w('addTitle')}
        size={820}
        closeOnClickOutside={false}
      >
        <AddHosts />
      </Modal>
      <Questions />
    </>
  )
}
