// The playbooks of this repository, parsed, and the techniques a playbook may name.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import attack from '../../resources/attack/techniques.json' with { type: 'json' }
import { libraryOf } from '../core/playbook/compose.ts'
import { parsePlaybook } from '../core/playbook/parse.ts'
import { problemLine } from '../core/playbook/problem.ts'
import { nodeHashing } from './hashing.ts'

const folder = join(import.meta.dirname, '../../playbooks')

export const techniques: ReadonlySet<string> = new Set(Object.keys(attack.techniques))

export const shipped = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => {
    const result = parsePlaybook(name, readFileSync(join(folder, name)), nodeHashing)
    if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'))
    return result.parsed
  })

export const { library, problems } = libraryOf(shipped)
