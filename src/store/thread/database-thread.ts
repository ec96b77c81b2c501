import type { Mutes } from '../../core/model/mute.ts'
import type { Holder } from '../tables/facts.ts'
import type { Answer, Applied, DatabaseAccess, Message, Opening, Replaced, Request } from './messages.ts'
import { startThread } from './thread.ts'

/**
 * A database file in the hands of a thread of its own: neither a slow disk nor a lock can hold up the daemon. A bug in
 * that thread ends the process like any other. `entry` is the URL of the thread's code (database-worker.ts).
 */
export function createDatabaseThread(path: string, holder: Holder, entry: string): DatabaseAccess {
  let onMutes = (_: Mutes) => {}
  let onDamage = (_: string) => {}
  let endCheck = () => {}
  const thread = startDatabaseThread(entry, (mutes) => onMutes(mutes))

  /** In a second thread, so that what is to be kept does not wait for it; a large history takes seconds. */
  const checkHistory = async () => {
    const second = startDatabaseThread(entry, () => {})
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
    apply: (writes, nowMs) => thread.ask<Applied>({ kind: 'apply', writes: JSON.stringify(writes), nowMs }),
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
      await thread.close({ kind: 'close' })
    },
  }
}

type Checked = Extract<Answer, { kind: 'checked' }>

const startDatabaseThread = (entry: string, onMutes: (mutes: Mutes) => void) =>
  startThread<Request, Answer, Extract<Message, { kind: 'mutes' }>>({
    name: 'database',
    entry,
    onNews: ({ mutes }) => onMutes(mutes),
  })
