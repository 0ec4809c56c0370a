// The export as it stands: under way in bytes, failed with a way out, or written, with what to check it by.

import { Button, Group, Progress as Bar } from '@mantine/core'
import { IconCircleCheck, IconDownload } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useWords } from '../../i18n/say.ts'
import { CopyButton, ErrorNote } from '../../ui/kit.tsx'
import { bytesText, useLanguageNumbers } from '../../ui/measures.ts'
import { ExportForm } from './export-form.tsx'
import { forgetExport, useExport, writeFromFolder, type ExportWork, type WrittenBundle } from './export-work.ts'
import { save } from './save.ts'
import { VerifyWritten } from './verify-panel.tsx'
import style from './report.module.css'

export function ExportCard(): ReactNode {
  const w = useWords('report')
  const work = useExport()
  switch (work.at) {
    case 'idle':
      return <ExportForm />
    case 'writing':
      return <Writing work={work} />
    case 'written':
      return <Written written={work.written} />
    case 'failed':
      return (
        <>
          <ErrorNote error={work.error}>
            {work.error.code.startsWith('locker-') && (
              <div>
                <Button
                  mt={8}
                  variant="default"
                  title={w('fromFolderHint')}
                  onClick={() => {
                    writeFromFolder(work.wanted)
                  }}
                >
                  {w('fromFolder')}
                </Button>
              </div>
            )}
          </ErrorNote>
          <ExportForm />
        </>
      )
  }
}

function Writing({ work }: { readonly work: Extract<ExportWork, { readonly at: 'writing' }> }): ReactNode {
  const w = useWords('report')
  const common = useWords('common')
  const { progress, stop } = work
  return (
    <div className={style['stack']} role="status">
      <Group justify="space-between">
        <span>{w('writing')}</span>
        {progress !== null && (
          <span className="num dim">
            {common('of', { n: bytesText(progress.done), total: bytesText(progress.total) })}
          </span>
        )}
      </Group>
      <Bar
        value={progress === null ? 100 : progress.total === 0 ? 100 : (progress.done / progress.total) * 100}
        animated={progress === null}
        aria-label={w('writing')}
      />
      <Button variant="default" style={{ alignSelf: 'flex-end' }} onClick={stop}>
        {common('stop')}
      </Button>
    </div>
  )
}

function Written({ written }: { readonly written: WrittenBundle }): ReactNode {
  const w = useWords('report')
  const count = useLanguageNumbers()
  const [saved, setSaved] = useState(false)
  const { bundle } = written
  return (
    <div className={style['stack']}>
      <strong className={style['writtenTitle']}>
        <IconCircleCheck size={16} aria-hidden="true" />
        {w('written')}
      </strong>
      <dl className={style['facts']}>
        <dt>{w('writtenName')}</dt>
        <dd>{written.name}</dd>
        <dt>{w('writtenSize')}</dt>
        <dd className="num">
          {bytesText(written.bytes)}
          {written.files !== null && ` · ${w('writtenFiles')} ${count(written.files)}`}
          {written.redacted > 0 && ` · ${w('writtenHeld', { n: count(written.redacted) })}`}
        </dd>
        <dt>{w('writtenSigner')}</dt>
        <dd>
          <code>{written.fingerprint}</code> <CopyButton value={written.fingerprint} />
        </dd>
        <dt>{w('writtenTag')}</dt>
        <dd>
          <code>{written.tagManifestSha256}</code> <CopyButton value={written.tagManifestSha256} />
        </dd>
        {'path' in bundle && (
          <>
            <dt>{w('writtenAt')}</dt>
            <dd>
              <code>{bundle.path}</code> <CopyButton value={bundle.path} />
            </dd>
          </>
        )}
      </dl>
      <Group gap="xs">
        {'file' in bundle && (
          <Button
            leftSection={<IconDownload size={14} />}
            onClick={() => {
              save(bundle.file, written.name)
              setSaved(true)
            }}
          >
            {w('save')}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={forgetExport}>
          {w('forget')}
        </Button>
      </Group>
      {saved && <small className="dim">{w('saved')}</small>}
      <VerifyWritten bundle={bundle} />
    </div>
  )
}
