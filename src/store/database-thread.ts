import type { Mutes } from '../core/mute.ts'
import type { Applied, DatabaseAccess, Opening, Replaced } from './database-access.ts'
import type { Holder } from './database-file.ts'
import type { Answer, Message, Request } from './thread-message.ts'

/** A thread that does not even close is left behind after so long. */
const CLOSE_LIMIT_MS = 3000

/**
 * A database file in the hands of a thread of its own: neither a slow disk nor a lock can hold up the daemon. A bug in
 * that thread ends the process like any other. `entry` is the URL of the thread's code (database-worker.ts).
 */
export function createDatabaseThread(path: string, holder: Holder, entry: string): DatabaseAccess {
  let onMutes = (_: Mutes) => {}
  let onDamage = (_: string) => {}
  let endCheck = () => {}
  const thread = startThread(entry, (mutes) => onMutes(mutes))

  /** In a second thread, so that what is to be kept does not wait for it; a large history takes seconds. */
  const checkHistory = async () => {
    const second = startThread(entry, () => {})
    endCheck = second.end
    const { finding } = await second.ask<Checked>({ kind: 'check_history', path })
    second.end()
    if (finding !== 'ok') onDamage(finding)
  }

  return {
    async open() {
      const opening = await thread.ask<Opening>({ kind: 'open', path, holder, nowMs: Date.now() })
      if (opening.kind === 'opened') void checkHistory()
      else thread.end()
      return opening
    },
    apply: (writes, nowMs) => thread.ask<Applied>({ kind: 'apply', writes, nowMs }),
    replace: (nowMs) => thread.ask<Replaced>({ kind: 'replace', nowMs }),
    setRetention: (retention) => thread.post({ kind: 'retention', retention }),
    onMutes(listener) {
      onMutes = listener
    },
    onDamage(listener) {
      onDamage = listener
    },
    async close() {
      endCheck()
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, CLOSE_LIMIT_MS)
      await Promise.race([thread.ask({ kind: 'close' }), late])
      clearTimeout(timer)
      thread.end()
    },
  }
}

type Checked = Extract<Answer, { kind: 'checked' }>

function startThread(entry: string, onMutes: (mutes: Mutes) => void) {
  // Its garbage is collected early: a batch leaves little behind that would be worth keeping the memory for.
  const worker = new Worker(entry, { smol: true })
  const waiting: ((answer: Answer) => void)[] = []
  worker.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'answer') waiting.shift()?.(data.answer)
    else onMutes(data.mutes)
  }
  worker.onerror = ({ message }) => {
    queueMicrotask(() => {
      throw new Error(`in the database thread: ${message}`)
    })
  }
  const post = (request: Request) => worker.postMessage(request)
  return {
    post,
    ask: <Kind extends Answer>(request: Request): Promise<Kind> =>
      new Promise((resolve) => {
        // Answers come in the order of the requests, so each has the kind that belongs to its request.
        waiting.push((answer) => resolve(answer as Kind))
        post(request)
      }),
    end() {
      // After a jump of the wall clock the runtime may never hear of the thread's end: it must not wait for it.
      worker.unref()
      worker.terminate()
    },
  }
}
