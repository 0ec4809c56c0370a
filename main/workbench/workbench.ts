// The workbench without its window: the contract, answered. Served mode and the desktop shell give it a wire and nothing else. It outlives every page: what
// runs goes on without one, questions wait, and the next page finds everything in `state`.

import { readdir } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { caseForWriting, casesFolder, tool } from '../compose.ts'
import { contract, pageSize, type CaseSummary, type Contract, type Settings } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Frozen, Output } from '../core/rpc/define.ts'
import { serve, type Handlers, type Served } from '../core/rpc/serve.ts'
import type { Wire } from '../core/rpc/wire.ts'
import { verifyBundle } from '../platform/bundle-file.ts'
import { readCase } from '../platform/case-reading.ts'
import { exists, systemCode } from '../platform/files.ts'
import { nodeHashing } from '../platform/hashing.ts'
import { configuredHosts, parseHosts } from './dialling.ts'
import type { Emit } from './emit.ts'
import { readExhibit, readFileOut, readJournal } from './evidence.ts'
import { OpenCase, summaryOf } from './open-case.ts'
import { lintText, listPlaybooks } from './playbooks.ts'
import { readSettings, writeSettings } from './settings.ts'
import { noPractice, type Shell } from './shell.ts'

export interface Workbench {
  /** Serves one page; a page that was there before is sent away. `closed` is called when this page is gone. */
  attach(wire: Wire, closed: () => void): void
  /** Stops what runs (before its next change), leaves the hosts, closes the case. */
  close(): Promise<void>
}

