// The program's state as this page knows it: a mirror that is replaced on every connect and moved on by events. It decides nothing; screens read it with
// selectors and act through `call`.

import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import {
  contract,
  type Contract,
  type Link,
  type OpenCase,
  type Question,
  type Settings,
  type Tell,
  type Terminal,
  type Practice,
} from '../../main/core/contract.ts'
import { isTourniquetError, TourniquetError } from '../../main/core/errors.ts'
import { connect, type CallOptions, type Client } from '../../main/core/rpc/connect.ts'
import type { Frozen, Input, Output, PlainName } from '../../main/core/rpc/define.ts'
import { reach, type Refusal } from '../link/wire.ts'
import { answerOpen } from './answering.ts'

export type JobView = Frozen<Output<Contract, 'state'>['jobs'][number]>

/** How the page stands to the program. */
export type Connection = 'connecting' | 'ready' | 'lost' | 'broken' | Exclude<Refusal, 'unreachable'>

export interface Session {
  readonly connection: Connection
  readonly tool: string
  readonly shell: 'served' | 'desktop'
  readonly remembers: 'no' | 'plain' | 'protected'
  readonly case: Frozen<OpenCase> | null
  readonly links: readonly Frozen<Link>[]
  readonly terminals: readonly Frozen<Terminal>[]
  readonly practice: Frozen<Practice>
  readonly jobs: readonly JobView[]
  readonly questions: readonly Frozen<Question>[]
  readonly settings: Frozen<Settings>
  /** what each job has told, oldest first, from the first that is still known */
  readonly told: Readonly<Record<string, readonly Frozen<Tell>[]>>
  /** how many events each chain has */
  readonly heads: Readonly<Record<string, number>>
}

/** Latest words of a job that are kept here; main keeps as many. */
const mostTold = 2000
/** Milliseconds for which what a run tells is gathered: two frames of a screen. */
const burst = 33
/** Milliseconds before the first and the longest wait between tries. */
const firstWait = 300
const longestWait = 5000

const empty: Session = {
  connection: 'connecting',
  tool: '',
  shell: 'served',
  remembers: 'no',
  case: null,
  links: [],
  terminals: [],
  practice: { state: 'unavailable', detail: '', destination: null },
  jobs: [],
  questions: [],
  settings: {
    language: null,
    theme: 'dark',
    density: 'compact',
    examiner: null,
    hostView: true,
    deadManSeconds: 14_400,
  },
  told: {},
  heads: {},
}

export const session = createStore<Session>(() => empty)

export function useSession<T>(select: (state: Session) => T): T {
  return useStore(session, select)
}

let client: Client<Contract> | null = null
let stopped = false
const connectListeners = new Set<(client: Client<Contract>) => void>()

/** Calls main. Rejects with main's error, or `wire-closed` while there is no connection. */
export function call<M extends PlainName<Contract>>(
  method: M,
  input: Input<Contract, M>,
  options?: CallOptions,
): Promise<Output<Contract, M>> {
  return client
    ? client.call(method, input, options)
    : Promise.reject(new TourniquetError('wire-closed', { detail: '' }))
}

/** The contract itself, for streams. Throws `wire-closed` while there is no connection. */
export function wire(): Client<Contract> {
  if (client === null) throw new TourniquetError('wire-closed', { detail: '' })
  return client
}

/** Told for every connection that is made from now on, and for the one that stands. Returns the way to stop listening. */
export function onConnect(listener: (client: Client<Contract>) => void): () => void {
  connectListeners.add(listener)
  if (client) listener(client)
  return () => connectListeners.delete(listener)
}

