// lint FILE… and playbooks: what may run, and why not.

import { knownTechniques, parseFile, shippedPlaybooks } from '../../compose.ts'
import { libraryOf } from '../../core/playbook/compose.ts'
import { lint as lintPlaybook } from '../../core/playbook/lint.ts'
import type { ExitStatus } from '../../core/playbook/result.ts'
import type { Problem } from '../../core/playbook/problem.ts'
import { usage } from '../options.ts'
import { clip, columns, pad } from '../screen.ts'
import type { Shell } from '../shell.ts'

export async function lint(shell: Shell): Promise<ExitStatus> {
  const files = shell.invocation.words
  if (files.length === 0) throw usage('FILE', '-', 'one or more playbook files')
  const shipped = await shippedPlaybooks()
  const read = await Promise.all(files.map(parseFile))
  const parsed = read.flatMap((one) => (one.ok ? [one.parsed] : []))
  const given = new Set(parsed.map(({ playbook }) => `${playbook.id}@${playbook.version}`))
  // A file under review stands in for the shipped one of the same name and version.
  const others = shipped.all.filter(({ playbook }) => !given.has(`${playbook.id}@${playbook.version}`))
  const { library, problems: clashes } = libraryOf([...others, ...parsed])
  const problems = [
    ...clashes,
    ...read.flatMap((one) =>
      one.ok ? lintPlaybook(one.parsed, { library, techniques: knownTechniques }) : one.problems,
    ),
  ]
  for (const problem of problems) {
    shell.tell((screen) => {
      screen.line(problemText(shell, problem))
    })
    shell.emit({ type: 'problem', ...problem, text: problemText(shell, problem) })
  }
  shell.tell((screen) => {
    screen.line(
      problems.length === 0
        ? screen.paint('green', shell.say('cli.lint-clean', { count: files.length }))
        : screen.paint('red', shell.say('cli.lint-problems', { count: problems.length })),
    )
  })
  shell.emit({ type: 'result', problems: problems.length, hosts: [] })
  return problems.length === 0 ? 0 : 2
}

/** `FILE:LINE:COLUMN sentence [rule]`, as compilers write it. */
function problemText(shell: Shell, { file, line, column, rule, params }: Problem): string {
  return `${file}:${String(line)}:${String(column)}  ${shell.say(`problem.${rule}`, params)}  [${rule}]`
}

export async function playbooks(shell: Shell): Promise<ExitStatus> {
  const { all } = await shippedPlaybooks()
  const width = Math.max(...all.map(({ playbook }) => columns(playbook.id)))
  for (const { playbook, digest } of all) {
    shell.tell((screen) => {
      screen.line(
        `${screen.paint('bold', pad(playbook.id, width))}  ${playbook.version}  ${clip(playbook.title[shell.lang], screen.width - width - 10)}`,
      )
      if (playbook.summary)
        screen.line(
          screen.paint(
            'grey',
            `${' '.repeat(width + 2)}${clip(playbook.summary[shell.lang], screen.width - width - 3)}`,
          ),
        )
    })
    shell.emit({ type: 'playbook', id: playbook.id, version: playbook.version, digest, title: playbook.title })
  }
  shell.emit({ type: 'result', playbooks: all.length, hosts: [] })
  return 0
}
