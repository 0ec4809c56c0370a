// Settings: the look, the defaults of new work, which keys are trusted, indicators, a check for playbooks, and what this program is.

import { Button, SegmentedControl, Select, Switch, TextInput } from '@mantine/core'
import { IconArrowLeft, IconKeyboard } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { useSession } from '../../state/session.ts'
import { setSettings } from '../../state/settings.ts'
import { go } from '../../state/view.ts'
import { DeadMan } from './dead-man.tsx'
import { Indicators } from './indicators.tsx'
import { Lint } from './lint.tsx'
import { Pins, Secrets } from './trust.tsx'
import { Field, Part } from './part.tsx'
import style from './settings.module.css'

export function SettingsScreen(): ReactNode {
  const w = useWords('settings')
  const inCase = useSession((state) => state.case !== null)
  return (
    <div className={style['screen']}>
      <div className={style['inner']}>
        {!inCase && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconArrowLeft size={14} />}
            style={{ alignSelf: 'flex-start' }}
            onClick={() => {
              go({ screen: 'triage' })
            }}
          >
            {w('back')}
          </Button>
        )}
        <Look />
        <Defaults />
        <Part title={w('pins')} hint={w('pinsHint')}>
          <Pins />
        </Part>
        <Part title={w('secrets')}>
          <Secrets />
        </Part>
        <Part title={w('indicators')} hint={w('indicatorsHint')}>
          {inCase ? <Indicators /> : <p className="dim">{w('indicatorsCase')}</p>}
        </Part>
        <Part title={w('lint')} hint={w('lintHint')}>
          <Lint />
        </Part>
        <About />
      </div>
    </div>
  )
}

function Look(): ReactNode {
  const w = useWords('settings')
  const settings = useSession((state) => state.settings)
  return (
    <Part title={w('look')}>
      <Field label={w('language')}>
        <Select
          aria-label={w('language')}
          allowDeselect={false}
          data={[
            { value: 'auto', label: w('languageAuto') },
            { value: 'en', label: 'English' },
            { value: 'zh-CN', label: '简体中文' },
          ]}
          value={settings.language ?? 'auto'}
          onChange={(value) => {
            setSettings({ language: value === 'en' || value === 'zh-CN' ? value : null })
          }}
        />
      </Field>
      <Field label={w('theme')}>
        <SegmentedControl
          aria-label={w('theme')}
          data={(['dark', 'light', 'system'] as const).map((value) => ({ value, label: w(`theme-${value}`) }))}
          value={settings.theme}
          onChange={(theme) => {
            setSettings({ theme })
          }}
        />
      </Field>
      <Field label={w('density')}>
        <SegmentedControl
          aria-label={w('density')}
          data={(['compact', 'comfortable'] as const).map((value) => ({ value, label: w(`density-${value}`) }))}
          value={settings.density}
          onChange={(density) => {
            setSettings({ density })
          }}
        />
      </Field>
    </Part>
  )
}

function Defaults(): ReactNode {
  const w = useWords('settings')
  const settings = useSession((state) => state.settings)
  const [examiner, setExaminer] = useState(settings.examiner ?? '')
  const keep = (): void => {
    const name = examiner.trim() === '' ? null : examiner.trim()
    if (name !== settings.examiner) setSettings({ examiner: name })
  }
  return (
    <Part title={w('defaults')}>
      <Field label={w('examiner')} hint={w('examinerHint')}>
        <TextInput
          aria-label={w('examiner')}
          maxLength={512}
          value={examiner}
          onChange={(event) => {
            setExaminer(event.currentTarget.value)
          }}
          onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === 'Enter') keep()
          }}
        />
      </Field>
      <Field label={w('deadMan')} hint={<DeadMan.Hint />}>
        <DeadMan />
      </Field>
      <Field label={w('hostView')} hint={w('hostViewHint')}>
        <Switch
          aria-label={w('hostView')}
          checked={settings.hostView}
          onChange={(event) => {
            setSettings({ hostView: event.currentTarget.checked })
          }}
        />
      </Field>
    </Part>
  )
}

function About(): ReactNode {
  const w = useWords('settings')
  const tool = useSession((state) => state.tool)
  const shell = useSession((state) => state.shell)
  return (
    <Part title={w('about')}>
      <Field label={w('aboutTool')}>
        <code>{tool}</code>
      </Field>
      <Field label={w('aboutShell')}>{w(`shell-${shell}`)}</Field>
      <Field label={w('aboutLicence')}>
        <span className="dim">{w('aboutLicenceText')}</span>
      </Field>
      <Button
        variant="default"
        leftSection={<IconKeyboard size={14} />}
        style={{ alignSelf: 'flex-start' }}
        onClick={() => {
          go({ dialog: 'keys' })
        }}
      >
        {w('aboutKeys')}
      </Button>
    </Part>
  )
}