/** Connects, and connects again after every loss until the program says that this page is not wanted any more. */
export async function keepConnected(): Promise<void> {
  stopped = false
  for (let wait = firstWait; !stopped; wait = Math.min(wait * 2, longestWait)) {
    const reached = await reach((refusal) => {
      if (refusal === 'unreachable') return
      stopped = true
      session.setState({ connection: refusal })
    })
    if ('wire' in reached) {
      const gone = await serveOne(reached.wire)
      if (gone === 'broken') stopped = true
      wait = firstWait
    } else if (reached.refusal !== 'unreachable') {
      stopped = true
      session.setState({ connection: reached.refusal })
    } else if (session.getState().connection === 'ready') session.setState({ connection: 'lost' })
    if (!stopped) await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Runs one connection to its end. */
async function serveOne(over: Parameters<typeof connect>[0]): Promise<'lost' | 'broken'> {
  let ended: (error: TourniquetError) => void = () => undefined
  const end = new Promise<TourniquetError>((resolve) => (ended = resolve))
  const mine = connect(over, contract, (error) => {
    ended(error)
  })
  listen(mine)
  try {
    const state = await mine.call('state', {})
    flush()
    const heads = Object.fromEntries((state.case?.chains ?? []).map(({ chain, events }) => [chain, events]))
    session.setState({ ...state, heads, told: {}, connection: 'ready' })
    client = mine
    for (const listener of connectListeners) listener(mine)
    await Promise.all(state.jobs.map(({ job }) => catchUp(mine, job)))
  } catch {
    // said by `end` below
  }
  const error = await end
  client = null
  const broken = isTourniquetError(error, 'wire-invalid')
  if (!stopped) session.setState({ connection: broken ? 'broken' : 'lost' })
  return broken ? 'broken' : 'lost'
}

function listen(mine: Client<Contract>): void {
  mine.on(
    'case',
    inTurn((opened) => {
      const other = session.getState().case?.caseId !== opened?.caseId
      session.setState({
        case: opened,
        ...(other
          ? {
              links: [],
              terminals: [],
              jobs: [],
              questions: [],
              told: {},
              heads: Object.fromEntries((opened?.chains ?? []).map(({ chain, events }) => [chain, events])),
            }
          : {}),
      })
    }),
  )
  mine.on(
    'link',
    inTurn((link) => {
      session.setState(({ links }) => ({ links: put(links, link, (one) => one.link === link.link) }))
    }),
  )
  mine.on(
    'terminal',
    inTurn((terminal) => {
      session.setState(({ terminals }) => ({
        terminals: put(terminals, terminal, (one) => one.terminal === terminal.terminal),
      }))
    }),
  )
  mine.on(
    'practice',
    inTurn((practice) => {
      session.setState({ practice })
    }),
  )
  mine.on(
    'job',
    inTurn((job) => {
      session.setState(({ jobs }) => ({ jobs: put(jobs, job, (one) => one.job === job.job) }))
    }),
  )
  mine.on(
    'question',
    inTurn((question) => {
      session.setState(({ questions }) => ({
        questions: put(questions, question, (one) => one.question === question.question),
      }))
    }),
  )
  mine.on(
    'question-closed',
    inTurn(({ question }) => {
      session.setState(({ questions }) => ({ questions: questions.filter((one) => one.question !== question) }))
    }),
  )
  mine.on('journal-moved', ({ chain, head }) => {
    soon(() => (moved[chain] = head))
  })
  mine.on('told', (tell) => {
    soon(() => news.push(tell))
  })
}

/** Lines of transcripts and heads of chains that wait to become one change of the store: each change draws the page anew, and a run can have hundreds a second. */
let news: Frozen<Tell>[] = []
let moved: Record<string, number> = {}
let flushing: ReturnType<typeof setTimeout> | null = null

function soon(add: () => void): void {
  add()
  flushing ??= setTimeout(flush, burst)
}

/** What changes the store otherwise comes after what waits: everything happens here in the order in which it happened there. */
function inTurn<T>(take: (news: T) => void): (news: T) => void {
  return (news) => {
    flush()
    take(news)
  }
}

/** Takes what waits into the store. */
function flush(): void {
  if (flushing === null) return
  clearTimeout(flushing)
  flushing = null
  const [fresh, heads] = [news, moved]
  news = []
  moved = {}
  session.setState((state) => {
    const told: Record<string, readonly Frozen<Tell>[]> = { ...state.told }
    for (const job of new Set(fresh.map((tell) => tell.job)))
      told[job] = merged(
        told[job] ?? [],
        fresh.filter((tell) => tell.job === job),
      )
    return {
      ...(fresh.length > 0 ? { told } : {}),
      ...(Object.keys(heads).length > 0 ? { heads: { ...state.heads, ...heads } } : {}),
    }
  })
}

/** Reads what a job told before this page was there. */
async function catchUp(mine: Client<Contract>, job: string): Promise<void> {
  for (let from = 0; ;) {
    const page = await mine.call('job.told', { job, from })
    if (page.told.length === 0) return
    flush()
    session.setState(({ told }) => ({ told: { ...told, [job]: merged(told[job] ?? [], page.told) } }))
    from = (page.told.at(-1)?.seq ?? page.next) + 1
    if (from >= page.next) return
  }
}

/** Two parts of one story, in order, each word once. */
function merged(a: readonly Frozen<Tell>[], b: readonly Frozen<Tell>[]): readonly Frozen<Tell>[] {
  const last = a.at(-1)
  const first = b[0]
  const inOrder = last === undefined || first === undefined || last.seq < first.seq
  const all = inOrder
    ? [...a, ...b]
    : [...new Map([...a, ...b].map((tell) => [tell.seq, tell])).values()].sort((x, y) => x.seq - y.seq)
  return all.slice(-mostTold)
}

function put<T>(list: readonly T[], item: T, same: (one: T) => boolean): readonly T[] {
  const at = list.findIndex(same)
  return at === -1 ? [...list, item] : list.with(at, item)
}

/** Answers a question. False when it is gone by now and nothing was taken: no failure, but whoever answered must be told. */
export function answer(given: Input<Contract, 'answer'>): Promise<boolean> {
  return answerOpen(
    (words) => call('answer', words),
    () => session.getState().questions,
    given,
  )
}
