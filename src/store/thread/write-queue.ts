import type { Clock, Log } from '../../core/model/ports.ts'
import { plural } from '../../core/text/plural.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { Applied, DatabaseAccess } from './database-thread.ts'

/** Results of checks wait so long for others, to be written together. */
const GATHER_MS = 1000
/** With nothing else to write, the file still learns this often that Minitor watches. */
const ALIVE_EVERY_MS = 10_000
/** News is not held back for longer than this, kept or not. */
const TELL_ANYWAY_MS = 5000
const RETRY_MS = 1000
/** No more is remembered while the file cannot be written: then only what is now is kept, once that can be done. */
const LONGEST_QUEUE = 10_000
const CLOSE_MS = 3000
/** What would be lost with them does not follow from the present. */
const SAID_NOWHERE_ELSE: ReadonlySet<Write['kind']> = new Set(['unwatched', 'departure', 'mutes'])
const NO_ANSWER = 'the database does not answer'
const STOPPED = 'Minitor has stopped'

/** Everything on its way into the file, in its order. */
export interface WriteQueue {
  /** Resolves when it is kept; rejects when that cannot be done for now, and keeps it once it can. */
  add(write: Write): Promise<void>
  /** The same for what nobody waits for. */
  addRoutine(write: Write): void
  /** The file was found to be damaged or gone. */
  replaceFile(reason: string): void
  troubles(): readonly string[]
  /** Writes what is left, where that can be done within a few seconds. */
  close(): Promise<void>
}

interface Options {
  readonly access: DatabaseAccess
  readonly clock: Clock
  readonly log: Log
  /** What is to be kept of the present where the past was lost. */
  readonly seed: () => Promise<readonly Write[]>
  /** Why nothing can be kept at first; null where it can be. */
  readonly trouble: string | null
}

interface Entry {
  readonly write: Write
  /** Who waits for it, and since when; null once they were told that it cannot be kept for now. */
  waiter: { readonly resolve: () => void; readonly reject: (error: Error) => void; readonly sinceMs: number } | null
}

