// Before any run: what can be done with this host, one click each.

import { Button } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useBilingual, useWords } from '../../i18n/say.ts'
import { usePlaybooks } from '../../state/playbooks.ts'
import { useSession } from '../../state/session.ts'
import { go } from '../../state/view.ts'
import { Empty, Section } from '../../ui/kit.tsx'
import { offerRun } from './offer.ts'
import style from './checklist.module.css'

export function StartCards(): ReactNode {
  const w = useWords('checklist')
  const bilingual = useBilingual()
  const all = usePlaybooks()
  const ready = useSession(({ links }) => links.some(({ state }) => state === 'ready'))
  if (!ready)
    return (
      <Empty
        icon={<IconListCheck size={24} />}
        title={w('startTitle')}
        hint={`${w('startTeaching')} ${w('startNeedsHost')}`}
      />
    )
  return (
    <Section title={w('startTitle')}>
      <p className={style['teaching']}>{w('startTeaching')}</p>
      {all.map((one, at) => (
        <div key={one.digest} className={style['card']} data-first={at === 0}>
          <div>
            <h3>{bilingual(one.title)}</h3>
            {one.summary !== null && <p title={bilingual(one.summary)}>{bilingual(one.summary)}</p>}
          </div>
          <div className={style['cardFoot']}>
            <Button
              size="compact-xs"
              variant={at === 0 ? 'filled' : 'default'}
              aria-label={w('cardStart', { playbook: bilingual(one.title) })}
              onClick={() => {
                offerRun(one.id)
              }}
            >
              {w('start')}
            </Button>
            {one.steps.length > 0 && at === 0 && <span>{w('playbookSteps', { n: one.steps.length })}</span>}
          </div>
        </div>
      ))}
      <div className={style['cardFoot']} style={{ padding: '4px 14px 12px' }}>
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => {
            go({ dialog: 'start-run' })
          }}
        >
          {w('startOther')}
        </Button>
      </div>
    </Section>
  )
}
