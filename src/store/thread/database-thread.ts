import type { Retention } from '../../core/model/config.ts'
import type { Mutes } from '../../core/model/mute.ts'
import type { BaseCopied } from '../file/copy-database.ts'
import type { DatabaseFile } from '../file/database-file.ts'
import type { Refusal } from '../file/trouble.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { Holder } from '../tables/facts.ts'
import type { NumberedRecord } from '../tables/journaled.ts'
import { startThread } from './start-thread.ts'

export type Opening =
  | Refusal
  | Pick<DatabaseFile, 'kind' | 'snapshot' | 'journaled' | 'setAside' | 'logSetAside' | 'trouble'>

export type Applied =
  /** `refused`: why writes were left out that can never be applied, by a bug of ours; the others are written. */
  | { readonly kind: 'kept'; readonly refused: readonly string[] }
  /** Nothing is written. `isDamaged`: the file is no longer a database, or no longer there. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isDamaged: boolean }

/** `setAside` is empty where there was no file any more. */
export type Replaced = { readonly kind: 'replaced'; readonly setAside: string } | Extract<Applied, { kind: 'failed' }>

/** A database file that another thread works on: no call blocks. One call at a time, except `close`. */
export interface DatabaseAccess {
  open(): Promise<Opening>
  apply(writes: readonly Write[], nowMs: number): Promise<Applied>
  /** Moves a damaged file aside, so that the next writes begin an empty one; resolves to its new name, or why that failed. */
  replace(nowMs: number): Promise<Replaced>
  setRetention(retention: Retention): void
  /** Other processes have changed the mutes. */
  onMutes(listener: (mutes: Mutes) => void): void
  /** The same; the secret may be the one before. */
  onSecret(listener: (secret: string) => void): void
  /** Now and then: whether nothing is removed for now, since the clock may be wrong. */
  onDoubt(listener: (isDoubted: boolean) => void): void
  /** The file was found to be damaged or gone. */
  onDamage(listener: (reason: string) => void): void
  close(): Promise<void>
}

/** The same, for a server of a cluster. */
export interface ServerAccess extends DatabaseAccess {
  /** `apply` for writes that are a JSON document already: of thousands, making one holds up the daemon. */
  applyJson(writes: string, nowMs: number): Promise<Applied>
  /** The first records that wait to be published, oldest first. */
  unpublished(limit: number, behind?: number): Promise<readonly NumberedRecord[]>
  /** Copies the file to `to` for other servers, beside the work. */
  copyTo(to: string): Promise<BaseCopied | Refusal>
}

/** What the daemon asks of the thread that works on its database. Each but `retention` has an answer, in their order. */
export type Request =
  | { readonly kind: 'open'; readonly path: string; readonly holder: Holder; readonly nowMs: number }
  /** `writes` is a JSON document: that is a quarter of the work of letting the runtime copy them. */
  | { readonly kind: 'apply'; readonly writes: string; readonly nowMs: number }
  | { readonly kind: 'replace'; readonly nowMs: number }
  | { readonly kind: 'retention'; readonly retention: Retention }
  | { readonly kind: 'unpublished'; readonly limit: number; readonly behind: number }
  | { readonly kind: 'check_history'; readonly path: string }
  | { readonly kind: 'copy'; readonly path: string; readonly to: string }
  | { readonly kind: 'close' }

type Unpublished = { readonly kind: 'unpublished'; readonly records: readonly NumberedRecord[] }

type Checked = { readonly kind: 'checked'; readonly finding: string }

export type Answer = Opening | Applied | Replaced | Unpublished | Checked | BaseCopied | { readonly kind: 'closed' }

/** What other processes have changed in the file, or what the clock does; the secret is null where it could not be read. */
type News =
  | { readonly kind: 'changed'; readonly mutes: Mutes; readonly secret: string | null }
  | { readonly kind: 'clock'; readonly isDoubted: boolean }

export type Message = { readonly kind: 'answer'; readonly answer: Answer } | News

/**
 * A database file in the hands of a thread of its own: neither a slow disk nor a lock can hold up the daemon. A bug in
 * that thread ends the process like any other. `entry` is the URL of the thread's code (database-worker.ts).
 */
export function createDatabaseThread(path: string, holder: Holder, entry: string): ServerAccess {
  let onMutes = (_: Mutes) => {}
  let onSecret = (_: string) => {}
  let onDoubt = (_: boolean) => {}
  let onDamage = (_: string) => {}
  const beside = new Set<() => void>()
  const start = (onNews: (news: News) => void) =>
    startThread<Request, Answer, News>({ name: 'database', entry, onNews })
  const thread = start((news) => {
    if (news.kind === 'clock') return onDoubt(news.isDoubted)
    onMutes(news.mutes)
    if (news.secret !== null) onSecret(news.secret)
  })

  /** In a second thread, as a large history takes seconds, and writes must not wait for it. */
  const askBeside = async <Kind extends Answer>(request: Request): Promise<Kind> => {
    const second = start(() => {})
    const end = () => {
      second.end()
      beside.delete(end)
    }
    beside.add(end)
    const answer = await second.ask<Kind>(request)
    end()
    return answer
  }

  const checkHistory = async () => {
    const { finding } = await askBeside<Checked>({ kind: 'check_history', path })
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
    applyJson: (writes, nowMs) => thread.ask<Applied>({ kind: 'apply', writes, nowMs }),
    replace: (nowMs) => thread.ask<Replaced>({ kind: 'replace', nowMs }),
    unpublished: async (limit, behind = 0) =>
      (await thread.ask<Unpublished>({ kind: 'unpublished', limit, behind })).records,
    copyTo: (to) => askBeside<BaseCopied | Refusal>({ kind: 'copy', path, to }),
    setRetention: (retention) => thread.post({ kind: 'retention', retention }),
    onMutes(listener) {
      onMutes = listener
    },
    onSecret(listener) {
      onSecret = listener
    },
    onDoubt(listener) {
      onDoubt = listener
    },
    onDamage(listener) {
      onDamage = listener
    },
    async close() {
      for (const end of beside) end()
      await thread.close({ kind: 'close' })
    },
  }
}
