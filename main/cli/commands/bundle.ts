// export, verify, report: what leaves the workbench, and proof that it is whole.

import { caseForReading } from '../../compose.ts'
import type { Signer } from '../../core/bundle/sshsig.ts'
import type { ExitStatus } from '../../core/playbook/result.ts'
import { say } from '../../i18n/words.ts'
import { exportBundle, verifyBundle, writeReport } from '../../platform/bundle-file.ts'
import { agentSigner, keyFileSigner } from '../../platform/signers.ts'
import { caseFor, caseNamed, inCase } from '../case.ts'
import { secretFrom, usage } from '../options.ts'
import type { Shell } from '../shell.ts'

export async function exportCase(shell: Shell): Promise<ExitStatus> {
  caseNamed(shell)
  const out = outFile(shell)
  const signer = await signerGiven(shell)
  return inCase<ExitStatus>(await caseFor(shell), async ({ store }) => {
    const exportId = shell.invocation.text('export-id')
    const written = await exportBundle(store, {
      out,
      words: say,
      redact: shell.invocation.on('include-secrets') ? 'none' : 'default',
      ...(signer === undefined ? {} : { signer }),
      ...(exportId === undefined ? {} : { exportId }),
    })
    shell.tell((screen) => {
      screen.line(`${screen.paint('green', shell.say('cli.exported'))}  ${written.path}`)
      screen.line(`  ${shell.say('cli.signed-by', { fingerprint: written.fingerprint })}`)
      screen.line(screen.paint('grey', `  tourniquet verify ${written.path} --signer ${written.fingerprint}`))
    })
    shell.emit({
      type: 'result',
      path: written.path,
      exportId: written.exportId,
      tagManifestSha256: written.tagManifestSha256,
      fingerprint: written.fingerprint,
      hosts: [],
    })
    return 0
  })
}

export async function verify(shell: Shell): Promise<ExitStatus> {
  const [file, ...more] = shell.invocation.words
  if (file === undefined || more.length > 0)
    throw usage('FILE', shell.invocation.words.join(' ') || '-', 'one bundle file')
  const signer = shell.invocation.text('signer')
  const verified = await verifyBundle(file, signer === undefined ? {} : { signer })
  const proven = verified.signer.trust === 'matches'
  shell.tell((screen) => {
    screen.line(
      proven ? screen.paint('green', shell.say('cli.intact')) : screen.paint('amber', shell.say('cli.intact-unproven')),
    )
    screen.line(
      `  ${shell.say('cli.signed-by', { fingerprint: verified.signer.fingerprint })}  ${verified.signer.label}`,
    )
    screen.line(
      screen.paint(
        'grey',
        `  ${shell.say('cli.verified', { files: verified.files, exhibits: verified.exhibits, events: verified.events, redacted: verified.redacted })}`,
      ),
    )
  })
  shell.emit({ type: 'result', intact: true, ...verified, hosts: [] })
  return 0
}

export async function report(shell: Shell): Promise<ExitStatus> {
  const out = outFile(shell)
  const store = await caseForReading(caseNamed(shell))
  await inCase({ store, folder: caseNamed(shell) }, () => writeReport(store, { out, words: say }))
  shell.tell((screen) => {
    screen.line(`${screen.paint('green', shell.say('cli.reported'))}  ${out}`)
  })
  shell.emit({ type: 'result', path: out, hosts: [] })
  return 0
}

function outFile(shell: Shell): string {
  const out = shell.invocation.text('out')
  if (out === undefined) throw usage('option', '--out', 'the file to write')
  return out
}

async function signerGiven(shell: Shell): Promise<Signer | undefined> {
  const key = shell.invocation.text('sign-key')
  if (key === undefined) return undefined
  return key === 'agent'
    ? agentSigner({})
    : keyFileSigner(key, secretFrom(shell.invocation, 'key-passphrase-env', shell.environment))
}