/** One transaction takes all that has come while the one before was under way: many changes share one wait for the disk. */
export function createWriteQueue({ access, clock, log, seed, ...begin }: Options): WriteQueue {
  let queue: Entry[] = []
  /** What is being written; null while nothing is. */
  let underway: { readonly entries: readonly Entry[]; readonly cancel: () => void } | null = null
  let timer: { readonly atMs: number; readonly cancel: () => void } | null = null
  let trouble: { readonly reason: string; readonly sinceMs: number } | null = null
  let isDamaged = false
  let isSeedOwed = false
  let isClosed = false
  let lostCount = 0
  let onWritten = () => {}

  const writeIn = (delayMs: number) => {
    const atMs = clock.monotonicMs() + delayMs
    if (isClosed || underway !== null || (timer !== null && timer.atMs <= atMs)) return
    timer?.cancel()
    timer = { atMs, cancel: clock.setTimer(delayMs, write) }
  }

  const write = () => {
    timer?.cancel()
    timer = null
    const entries = queue
    queue = []
    const nowMs = clock.monotonicMs()
    const sinceMs = entries.find(({ waiter }) => waiter !== null)?.waiter?.sinceMs ?? nowMs
    const cancel = clock.setTimer(Math.max(0, sinceMs + TELL_ANYWAY_MS - nowMs), () => {
      meet(NO_ANSWER)
      refuse([...entries, ...queue], NO_ANSWER)
    })
    underway = { entries, cancel }
    void apply(entries).then((applied) => {
      cancel()
      underway = null
      if (applied.kind === 'kept') keep(entries, applied.refused)
      else keepLater(entries, applied)
      onWritten()
    })
  }

  const apply = async (entries: readonly Entry[]): Promise<Applied> => {
    if (isDamaged) {
      const replaced = await access.replace(clock.wallMs())
      if (replaced.kind === 'failed') return replaced
      isDamaged = false
      isSeedOwed = true
      const aside = replaced.setAside === '' ? '' : `; the old file is ${replaced.setAside}`
      log.write('error', `history begins anew in a new database, what is known now is kept${aside}`)
    }
    const writes = entries.map((entry) => entry.write)
    const isSeeding = isSeedOwed
    // More may be forgotten while this is written.
    isSeedOwed = false
    const applied = await access.apply(isSeeding ? [...writes, ...(await seed())] : writes, clock.wallMs())
    isSeedOwed ||= isSeeding && applied.kind === 'failed'
    return applied
  }

  const keep = (entries: readonly Entry[], refused: readonly string[]) => {
    for (const reason of refused) log.write('error', `a bug in Minitor, please report it: ${reason}`)
    for (const { waiter } of entries) waiter?.resolve()
    if (trouble !== null) log.write('info', `state and history are kept again${lost()}`)
    trouble = null
    lostCount = 0
    if (isDamaged || isSeedOwed || queue.some(({ waiter }) => waiter !== null)) writeIn(0)
    else writeIn(queue.length > 0 ? GATHER_MS : ALIVE_EVERY_MS)
  }

  const keepLater = (
    entries: readonly Entry[],
    { reason, isDamaged: isBroken }: Extract<Applied, { kind: 'failed' }>,
  ) => {
    // One that is damaged again before anything was kept in it is not replaced over and over.
    const isNews = isBroken && !isDamaged && !isSeedOwed
    isDamaged ||= isBroken
    meet(reason)
    queue = [...entries, ...queue]
    // A damaged file is replaced at once, which is soon enough for those who wait.
    if (!isNews) refuse(queue, reason)
    forgetIfLong()
    writeIn(isNews ? 0 : RETRY_MS)
  }

  const meet = (reason: string) => {
    if (trouble === null) log.write('error', `state and history cannot be kept for now: ${reason}`)
    trouble = { reason, sinceMs: trouble?.sinceMs ?? clock.monotonicMs() }
  }

  const refuse = (entries: readonly Entry[], reason: string) => {
    for (const entry of entries) {
      entry.waiter?.reject(new Error(reason))
      entry.waiter = null
    }
  }

  /**
   * The present is written anew in the end; only what it does not say must not be forgotten. The time of the checks that
   * are forgotten counts as neither up nor down.
   */
  const forgetIfLong = () => {
    if (queue.length <= LONGEST_QUEUE) return
    const toMs = clock.wallMs()
    let isFirst = true
    queue = queue.flatMap((entry): Entry[] => {
      const { write } = entry
      if (SAID_NOWHERE_ELSE.has(write.kind)) return [entry]
      if (write.kind !== 'check') return []
      lostCount++
      if (!isFirst) return []
      isFirst = false
      const unwatched = { fromMs: write.change.check.startedAtMs, toMs, monitor: null }
      return [{ write: { kind: 'unwatched', unwatched }, waiter: null }]
    })
    isSeedOwed = true
  }

  const lost = () => (lostCount === 0 ? '' : `; of ${plural(lostCount, 'check')} only the outcome is known`)

  if (begin.trouble !== null) meet(begin.trouble)
  writeIn(begin.trouble === null ? ALIVE_EVERY_MS : RETRY_MS)
  return {
    add(write) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const entry = { write, waiter: { resolve, reject, sinceMs: clock.monotonicMs() } }
      queue.push(entry)
      const reason = isClosed ? STOPPED : trouble?.reason
      if (reason === undefined) writeIn(0)
      else {
        refuse([entry], reason)
        forgetIfLong()
      }
      return promise
    },
    addRoutine(write) {
      queue.push({ write, waiter: null })
      if (trouble === null) writeIn(GATHER_MS)
      else forgetIfLong()
    },
    replaceFile(reason) {
      log.write('error', `the database is damaged: ${reason}`)
      isDamaged = true
      writeIn(0)
    },
    troubles() {
      if (trouble === null) return []
      const seconds = Math.round((clock.monotonicMs() - trouble.sinceMs) / 1000)
      return [`state and history have not been kept for ${seconds} s: ${trouble.reason}`]
    },
    async close() {
      const endMs = clock.monotonicMs() + CLOSE_MS
      // After trouble two more: the first may find a damaged file, which the second replaces.
      let triesLeft = 2
      while (queue.length > 0 || underway !== null) {
        const leftMs = endMs - clock.monotonicMs()
        if (leftMs <= 0) break
        if (underway === null && trouble !== null && triesLeft-- === 0) break
        const { promise: written, resolve: onEnd } = Promise.withResolvers<void>()
        onWritten = onEnd
        if (underway === null) write()
        const cancel = clock.setTimer(leftMs, onEnd)
        await written
        cancel()
      }
      isClosed = true
      timer?.cancel()
      underway?.cancel()
      const unkept = [...(underway?.entries ?? []), ...queue]
      refuse(unkept, STOPPED)
      if (unkept.length > 0) log.write('error', `${plural(unkept.length, 'change')} could not be kept before the end`)
    },
  }
}
