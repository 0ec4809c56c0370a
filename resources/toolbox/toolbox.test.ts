// What the toolbox promises to the scripts that run on hosts, tried on the programs themselves: they are the bytes
// that SHA256SUMS names, need nothing from the host, and pass every byte through unharmed.
// What this machine cannot show (another processor, a file system without flags, no root) is skipped with the reason.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'

const toolbox = dirname(fileURLToPath(import.meta.url))
const architectures = ['x86_64', 'aarch64'] as const
type Architecture = (typeof architectures)[number]
const programs = ['busybox', 'getfattr', 'setfattr', 'stat'] as const
type Program = (typeof programs)[number]

/** Every applet that a host script may name. One that is missing here is added in busybox.switches. */
const applets =
  `[ ash awk base64 basename cat chattr chgrp chmod chown chroot chrt cmp cp cut date dd df diff dirname dmesg du
  echo env expr false find flock fold fsync fuser getopt grep gunzip gzip head hexdump hostname id ionice ip kill
  killall ln ls lsattr lsof md5sum mkdir mkfifo mknod mktemp mount mountpoint mv nc netstat nice nohup nproc nsenter
  od pgrep pidof pkill pmap printenv printf ps pwd readlink realpath renice rm rmdir sed seq setfattr setpriv setsid
  sh sha1sum sha256sum sha512sum sleep sort split stat strings sync sysctl tac tail tar taskset tee test time timeout
  touch tr true truncate uname uniq unlink unshare unxz uptime usleep wc which xargs xxd xz xzcat yes zcat`.split(/\s+/)

interface Ran {
  readonly status: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

interface Input {
  readonly stdin?: Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

let room: string
beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'toolbox-'))
})
afterAll(() => {
  rmSync(room, { recursive: true, force: true })
})

/** The emulator an architecture needs on this machine: none for its own, undefined when there is none. */
function emulator(architecture: Architecture): readonly string[] | undefined {
  const own = process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch
  if (architecture === own) return []
  const found = spawnSync(`qemu-${architecture}-static`, ['--version'])
  return found.error === undefined ? [`qemu-${architecture}-static`] : undefined
}

/** Runs a tool as a host would: its own environment, empty unless given, and nothing else. */
function run(architecture: Architecture, program: Program, args: readonly string[], input: Input = {}): Ran {
  const prefix = emulator(architecture)
  if (prefix === undefined) throw new Error(`no emulator for ${architecture}`)
  const [command, ...rest] = [...prefix, join(toolbox, architecture, program), ...args]
  // An emulator is found by the test's own PATH; the program under test gets exactly `env`.
  const absolute = prefix.length === 0 ? command! : execFileSync('which', [command!], { encoding: 'utf8' }).trim()
  const { status, stdout, stderr, error } = spawnSync(absolute, rest, {
    input: input.stdin ?? Buffer.alloc(0),
    env: { ...input.env },
    cwd: input.cwd ?? room,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error !== undefined) throw error
  return { status, stdout, stderr: stderr.toString('latin1') }
}

/** Standard output of a shell script under the toolbox's own shell; throws when it fails. */
function shell(architecture: Architecture, script: string, args: readonly string[] = [], input: Input = {}): Buffer {
  const ran = run(architecture, 'busybox', ['sh', '-c', script, 'sh', ...args], input)
  if (ran.status !== 0) throw new Error(`status ${String(ran.status)}: ${ran.stderr}`)
  return ran.stdout
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Every byte a name or a value can hold, and the ones ash uses for its own marks (0x81 to 0x88) side by side. */
const everyByte = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))
const hostileRecords: readonly Buffer[] = [
  everyByte,
  Buffer.from('\n \t\\x\\\n\n'),
  Buffer.from([0x81, 0x88, 0x82, 0x81, 0x81, 0x5c, 0x88, 0x0a]),
  Buffer.from(''),
  Buffer.from('$(id) `id` * ? [a] ~ "\'', 'latin1'),
  Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xe2, 0x80, 0xae]),
]
const framed = Buffer.concat(hostileRecords.flatMap((record) => [record, Buffer.from([0])]))

