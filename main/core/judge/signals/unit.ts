// Signals of systemd units, drop-ins and generators beside those all starters share. Weights and words are in resources/signals/unit.yaml.

import type { UnitFact } from '../../probes/facts.ts'
import { isNamed } from '../../probes/unit-file.ts'
import type { GuardDatum, SignalDatum } from '../catalogue.ts'
import { programs } from '../commands.ts'
import { handlesOfProcess, handlesOfStarter, isTool, startedPaths, starterKey, type Links } from '../links.ts'
import { ownershipOf, type Scene } from '../scene.ts'
import { baseName, canonicalPath, excerpt, excerptOf, plain } from '../text.ts'
import { sure, unsure, when, type Judging, type Predicates } from './predicate.ts'
import { starterGuards, starterSignals } from './starter.ts'

/** Values of Restart= that bring back what was killed. */
const reviving = new Set(['always', 'on-failure', 'on-abnormal', 'on-abort'])

const signals: Predicates<UnitFact, SignalDatum> = {
  'revives-hostile-process': (unit, scene, links) => {
    const restart = unit.restart === null ? '' : plain(unit.restart)
    if (unit.role !== 'unit' || !reviving.has(restart)) return null
    const started = handlesOfStarter(scene, unit)
    for (const pid of links.processes) {
      const process = scene.byPid.get(pid)
      const path = process && handlesOfProcess(scene, process).find((one) => started.includes(one))
      if (path !== undefined) return sure({ path: excerptOf(path), pid, restart: excerptOf(restart) })
    }
    return null
  },
  'starts-hostile-unit': (unit, scene, links) => {
    const name = unit.starts.find((one) => hostileUnits(scene, links, unit).some((other) => isThat(one, other)))
    return name === undefined ? null : sure({ name: excerpt(name) })
  },
  'started-by-hostile-unit': (unit, scene, links) => {
    if (unit.role !== 'unit') return null
    const other = hostileUnits(scene, links, unit).find((one) => one.starts.some((name) => isThat(name, unit)))
    return other === undefined ? null : sure({ name: excerpt(other.name) })
  },
  'changes-hostile-unit': (unit, scene, links) => {
    if (unit.role !== 'drop-in') return null
    const other = hostileUnits(scene, links, unit).find((one) => one.role === 'unit' && one.name === unit.name)
    return other === undefined ? null : sure({ name: excerpt(other.name) })
  },
  'held-by-sshd': (unit) => {
    const link = unit.enabledBy.find((one) =>
      /\/sshd?(@[^/]*)?\.(service|socket)\.(requires|upholds)\//.test(plain(one)),
    )
    return link === undefined ? null : sure({ path: excerpt(link) })
  },
  'preloads-unowned': (unit, scene) => {
    for (const library of preloaded(unit)) {
      const { owned } = ownershipOf(scene, library)
      if (owned === 'no') return sure({ library: excerptOf(library) })
      if (owned === 'unknown') return unsure({ library: excerptOf(library) })
    }
    return null
  },
  'unowned-generator': (unit, scene) => {
    if (unit.role !== 'generator') return null
    const { owned } = ownershipOf(scene, canonicalPath(plain(unit.file.path)))
    const params = { path: excerpt(unit.file.path) }
    return owned === 'yes' ? null : owned === 'no' ? sure(params) : unsure(params)
  },
}

/** Other units of the same manager that are held hostile so far. */
function hostileUnits(scene: Scene, links: Links, unit: UnitFact): readonly UnitFact[] {
  return scene
    .of('unit')
    .filter((one) => one !== unit && one.manager === unit.manager && links.starters.has(starterKey(one)))
}

function isThat(name: UnitFact['name'], unit: UnitFact): boolean {
  return unit.role === 'unit' && isNamed(plain(name), plain(unit.name))
}

/** Absolute paths that LD_PRELOAD or LD_AUDIT name in its environment. */
function preloaded(unit: UnitFact): readonly string[] {
  return unit.environment.flatMap((value) => {
    const match = /LD_(?:PRELOAD|AUDIT)=([^"']*)/.exec(plain(value))
    return (match?.[1] ?? '')
      .split(/[:\s]+/)
      .filter((path) => path.startsWith('/'))
      .map(canonicalPath)
  })
}

const guards: Predicates<UnitFact, GuardDatum> = {
  // an interpreter or a shell is a package's and runs what it is given
  'package-program': (unit, scene) => {
    const started = programs(plain(unit.command))
    const paths = startedPaths(unit)
    if (unit.form !== 'entry' || paths.length === 0 || started.some((one) => one.script !== null)) return null
    const owned = paths.every((path) => {
      const { owned, intact } = ownershipOf(scene, path)
      return !isTool(path) && owned === 'yes' && intact !== 'no'
    })
    return when(owned, { programs: excerptOf([...new Set(paths.map(baseName))].join(', ')) })
  },
}

export const unitJudging: Judging<UnitFact> = {
  kind: 'unit',
  signals: { ...starterSignals, ...signals },
  guards: { ...starterGuards, ...guards },
}
