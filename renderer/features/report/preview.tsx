// The report as the bundle will hold it. It is full of host text, so it lives in a frame that may do nothing: no script, no origin, no forms, no links out.

import { ActionIcon, Loader, Tooltip } from '@mantine/core'
import { IconDownload, IconPrinter, IconRefresh } from '@tabler/icons-react'
import { useCallback, useEffect, useState, type ReactNode } from 'react'
import type { ByteSource } from '../../../main/core/rpc/define.ts'
import { useLanguage, useWords } from '../../i18n/say.ts'
import { useSession, wire } from '../../state/session.ts'
import { failureOf } from '../../ui/attempt.ts'
import { ErrorNote, type Failure } from '../../ui/kit.tsx'
import { timeText } from '../../ui/measures.ts'
import { save } from './save.ts'
import style from './report.module.css'

interface Read {
  readonly name: string
  readonly html: string
  readonly at: string
}

export function Preview(): ReactNode {
  const w = useWords('report')
  const lang = useLanguage()
  const { read, error, reading, again } = useReport()
  const html = read === null ? null : inLanguage(read.html, lang)
  return (
    <section className={style['preview']} aria-label={w('preview')}>
      <header>
        <h2>{w('preview')}</h2>
        {read !== null && <span className="dim num">{w('previewAt', { at: timeText(lang, read.at) })}</span>}
        <span className={style['tools']}>
          <Tool label={w('previewRefresh')} disabled={reading} onClick={again} icon={<IconRefresh size={15} />} />
          <Tool
            label={w('previewPrint')}
            disabled={html === null}
            onClick={() => {
              if (html !== null) print(html)
            }}
            icon={<IconPrinter size={15} />}
          />
          <Tool
            label={w('previewSave')}
            disabled={read === null}
            onClick={() => {
              if (read) save(new Blob([read.html], { type: 'text/html;charset=utf-8' }), read.name)
            }}
            icon={<IconDownload size={15} />}
          />
        </span>
        <p>{w('previewHint')}</p>
      </header>
      {error !== null && <ErrorNote error={error} />}
      {html === null ? (
        reading && (
          <div className={style['reading']} role="status">
            <Loader size={16} />
            {w('previewReading')}
          </div>
        )
      ) : (
        <iframe title={w('previewFrame')} sandbox="" srcDoc={html} className={style['frame']} />
      )}
    </section>
  )
}

function Tool({
  label,
  icon,
  disabled,
  onClick,
}: {
  readonly label: string
  readonly icon: ReactNode
  readonly disabled: boolean
  readonly onClick: () => void
}): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} disabled={disabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}

function useReport(): {
  readonly read: Read | null
  readonly error: Failure | null
  readonly reading: boolean
  readonly again: () => void
} {
  const caseId = useSession((state) => state.case?.caseId)
  const [read, setRead] = useState<Read | null>(null)
  const [error, setError] = useState<Failure | null>(null)
  const [turn, setTurn] = useState(0)
  const [ended, setEnded] = useState(-1)
  useEffect(() => {
    let wanted = true
    readReport().then(
      (report) => {
        if (!wanted) return
        setRead(report)
        setError(null)
        setEnded(turn)
      },
      (cause: unknown) => {
        if (!wanted) return
        setError(failureOf(cause))
        setEnded(turn)
      },
    )
    return () => {
      wanted = false
    }
  }, [turn, caseId])
  const again = useCallback(() => {
    setTurn((before) => before + 1)
  }, [])
  return { read, error, reading: ended < turn, again }
}

async function readReport(): Promise<Read> {
  const { output, bytes } = await wire().stream('report.read', {})
  return { name: output.name, html: await textOf(bytes), at: new Date().toISOString() }
}

async function textOf(bytes: ByteSource): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of bytes) text += decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}

/** The report's own language switch, set as the page is. Host text in it is escaped, so these two tags can only be the report's. */
function inLanguage(html: string, lang: 'en' | 'zh-CN'): string {
  if (lang === 'en') return html
  return html
    .replace('name="lang" id="en" checked>', 'name="lang" id="en">')
    .replace('name="lang" id="zh">', 'name="lang" id="zh" checked>')
}

/** Milliseconds a frame for printing stays after its dialog was asked for. */
const printed = 60_000

/**
 * Prints by a frame of its own: only a page of our origin may open the dialog for it. Scripts stay forbidden there, by the sandbox and by the page's policy,
 * so the origin is worth nothing to what the report holds.
 */
function print(html: string): void {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals')
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0;visibility:hidden'
  frame.addEventListener('load', () => {
    frame.contentWindow?.print()
    setTimeout(() => {
      frame.remove()
    }, printed)
  })
  frame.srcdoc = html
  document.body.append(frame)
}
