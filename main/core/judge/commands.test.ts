import { describe, expect, it } from 'vitest'
import { programOf, programs } from './commands.ts'

const names = (text: string) => programs(text).map((one) => one.program)

describe('the programs a command line starts', () => {
  it.each([
    ['/opt/a -x', ['/opt/a']],
    ['A=1 B="2 3" /opt/a', ['/opt/a']],
    ['cd /tmp/.x && ./run >/dev/null 2>&1 &', ['cd', './run']],
    ['nohup nice -n 19 timeout -k 5 60 /opt/a', ['/opt/a']],
    ['sudo -u www-data /opt/a', ['/opt/a']],
    ['flock -n /run/lock/x /opt/a', ['/opt/a']],
    ['sh -c "curl x | sh"', ['curl', 'sh', 'sh']],
    ['[ -e /x ] || { mkdir -p /y; /x -a; }', ['[', 'mkdir', '/x']],
    ['if test -f /x; then /x; fi', ['test', '/x', 'fi']],
    ['$(curl -s x)', ['curl']],
    ['# /opt/never', []],
    ['echo "a | /opt/never; b"', ['echo']],
    ['busybox wget http://x', ['wget']],
    ['"/root/.acme.sh"/acme.sh --cron', ['/root/.acme.sh/acme.sh']],
    ['', []],
    ['"unclosed', ['"unclosed']],
  ])('%s', (text, wanted) => {
    expect(names(text)).toEqual(wanted)
  })

  it('names the script an interpreter is given, and none for code', () => {
    expect(programOf('/usr/bin/python3.11 -u /srv/a.py x')?.script).toBe('/srv/a.py')
    expect(programOf('java -Xmx1g -jar /opt/a.jar')?.script).toBe('/opt/a.jar')
    expect(programOf('perl -e code')?.script).toBeNull()
    expect(programOf('/opt/a /srv/b')?.script).toBeNull()
  })
})
