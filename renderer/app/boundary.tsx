// A screen that fails does not take the others with it: what failed is said, and the rest goes on.

import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Component, type ReactNode } from 'react'
import { wordsOf } from '../i18n/say.ts'
import { Empty } from '../ui/kit.tsx'

interface State {
  readonly failed: string | null
}

export class Boundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { failed: null }

  static getDerivedStateFromError(error: unknown): State {
    return { failed: error instanceof Error ? error.message : String(error) }
  }

  override render(): ReactNode {
    if (this.state.failed === null) return this.props.children
    const w = wordsOf('common')
    return (
      <Empty
        icon={<IconAlertTriangle size={28} />}
        title={w('crashed')}
        hint={w('crashedHint', { what: this.state.failed })}
      >
        <Button
          variant="default"
          onClick={() => {
            this.setState({ failed: null })
          }}
        >
          {w('retry')}
        </Button>
      </Empty>
    )
  }
}
