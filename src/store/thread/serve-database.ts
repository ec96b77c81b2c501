import type { Retention } from '../../core/model/config.ts'
import { checkHistory } from '../file/check-file.ts'
import { copyForServers } from '../file/copy-database.ts'
import { type DatabaseFile, openDatabaseFile } from '../file/database-file.ts'
import { isBug, isDamage, reasonOf } from '../file/trouble.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { Answer, Applied, Message, Replaced, Request } from './database-thread.ts'

/** How soon a mute, or the end of all sessions, that another process wrote into the file takes effect. */
const LOOK_EVERY_MS = 250
/** Soon after the start, then rarely: removing many rows at once costs the disk little more than removing one. */
const RETAIN_FIRST_MS = 10_000
const RETAIN_EVERY_MS = 300_000
/** What is too old is removed in slices, with pauses in which news is written. */
const RETAIN_SLICE_MS = 20
const RETAIN_PAUSE_MS = 100

declare const self: Worker

let file: DatabaseFile | null = null
let retention: Retention | null = null

/** Serves requests for one database, in a thread of its own, so that no disk and no lock ever holds up the daemon itself. */
export function serveDatabase(): void {
  self.onmessage = ({ data }: MessageEvent<Request>) => {
    if (data.kind === 'retention') retention = data.retention
    else post({ kind: 'answer', answer: answerTo(data) })
  }
}

function post(message: Message): void {
  postMessage(message)
}

function answerTo(request: Exclude<Request, { kind: 'retention' }>): Answer {
  switch (request.kind) {
    case 'open': {
      const opened = openDatabaseFile(request.path, request.holder, request.nowMs)
      if (opened.kind === 'refused') return opened
      file = opened
      setInterval(look, LOOK_EVERY_MS)
      setTimeout(retain, RETAIN_FIRST_MS)
      const { kind, snapshot, journaled, setAside, logSetAside, trouble } = opened
      return { kind, snapshot, journaled, setAside, logSetAside, trouble }
    }
    case 'apply':
      return tryApply(openFile(), JSON.parse(request.writes) as Write[], request.nowMs)
    case 'replace':
      return tryReplace(openFile(), request.nowMs)
    case 'unpublished':
      return { kind: 'unpublished', records: openFile().unpublished(request.limit, request.behind) }
    case 'check_history':
      return { kind: 'checked', finding: checkHistory(request.path) }
    case 'copy':
      return copyForServers(request.path, request.to)
    case 'close':
      file?.close()
      file = null
      return { kind: 'closed' }
  }
}

function openFile(): DatabaseFile {
  if (file === null) throw new Error('the database is not open')
  return file
}

function look(): void {
  const mutes = quietly(() => file?.changedMutes(Date.now())) ?? null
  const secret = mutes === null ? null : quietly(() => file?.secret())
  if (mutes !== null) post({ kind: 'changed', mutes, secret: secret ?? null })
}

function retain(): void {
  const endMs = performance.now() + RETAIN_SLICE_MS
  let isMore = retention !== null
  while (isMore && performance.now() < endMs) {
    isMore = quietly(() => retention !== null && file?.retain(retention, Date.now(), performance.now())) ?? false
  }
  if (file !== null) post({ kind: 'clock', isDoubted: file.isClockDoubted() })
  setTimeout(retain, isMore ? RETAIN_PAUSE_MS : RETAIN_EVERY_MS)
}

/** Trouble with the file is met, and reported, by the next write. */
function quietly<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch {
    return null
  }
}

export function tryReplace(file: DatabaseFile, nowMs: number): Replaced {
  try {
    return { kind: 'replaced', setAside: file.replace(nowMs) }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, file.path), isDamaged: true }
  }
}

/** Applies the writes, or says why not. Never throws. */
export function tryApply(file: DatabaseFile, writes: readonly Write[], nowMs: number): Applied {
  try {
    const damage = file.damage()
    if (damage !== null) return { kind: 'failed', reason: damage, isDamaged: true }
    file.apply(writes, nowMs)
    return { kind: 'kept', refused: [] }
  } catch (error) {
    if (!isBug(error)) return { kind: 'failed', reason: reasonOf(error, file.path), isDamaged: isDamage(error) }
    return writes.length > 1 ? applyOneByOne(file, writes, nowMs) : { kind: 'kept', refused: [stackOf(error)] }
  }
}

/** One write that can never be applied must not hold up those after it. */
function applyOneByOne(file: DatabaseFile, writes: readonly Write[], nowMs: number): Applied {
  const refused: string[] = []
  for (const write of writes) {
    const applied = tryApply(file, [write], nowMs)
    if (applied.kind === 'failed') return applied
    refused.push(...applied.refused)
  }
  return { kind: 'kept', refused }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
