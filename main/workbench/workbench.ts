// The workbench without its window: the contract, answered. Served mode and the desktop shell give it a wire and nothing else. It outlives every page: what
// runs goes on without one, questions wait, and the next page finds everything in `state`.

import { isAbsolute, join } from 'node:path'
import { caseForReading, caseForWriting, tool } from '../compose.ts'
import { contract, pageSize, type Contract, type Settings } from '../core/contract.ts'
import { TourniquetError } from '../core/errors.ts'
import type { Frozen, Output } from '../core/rpc/define.ts'
import { serve, type Handlers, type Served, type Streaming } from '../core/rpc/serve.ts'
import type { Wire } from '../core/rpc/wire.ts'
import { verifyBundle } from '../platform/bundle-file.ts'
import type { CaseFolder } from '../platform/case-folder.ts'
import { homeOf } from '../platform/case-reading.ts'
import { exists } from '../platform/files.ts'
import { listCases } from './case-list.ts'
import { configuredHosts, parseHosts } from './dialling.ts'
import type { Emit } from './emit.ts'
import { readExhibit, readFileOut, readJournal } from './evidence.ts'
import { importCase } from './importing.ts'
import { OpenCase } from './open-case.ts'
import { forgetPin, listPins } from './pins.ts'
import { lintText, listPlaybooks } from './playbooks.ts'
import { readSettings, writeSettings } from './settings.ts'
import { noPractice, type Shell } from './shell.ts'
import { Uploads } from './uploads.ts'

export interface Workbench {
  /** Serves one page; a page that was there before is sent away. `closed` is called when this page is gone. */
  attach(wire: Wire, closed: () => void): void
  /** What `exhibit.read` answers, for a shell with a cheaper way for the bytes than the wire. The shell sees to it that only its page asks. */
  exhibit(sha256: string): Promise<Streaming<Output<Contract, 'exhibit.read'>>>
  /** Stops what runs (before its next change), leaves the hosts, closes the case. */
  close(): Promise<void>
}

export async function createWorkbench(shell: Shell): Promise<Workbench> {
  let settings: Frozen<Settings> = await readSettings()
  const uploads = await Uploads.open()
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
  /** The open case, for what changes it: a copy is only read until it was taken over. */
  const writable = (): OpenCase => {
    const it = current()
    if (!it.store.writable) throw new TourniquetError('case-locked', { path: it.store.path, reason: 'a copy' })
    return it
  }
  const opened = (store: CaseFolder, folder: string, examiner: string | null): Output<Contract, 'case.open'> => {
    const by = examiner ?? settings.examiner ?? store.info.examiner
    open = new OpenCase(store, folder, by, { emit, secrets: shell.secrets, uploads })
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
        const { store, folder } = await caseForWriting({
          folder: undefined,
          examiner: examiner ?? settings.examiner ?? undefined,
          about,
          takeOver: undefined,
        })
        return opened(store, folder, examiner)
      }),
    'case.open': ({ path, examiner, takeOver }) =>
      exclusively(async () => {
        if (!isAbsolute(path) || !(await exists(join(path, 'case.json'))))
          throw new TourniquetError('case-missing', { path })
        await closeCase(false)
        if (takeOver === null && (await homeOf(path)) === 'elsewhere')
          return opened(await caseForReading(path), path, examiner)
        const { store } = await caseForWriting({
          folder: path,
          examiner: examiner ?? settings.examiner ?? undefined,
          about: { number: null, customer: null, authority: null, timeZone: null },
          takeOver: takeOver ?? undefined,
        })
        return opened(store, path, examiner)
      }),
    'case.import': ({ from, examiner }, { signal }) =>
      exclusively(async () => {
        const working = open?.jobs.working() ?? null
        if (working) throw new TourniquetError('busy', { what: working.kind }) // said before the long work, not after it
        const path = await importCase(from, uploads, signal)
        await closeCase(false)
        return opened(await caseForReading(path), path, examiner)
      }),
    'case.close': () =>
      exclusively(async () => {
        await closeCase(false)
        return {}
      }),

    'hosts.parse': ({ text }) => Promise.resolve(parseHosts(text)),
    'hosts.configured': () => Promise.resolve(configuredHosts()),
    'hosts.connect': (input) => Promise.resolve(writable().links.connect(input)),
    'hosts.reconnect': ({ link, secrets }) => Promise.resolve(writable().links.reconnect(link, secrets)),
    'hosts.accept-key': (input) => writable().acceptKey(input),
    'hosts.disconnect': async ({ link }) => {
      await current().links.disconnect(link)
      return {}
    },

    'terminal.open': (input, call) => writable().terminals.open(input, call),
    'terminal.attach': (input, call) => current().terminals.attach(input, call),
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

    'triage.start': (input) => writable().triage(input, settings),
    'look.findings': (input) => current().findings(input),
    'look.facts': (input) => Promise.resolve(current().facts(input)),
    'indicators.set': (input) => Promise.resolve(current().setIndicators(input)),

    'playbooks.list': listPlaybooks,
    'playbooks.lint': ({ file, text }) => lintText(file, text),

    'run.start': (input) => writable().run(input, settings),
    'run.resume': (input) => writable().resume(input, settings),
    'undo.start': (input) => writable().undo(input, settings),
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
      // an attachment that is gone is said while the question still stands
      if (input.kind === 'attestation') for (const upload of input.attachments) uploads.get(upload)
      current().questions.answer(input)
      return Promise.resolve({})
    },

    'journal.read': ({ chain, from }) => Promise.resolve(readJournal(current().store, chain, from)),
    'exhibit.read': ({ sha256 }) => readExhibit(current().store, sha256),
    'exhibit.note': async (input) => {
      await writable().note(input)
      return {}
    },
    'locker.key': () => Promise.resolve(current().lockerKey()),

    'bundle.prepare': (input) => writable().bundles.prepare(input),
    'bundle.sign': (input) => writable().bundles.sign(input),
    'bundle.sealed': async (input) => {
      await writable().bundles.sealed(input)
      return {}
    },

    upload: (input, call) => uploads.take(input, call),
    'files.choose': async ({ what }) => {
      if (shell.chooser === null) throw new TourniquetError('not-supported', { what: 'files.choose' })
      return { path: await shell.chooser(what) }
    },
    'pins.list': () => Promise.resolve({ pins: listPins(open?.store ?? null) }),
    'pins.forget': async ({ address, sha256 }) => {
      await forgetPin(address, sha256)
      return {}
    },
    'secrets.forget': async () => {
      await shell.secrets?.clear()
      return {}
    },
    'practice.start': async () => {
      if (shell.practice === null) throw new TourniquetError('not-supported', { what: 'practice' })
      await shell.practice.start((practice) => {
        emit('practice', practice)
      })
      return {}
    },
    'practice.stop': async () => {
      await shell.practice?.stop()
      return {}
    },

    'export.start': (input) => writable().bundles.export(input),
    'export.read': ({ job }) => {
      const { result } = current().jobs.get(job)
      if (result?.kind !== 'export') throw new TourniquetError('run-missing', { run: job })
      return readFileOut(result.path)
    },
    'bundle.verify': ({ from, signer }) =>
      verifyBundle('path' in from ? from.path : uploads.get(from.upload).path, signer === null ? {} : { signer }),
    'report.read': async () => readFileOut(await current().bundles.report()),
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
    exhibit: async (sha256) => readExhibit(current().store, sha256),
    async close() {
      page?.close('the workbench is closing')
      page = null
      await closeCase(true)
      await uploads.close()
    },
  }
}
