import { type MonitorPast, type Past, PastUnavailable } from '../../core/past/past.ts'
import type { AnswerTo, QuestionName } from '../tables/past-answers.ts'
import { startThread } from './start-thread.ts'

/** An overview is read in pieces of this many monitors, some 20 ms each. Other questions get their turn in between. */
const ASKED_AT_ONCE = 25

/**
 * The Past of a database file, read by a thread of its own. The file need not be there yet, and may be replaced. A bug in
 * answering a question rejects that question, with an Error that is no PastUnavailable. `entry` is the URL of the
 * thread's code (past-worker.ts).
 */
export function createPastThread(path: string, entry: string): Past {
  const thread = startThread<PastRequest, PastReply, never>({ name: 'past', entry, onNews() {} })
  let closing: Promise<void> | null = null

  const ask = async <Name extends QuestionName>(name: Name, ...of: Parameters<Past[Name]>): Promise<AnswerTo<Name>> => {
    if (closing !== null) throw new PastUnavailable('Minitor stops')
    const reply = await thread.ask({ kind: 'question', name, of } as PastRequest)
    if (reply.kind === 'unavailable') throw new PastUnavailable(reply.cause)
    if (reply.kind === 'failed') throw new Error(`in the past thread: ${reply.stack}`)
    return (reply as Extract<PastReply, { kind: 'answered' }>).answer as AnswerTo<Name>
  }

  void thread.ask({ kind: 'open', path })
  return {
    isKept: true,
    async overview(monitors, nowMs) {
      const all = new Map<string, MonitorPast>()
      for (let from = 0; from < monitors.length; from += ASKED_AT_ONCE) {
        const some = await ask('overview', monitors.slice(from, from + ASKED_AT_ONCE), nowMs)
        for (const [name, past] of some) all.set(name, past)
      }
      return all
    },
    recent: (...of) => ask('recent', ...of),
    history: (...of) => ask('history', ...of),
    durations: (...of) => ask('durations', ...of),
    measured: (...of) => ask('measured', ...of),
    incidents: (...of) => ask('incidents', ...of),
    incident: (...of) => ask('incident', ...of),
    actions: (...of) => ask('actions', ...of),
    close() {
      closing ??= thread.close({ kind: 'close' })
      return closing
    },
  }
}

export type Question = {
  [Name in QuestionName]: { readonly name: Name; readonly of: Parameters<Past[Name]> }
}[QuestionName]

/** Requests to the thread that reads the past. Each has an answer, in their order. */
export type PastRequest =
  | { readonly kind: 'open'; readonly path: string }
  | ({ readonly kind: 'question' } & Question)
  | { readonly kind: 'close' }

export type PastReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** `cause`: why the file cannot be read for now. */
  | { readonly kind: 'unavailable'; readonly cause: string }
  /** A bug in Minitor, which affects that question only. */
  | { readonly kind: 'failed'; readonly stack: string }