describe('the files', () => {
  it('are exactly the ones that SHA256SUMS names', () => {
    const lines = readFileSync(join(toolbox, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
    const names = lines.map((line) => line.slice(66))
    for (const architecture of architectures)
      for (const program of programs) expect(names).toContain(`${architecture}/${program}`)
    for (const line of lines) {
      const name = line.slice(66)
      expect(`${sha256(readFileSync(join(toolbox, name)))}  ${name}`).toBe(line)
    }
  })

  it.each(architectures)('for %s are static programs of that machine, executable, and small', (architecture) => {
    for (const program of programs) {
      const path = join(toolbox, architecture, program)
      const elf = readFileSync(path)
      expect(elf.subarray(0, 4).toString('latin1')).toBe('\x7fELF')
      expect(elf.readUInt16LE(18)).toBe(architecture === 'x86_64' ? 62 : 183)
      const headers = Number(elf.readBigUInt64LE(32))
      const types = Array.from({ length: elf.readUInt16LE(56) }, (_, index) =>
        elf.readUInt32LE(headers + index * elf.readUInt16LE(54)),
      )
      expect(types, `${program} names a loader or needs libraries`).not.toEqual(
        expect.arrayContaining([expect.toSatisfy((type: number) => type === 2 || type === 3)]),
      )
      expect(elf.includes('libnss_'), `${program} would load name services from the host`).toBe(false)
      expect(statSync(path).mode & 0o111).toBe(0o111)
      expect(elf.length).toBeLessThan(1_500_000)
    }
  })
})

describe.each(architectures)('on %s', (architecture) => {
  const here = (ctx: TestContext): void => {
    if (emulator(architecture) === undefined) ctx.skip(`no qemu-${architecture}-static on this machine`)
  }
  const asRoot = (ctx: TestContext): void => {
    here(ctx)
    if (process.getuid?.() !== 0) ctx.skip('needs root')
  }
  const native = (ctx: TestContext): void => {
    here(ctx)
    if (emulator(architecture)?.length !== 0)
      ctx.skip('an emulated program cannot start itself or another one by a path')
  }
  const sh = (script: string, args: readonly string[] = [], input: Input = {}): Buffer =>
    shell(architecture, script, args, input)
  const tool = (program: Program, args: readonly string[], input: Input = {}): Ran =>
    run(architecture, program, args, input)

  it('busybox has every applet we rely on', (ctx) => {
    here(ctx)
    const listed = tool('busybox', ['--list']).stdout.toString().trim().split('\n')
    expect(applets.filter((applet) => !listed.includes(applet))).toEqual([])
  })

  it('busybox uses its own applets whatever PATH offers', (ctx) => {
    native(ctx)
    const decoys = join(room, `decoys-${architecture}`)
    mkdirSync(decoys, { recursive: true })
    for (const name of ['cat', 'ls', 'sha256sum', 'id', 'chattr', 'stat'])
      writeFileSync(join(decoys, name), '#!/bin/sh\necho decoy\n', { mode: 0o755 })
    const env = { PATH: decoys }
    const used = sh(
      'id -u; cat /dev/null; sha256sum </dev/null; env id -u; echo x | xargs -n1 echo; timeout 5 id -u; stat -c %F /; nice id -u',
      [],
      { env },
    )
    expect(used.toString()).not.toContain('decoy')
    expect(sh('exec "$1/id"', [decoys], { env }).toString()).toBe('decoy\n')
  })

  it('busybox reports an applet it cannot start, and never runs the host file of that name instead', (ctx) => {
    asRoot(ctx)
    native(ctx)
    const decoys = join(room, 'decoys-without-proc')
    mkdirSync(decoys)
    for (const name of ['cat', 'tar', 'id', 'sha256sum'])
      writeFileSync(join(decoys, name), '#!/bin/sh\necho decoy\n', { mode: 0o755 })
    const hide = 'mount --make-rprivate / && mount -t tmpfs none /proc && cd "$1" && PATH=$1:. && echo hidden'
    const script = `${hide}; tar --help; echo $?; nice tar --help; echo $?; echo x | env tar --help; echo $?`
    const ran = tool('busybox', ['unshare', '-m', 'busybox', 'sh', '-c', script, 'sh', decoys])
    if (ran.stderr.includes('Operation not permitted')) ctx.skip('this machine gives root no mount namespaces')
    expect(ran.stdout.toString()).toMatch(/^hidden\n(12[67]\n){3}$/)
  })

  it("awk's pipes run our own shell, not the host's", (ctx) => {
    native(ctx)
    const script = `BEGIN { system("readlink /proc/$$/exe"); "readlink /proc/$$/exe" | getline line; print line }`
    const path = join(toolbox, architecture, 'busybox')
    expect(tool('busybox', ['awk', script]).stdout.toString()).toBe(`${path}\n${path}\n`)
  })

  it('the shell works in an empty environment', (ctx) => {
    native(ctx)
    expect(sh('echo "$0 $1"; id -u | wc -l; env | sort', ['one']).toString()).toMatch(/^sh one\n1\n/)
    expect(sh('env').toString()).not.toMatch(/^(LD_|ENV=|BASH_ENV=|HOME=|LANG=)/m)
  })

  it('the shell never reads a start-up file that ENV names', (ctx) => {
    here(ctx)
    const file = join(room, 'env-file')
    writeFileSync(file, 'echo from-env\n')
    expect(sh('echo only', [], { env: { ENV: file, BASH_ENV: file } }).toString()).toBe('only\n')
  })

  it('tells the time of day in microseconds without a process, and in nanoseconds with one', (ctx) => {
    here(ctx)
    const before = Date.now() / 1000
    const time = sh('echo $EPOCHREALTIME $EPOCHSECONDS').toString()
    expect(time).toMatch(/^\d+\.\d{6} \d+\n$/)
    expect(Number.parseFloat(time)).toBeGreaterThanOrEqual(before - 0.01)
    expect(Number.parseFloat(time)).toBeLessThan(before + 10)
    expect(tool('busybox', ['date', '+%s.%N']).stdout.toString()).toMatch(/^\d+\.\d{9}\n$/)
  })

  it('reads NUL-terminated records byte for byte: newlines, backslashes, 0x80 to 0xff, shell text', (ctx) => {
    here(ctx)
    const copy = `while IFS= read -r -d '' record; do printf '%s\\0' "$record"; done`
    expect(sh(copy, [], { stdin: framed })).toEqual(framed)
    const asArguments = `set --; while IFS= read -r -d '' record; do set -- "$@" "$record"; done; printf '%s\\0' "$@"`
    expect(sh(asArguments, [], { stdin: framed })).toEqual(framed)
  })

  it('takes arguments and environment values byte for byte', (ctx) => {
    native(ctx)
    const viaArgv = `set --; while IFS= read -r -d '' record; do set -- "$@" "$record"; done; exec "$0" printf '%s\\0' "$@"`
    const busybox = join(toolbox, architecture, 'busybox')
    const ran = tool('busybox', ['sh', '-c', viaArgv, busybox], { stdin: framed })
    expect(ran.stdout).toEqual(framed)
    expect(tool('busybox', ['xargs', '-0', '-n', '1', busybox, 'printf', '%s\\0'], { stdin: framed }).stdout).toEqual(
      framed,
    )
    const inEnvironment = `IFS= read -r -d '' VALUE; export VALUE; exec "$0" printenv VALUE`
    expect(tool('busybox', ['sh', '-c', inEnvironment, busybox], { stdin: framed }).stdout).toEqual(
      Buffer.concat([everyByte, Buffer.from('\n')]),
    )
  })

  it('counts bytes, not characters', (ctx) => {
    here(ctx)
    expect(sh(`IFS= read -r -d '' record; echo \${#record}`, [], { stdin: framed }).toString()).toBe('255\n')
    expect(sh('text=é止; echo ${#text}').toString()).toBe('5\n')
  })

  it('lists file names byte for byte', (ctx) => {
    here(ctx)
    const names = join(room, `names-${architecture}`)
    mkdirSync(names)
    const name = Buffer.from(everyByte.filter((byte) => byte !== 0x2f))
    writeFileSync(Buffer.concat([Buffer.from(`${names}/`), name]), 'x')
    const found = Buffer.concat([Buffer.from('./'), name, Buffer.from([0])])
    expect(tool('busybox', ['find', '.', '-type', 'f', '-print0'], { cwd: names }).stdout).toEqual(found)
    expect(sh(`for name in *; do printf './%s\\0' "$name"; done`, [], { cwd: names })).toEqual(found)
    expect(sh(`stat -c %s "$(printf '%s' *)"`, [], { cwd: names }).toString()).toBe('1\n')
  })

  it('dd takes exactly the bytes it is told from a pipe and leaves the rest', (ctx) => {
    native(ctx)
    const payload = Buffer.concat([everyByte, everyByte, everyByte])
    // The writer stops in the middle of the block, so that a single read would come back short.
    const script = `{ dd bs=100 count=1 2>/dev/null; sleep 0.2; cat; } | { dd iflag=fullblock bs=500 count=1 2>/dev/null | sha256sum; sha256sum; }`
    const digests = sh(script, [], { stdin: payload }).toString().split('\n')
    expect(digests[0]).toBe(`${sha256(payload.subarray(0, 500))}  -`)
    expect(digests[1]).toBe(`${sha256(payload.subarray(500))}  -`)
  })

  it('hashes itself through /proc/self/exe', (ctx) => {
    here(ctx)
    const file = readFileSync(join(toolbox, architecture, 'busybox'))
    expect(tool('busybox', ['sha256sum', '/proc/self/exe']).stdout.toString()).toBe(`${sha256(file)}  /proc/self/exe\n`)
    expect(sh('sha256sum /proc/self/exe').toString()).toBe(`${sha256(file)}  /proc/self/exe\n`)
  })

  it('single applets give exact bytes', (ctx) => {
    here(ctx)
    const busybox = (args: readonly string[], stdin: Buffer): Buffer => tool('busybox', args, { stdin }).stdout
    expect(busybox(['dd', 'iflag=fullblock', 'bs=100', 'count=1'], everyByte)).toEqual(everyByte.subarray(0, 100))
    expect(busybox(['sha256sum'], framed).toString()).toBe(`${sha256(framed)}  -\n`)
    expect(busybox(['base64', '-w', '0'], framed).toString()).toBe(framed.toString('base64'))
    expect(busybox(['xxd', '-r', '-p'], Buffer.from(framed.toString('hex')))).toEqual(framed)
    expect(busybox(['gunzip'], busybox(['gzip'], framed))).toEqual(framed)
  })

  it('keeps working in a shell whose file was removed', (ctx) => {
    native(ctx)
    const copy = join(room, 'busybox')
    writeFileSync(copy, readFileSync(join(toolbox, architecture, 'busybox')), { mode: 0o755 })
    const ran = spawnSync(
      copy,
      ['sh', '-c', 'rm "$0"; [ -e "$0" ] || tar --help >/dev/null 2>&1 && sha256sum /proc/self/exe', copy],
      { env: {} },
    )
    expect(ran.stdout.toString()).toContain(sha256(readFileSync(join(toolbox, architecture, 'busybox'))))
  })

  it('sets, shows and clears the immutable flag', (ctx) => {
    asRoot(ctx)
    const file = join(room, `locked-${architecture}`)
    writeFileSync(file, 'x')
    const set = tool('busybox', ['chattr', '+i', file])
    if (/not supported|Inappropriate ioctl/.test(set.stderr))
      ctx.skip('the file system of the temporary folder has no flags')
    try {
      expect(set).toMatchObject({ status: 0, stderr: '' })
      expect(tool('busybox', ['lsattr', file]).stdout.toString()).toMatch(/^----i[-A-Za-z]* /)
      expect(() => {
        writeFileSync(file, 'y')
      }).toThrow(/EPERM/)
      expect(tool('busybox', ['mv', file, `${file}.moved`]).status).not.toBe(0)
    } finally {
      expect(tool('busybox', ['chattr', '-i', file]).status).toBe(0)
    }
    expect(tool('busybox', ['lsattr', file]).stdout.toString()).toMatch(/^-----/)
    writeFileSync(file, 'y')
  })

  it('carries an extended attribute with any bytes there and back', (ctx) => {
    here(ctx)
    const file = join(room, `attribute-${architecture}`)
    writeFileSync(file, 'x')
    const value = Buffer.concat([Buffer.from([0]), everyByte])
    const set = tool('setfattr', ['-n', 'user.test', '-v', `0x${value.toString('hex')}`, file])
    if (set.stderr.includes('not supported'))
      ctx.skip('the file system of the temporary folder has no extended attributes')
    expect(set).toMatchObject({ status: 0, stderr: '' })
    expect(tool('getfattr', ['--only-values', '--absolute-names', '-n', 'user.test', file]).stdout).toEqual(value)
    const dump = tool('getfattr', ['-d', '-e', 'hex', '-m', '-', '--absolute-names', file]).stdout.toString()
    expect(dump).toContain(`user.test=0x${value.toString('hex')}\n`)
    expect(tool('setfattr', ['-x', 'user.test', file]).status).toBe(0)
    expect(tool('setfattr', ['--restore=-'], { stdin: Buffer.from(dump) }).status).toBe(0)
    expect(tool('getfattr', ['--only-values', '--absolute-names', '-n', 'user.test', file]).stdout).toEqual(value)
  })

  it('writes back a POSIX ACL as the raw attribute it is', (ctx) => {
    asRoot(ctx)
    const file = join(room, `acl-${architecture}`)
    writeFileSync(file, 'x', { mode: 0o640 })
    const id = (n: number): string => Buffer.from(Uint32Array.of(n).buffer).toString('hex')
    const entry = (tag: number, permissions: number, who: number): string =>
      Buffer.from(Uint16Array.of(tag, permissions).buffer).toString('hex') + id(who)
    const none = 0xffffffff
    const acl = `0x${id(2)}${entry(1, 6, none)}${entry(2, 4, 65534)}${entry(4, 4, none)}${entry(16, 4, none)}${entry(32, 0, none)}`
    const set = tool('setfattr', ['-n', 'system.posix_acl_access', '-v', acl, file])
    if (set.stderr.includes('not supported')) ctx.skip('the file system of the temporary folder has no ACLs')
    expect(set).toMatchObject({ status: 0, stderr: '' })
    expect(
      tool('getfattr', ['-e', 'hex', '-n', 'system.posix_acl_access', '--absolute-names', file]).stdout.toString(),
    ).toContain(acl)
  })

  it('stat tells the time a file was born', (ctx) => {
    here(ctx)
    const file = join(room, `born-${architecture}`)
    writeFileSync(file, 'x')
    const born = Math.floor(statSync(file).birthtimeMs / 1000)
    if (born <= 0) ctx.skip('the file system of the temporary folder keeps no birth time')
    const { stdout } = tool('stat', ['-c', '%W %Y %i %s %F', file])
    expect(stdout.toString()).toBe(
      `${born} ${Math.floor(statSync(file).mtimeMs / 1000)} ${statSync(file).ino} 1 regular file\n`,
    )
  })

  it('gives a program a private mount namespace with a file bound over', (ctx) => {
    asRoot(ctx)
    native(ctx)
    const preload = join(room, 'ld.so.preload')
    writeFileSync(preload, '/lib/hostile.so\n')
    const script = `mount --make-rprivate / && mount --bind /dev/null "$1" && [ -c "$1" ] && ! grep -q . "$1" && echo inside`
    const ran = tool('busybox', [
      'unshare',
      '-m',
      join(toolbox, architecture, 'busybox'),
      'sh',
      '-c',
      script,
      'sh',
      preload,
    ])
    if (ran.stderr.includes('Operation not permitted')) ctx.skip('this machine gives root no mount namespaces')
    expect(ran).toMatchObject({ status: 0, stderr: '' })
    expect(ran.stdout.toString()).toBe('inside\n')
    expect(readFileSync(preload, 'utf8')).toBe('/lib/hostile.so\n')
  })

  it('ends a program at its time limit and says so', (ctx) => {
    native(ctx)
    const started = Date.now()
    expect(
      tool('busybox', ['timeout', '-s', 'KILL', '1', join(toolbox, architecture, 'busybox'), 'sleep', '30']).status,
    ).not.toBe(0)
    expect(Date.now() - started).toBeLessThan(10_000)
  })

  it('runs a program as nobody, without new privileges', (ctx) => {
    asRoot(ctx)
    native(ctx)
    const script = 'setpriv --nnp --clear-groups true 2>/dev/null; setpriv --nnp grep NoNewPrivs /proc/self/status'
    expect(sh(script).toString()).toMatch(/^NoNewPrivs:\s+1\n$/)
    expect(sh('setuidgid nobody id -u').toString()).toBe(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  })

  it('round-trips base64, hex and gzip', (ctx) => {
    native(ctx)
    const pipes = ['base64 | base64 -d', 'xxd -p | xxd -r -p', 'gzip | gunzip', 'cat | od -An -v -tx1 | xxd -r -p']
    for (const pipe of pipes) expect(sh(pipe, [], { stdin: framed }), pipe).toEqual(framed)
  })
})