export async function createWorkbench(shell: Shell): Promise<Workbench> {
  let settings: Frozen<Settings> = await readSettings()
  let open: OpenCase | null = null
  /** the opening or closing under way: two at once would race for the lease */
  let changing = false
  let page: Served<Contract> | null = null
  const emit: Emit = (name, data) => {
    page?.emit(name, data)
  }
  const current = (): OpenCase => {
    if (open === null || changing) throw new TourniquetError('case-not-open')
    return open
  }
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    if (changing) throw new TourniquetError('busy', { what: 'case' })
    changing = true
    try {
      return await work()
    } finally {
      changing = false
    }
  }
  const opened = (made: Awaited<ReturnType<typeof caseForWriting>>): Output<Contract, 'case.open'> => {
    open = new OpenCase(made.store, made.folder, emit)
    emit('case', open.view())
    return open.view()
  }
  const closeCase = async (force: boolean): Promise<void> => {
    if (open === null) return
    await open.close(force)
    open = null
    emit('case', null)
  }

  const handlers: Handlers<Contract> = {
    state: () =>
      Promise.resolve({
        tool,
        shell: shell.kind,
        remembers: shell.secrets?.protection ?? 'no',
        case: open?.view() ?? null,
        links: open?.links.list() ?? [],
        terminals: open?.terminals.list() ?? [],
        practice: shell.practice?.view() ?? noPractice,
        jobs: open?.jobs.list() ?? [],
        questions: open?.questions.list() ?? [],
        settings,
      }),
    'settings.set': async (input) => {
      await writeSettings(input)
      settings = input
      return {}
    },

    'case.list': listCases,
    'case.create': ({ examiner, ...about }) =>
      exclusively(async () => {
        await closeCase(false)
        return opened(
          await caseForWriting({
            folder: undefined,
            examiner: examiner ?? settings.examiner ?? undefined,
            about,
            takeOver: undefined,
          }),
        )
      }),
    'case.open': ({ path, examiner, takeOver }) =>
      exclusively(async () => {
        if (!isAbsolute(path) || !(await exists(join(path, 'case.json'))))
          throw new TourniquetError('case-missing', { path })
        await closeCase(false)
        return opened(
          await caseForWriting({
            folder: path,
            examiner: examiner ?? settings.examiner ?? undefined,
            about: { number: null, customer: null, authority: null, timeZone: null },
            takeOver: takeOver ?? undefined,
          }),
        )
      }),
    'case.close': () =>
      exclusively(async () => {
        await closeCase(false)
        return {}
      }),

    'hosts.parse': ({ text }) => Promise.resolve(parseHosts(text)),
    'hosts.configured': () => Promise.resolve(configuredHosts()),
    'hosts.connect': (input) => Promise.resolve(current().links.connect(input)),
    'hosts.reconnect': ({ link, secrets }) => Promise.resolve(current().links.reconnect(link, secrets)),
    'hosts.disconnect': async ({ link }) => {
      await current().links.disconnect(link)
      return {}
    },

    'terminal.open': (input, call) => current().terminals.open(input, call),
    'terminal.attach': ({ terminal }, call) => current().terminals.attach(terminal, call),
    'terminal.write': (input) => {
      current().terminals.write(input)
      return Promise.resolve({})
    },
    'terminal.resize': (input) => {
      current().terminals.resize(input)
      return Promise.resolve({})
    },
    'terminal.close': async ({ terminal }) => {
      await current().terminals.close(terminal)
      return {}
    },

    'triage.start': (input) => current().triage(input, settings),
    'look.findings': (input) => current().findings(input),
    'look.facts': (input) => Promise.resolve(current().facts(input)),
    'indicators.set': (input) => Promise.resolve(current().setIndicators(input)),

    'playbooks.list': listPlaybooks,
    'playbooks.lint': ({ file, text }) => lintText(file, text),

    'run.start': (input) => current().run(input, settings),
    'run.resume': (input) => current().resume(input, settings),
    'undo.start': (input) => current().undo(input, settings),
    'changes.list': (input) => Promise.resolve(current().changes(input)),
    'job.stop': ({ job }) => {
      current().jobs.stop(job)
      return Promise.resolve({})
    },
    'job.told': ({ job, from }) => Promise.resolve(current().jobs.told(job, from, pageSize)),

    'plan.items': ({ question, from }) => {
      const { plan, digest } = current().questions.planOf(question)
      return Promise.resolve({
        digest,
        items: plan.items
          .slice(from, from + pageSize)
          .map(({ key, finding, hostile, diff }) => ({ key, finding, hostile, diff })),
        declined: plan.declined.slice(from, from + pageSize),
      })
    },
    'plan.untick': ({ question, digest, keys }) => {
      current().questions.untick(question, digest, keys)
      return Promise.resolve({})
    },
    answer: (input) => {
      current().questions.answer(input)
      return Promise.resolve({})
    },

    'journal.read': ({ chain, from }) => Promise.resolve(readJournal(current().store, chain, from)),
    'exhibit.read': ({ sha256 }) => readExhibit(current().store, sha256),

    'export.start': (input) => current().export(input),
    'export.read': ({ job }) => {
      const { result } = current().jobs.get(job)
      if (result?.kind !== 'export') throw new TourniquetError('run-missing', { run: job })
      return readFileOut(result.path)
    },
    'bundle.verify': ({ path, signer }) => verifyBundle(path, signer === null ? {} : { signer }),
    'report.read': async () => readFileOut(await current().report()),
  }

  return {
    attach(wire, closed) {
      page?.close('another page took over')
      const mine = serve(wire, contract, handlers, () => {
        if (page === mine) page = null
        closed()
      })
      page = mine
    },
    async close() {
      page?.close('the workbench is closing')
      page = null
      await closeCase(true)
    },
  }
}

/** The cases of the user's data folder, newest first; a folder that is no readable case is named, not hidden. */
async function listCases(): Promise<Output<Contract, 'case.list'>> {
  const folder = casesFolder()
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return []
    throw new TourniquetError('disk-error', { path: folder, code: systemCode(cause) ?? 'unknown' }, cause)
  })
  const paths = names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name))
  const read = await Promise.all(
    paths.map(async (path) => {
      try {
        return { path, info: (await readCase(path, nodeHashing, 'info-only')).info }
      } catch {
        return { path, info: null } // told as unreadable; opening it says why
      }
    }),
  )
  const cases = read.flatMap(({ path, info }): readonly CaseSummary[] => {
    if (info === null) return []
    return [summaryOf(path, info)]
  })
  return {
    cases: cases.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
    unreadable: read.flatMap(({ path, info }) => (info === null ? [path] : [])),
  }
}
