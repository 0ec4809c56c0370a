// Each form of file: what is told of it, and what of it can go. Bad input is normal.
import { describe, expect, it } from 'vitest'
import { parserOf, places } from './places.ts'

const told = (id: string, text: string, changed = false) => {
  const place = places().get(id)
  if (!place) throw new Error(id)
  return parserOf(place)(text, { path: '/', changed }).map(({ line, form, command, removable }) => [
    line,
    form,
    command,
    removable,
  ])
}

describe('what a place tells of its files', () => {
  it('apt: hooks, however they are written, and no other setting', () => {
    const text =
      '// DPkg::Post-Invoke { "no"; };\nAcquire::Retries "3";\nDPkg::Post-Invoke\n{\n  "a \\"b\\"";\n  "c };";\n};\nAPT { Update { Post-Invoke-Success "d"; }; };\n'
    expect(told('apt-hooks', text)).toEqual([
      [3, 'entry', 'a "b"\nc };', true],
      [8, 'entry', 'd', true],
    ])
    expect(told('apt-hooks', 'DPkg::Post-Invoke { "never closed')).toEqual([[1, 'entry', '', true]])
  })

  it('supervisors: a section with its command, whole', () => {
    const text =
      '[supervisord]\nlogfile=/x\n\n[program:a]\ncommand = /tmp/a\nautorestart=true\n\n; end\n[program:b]\ncommand=b\n'
    expect(told('supervisors', text)).toEqual([
      [4, 'entry', '/tmp/a', true],
      [9, 'entry', 'b', true],
    ])
  })

  it('inittab: the process', () => {
    expect(told('inittab', '# x:y\nid:3:initdefault:\nx:2345:respawn:/dev/shm/.x -a : b\n')).toEqual([
      [3, 'entry', '/dev/shm/.x -a : b', true],
    ])
  })

  it('environment: only what makes programs run or load something', () => {
    expect(
      told('environment', 'LANG=C\nLD_PRELOAD=/x.so\nPATH=/tmp:/bin\nBASH_ENV DEFAULT=/tmp/e\n').map(([line]) => line),
    ).toEqual([2, 3, 4])
  })

  it('logrotate: scripts alone, and of a block nothing', () => {
    const text =
      '/var/log/x {\n  daily\n  postrotate\n    /tmp/x &\n    if a; then\n      b\n    fi\n  endscript\n  compresscmd /bin/xz\n}\n'
    expect(told('logrotate', text)).toEqual([
      [4, 'entry', '    /tmp/x &', true],
      [5, 'entry', '    if a; then', false],
      [6, 'entry', '      b', false],
    ])
  })

  it('the kernel: programs it starts, and pages reserved', () => {
    expect(
      told(
        'kernel-settings',
        'kernel.core_pattern=core\nkernel.core_pattern = |/tmp/x %P\nkernel/modprobe=/tmp/m\nvm.nr_hugepages=1280\nvm.nr_hugepages=0\n',
      ),
    ).toEqual([
      [2, 'entry', '/tmp/x %P', true],
      [3, 'entry', '/tmp/m', true],
      [4, 'environment', '', true],
    ])
    expect(told('core-pattern', 'core\n')).toEqual([])
    expect(told('core-pattern', '|/tmp/.x %P\n')).toEqual([[1, 'entry', '/tmp/.x %P', false]])
  })

  it('the loader: folders nobody keeps libraries in', () => {
    expect(
      told(
        'library-folders',
        '/usr/local/lib\n/opt/x/lib\n/tmp/lib\n/usr/lib/.x\ninclude /etc/ld.so.conf.d/*.conf\n',
      ).map(([line]) => line),
    ).toEqual([3, 4])
  })

  it('monit: what a check starts; cut by hand only', () => {
    expect(
      told('monit', 'set daemon 60\n  start program = "/tmp/x a"\n  if failed then exec "/bin/y"\n# exec "/z"\n'),
    ).toEqual([
      [2, 'entry', '/tmp/x a', false],
      [3, 'entry', '/bin/y', false],
    ])
  })

  it('scripts: themselves, programs by their first bytes, and a changed one of a package by its lines', () => {
    expect(told('motd', '#!/bin/sh\n/tmp/x\n')).toEqual([[0, 'script', '#!/bin/sh\n/tmp/x\n', true]])
    expect(told('motd', `\x7fELF${'x'.repeat(9000)}`)[0]?.[2]).toHaveLength(4096)
    expect(told('motd', '#!/bin/sh\n/tmp/x\n', true)).toEqual([[2, 'entry', '/tmp/x', true]])
  })

  it.each([...places().keys()])('%s survives whatever stands in its files', (id) => {
    for (const text of [
      '\0\x01\xff',
      '\x1b[2J\r\n'.repeat(50),
      '{'.repeat(5000),
      '"'.repeat(5001),
      '[\n'.repeat(5000),
      ':'.repeat(5000),
      '='.repeat(5000),
      `${'a'.repeat(131_072)}\n`,
      'ACTION=='.repeat(4000),
    ]) {
      const started = performance.now()
      for (const changed of [false, true]) expect(told(id, text, changed).length).toBeLessThanOrEqual(5001)
      expect(performance.now() - started).toBeLessThan(10_000)
    }
  })
})
