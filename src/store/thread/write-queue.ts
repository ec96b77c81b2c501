import type { Clock, Log } from '../../core/model/ports.ts'
import { plural } from '../../core/text/plural.ts'
import type { Write } from '../tables/apply-writes.ts'
import type { Applied, DatabaseAccess } from './database-thread.ts'

/** How long results of checks wait for others, to be written together. */
const GATHER_MS = 1000
/** With nothing else to write, the file still learns this often that Minitor watches. */
const ALIVE_EVERY_MS = 10_000
/** News is not held back for longer than this, written or not. */
const TELL_ANYWAY_MS = 5000
const RETRY_MS = 1000
/** No more is remembered while the file cannot be written; after that only the current state is written. */
const LONGEST_QUEUE = 10_000
const CLOSE_MS = 3000
/** Kinds whose content cannot be rebuilt from the current state. */
const NOT_IN_STATE: ReadonlySet<Write['kind']> = new Set(['unwatched', 'departure', 'mutes', 'actions'])
const NO_ANSWER = 'the database does not answer'
const STOPPED = 'Minitor has stopped'

/** Everything on its way into the file, in its order. */
export interface WriteQueue {
  /** Resolves when it is written; rejects when that cannot be done for now, and writes it once it can. */
  add(write: Write): Promise<void>
  /** The same for what nobody waits for. */
  addRoutine(write: Write): void
  /** The file was found to be damaged or gone. */
  replaceFile(reason: string): void
  troubles(): readonly string[]
  /** Writes what is left, if that can be done within a few seconds. */
  close(): Promise<void>
  /** Gives back what is left: whoever waits has no answer, now and from now on. */
  abandon(): readonly Write[]
}

interface Options {
  readonly access: DatabaseAccess
  readonly clock: Clock
  readonly log: Log
  /** The current state, to be written where the past was lost. */
  readonly seed: () => readonly Write[]
  /** Why nothing can be written at first; null where it can be. */
  readonly trouble: string | null
}

interface Entry {
  readonly write: Write
  /** Who waits for it, and since when; null for nobody, or once the wait was refused. */
  waiter: { readonly resolve: () => void; readonly reject: (error: Error) => void; readonly sinceMs: number } | null
}

/**
 * What the queue does: `idle` → startWriting → `writing` → written or failed → `idle`, and from everywhere stop → `closed`
 * or `abandoned`.
 */
type Phase =
  /** The timer starts the next write. Only before the first one, and within a transition, is there none. */
  | { readonly kind: 'idle'; readonly timer: { readonly atMs: number; readonly cancel: () => void } | null }
  /** One transaction is under way. What comes meanwhile waits for the next. */
  | {
      readonly kind: 'writing'
      readonly entries: readonly Entry[]
      readonly cancelLimit: () => void
      readonly ended: Promise<void>
    }
  | { readonly kind: 'closed' }
  | { readonly kind: 'abandoned' }

/** In every phase: from the first failure, or silence, until something is written. Meanwhile nobody waits. */
interface Trouble {
  readonly reason: string
  readonly sinceMs: number
  /** Checks that were forgotten. */
  readonly lostCount: number
}

/** What the next write has to do besides: write the current state, or first replace the file by an empty one. */
type Repair = 'none' | 'seed' | 'replace'

const IDLE: Phase = { kind: 'idle', timer: null }

/** One transaction takes all that has come during the one before: many changes share one wait for the disk. */
export function createWriteQueue({ access, clock, log, seed, trouble: atFirst }: Options): WriteQueue {
  /** In order, behind what is being written. */
  let waiting: Entry[] = []
  let phase: Phase = IDLE
  let trouble: Trouble | null = null
  let repair: Repair = 'none'
  /** The wall clock as far as it was followed: if it jumps and Minitor dies before that is saved, the next start finds it. */
  let aheadMs = clock.wallMs() - clock.monotonicMs()
  const followedMs = () => Math.floor(clock.monotonicMs() + aheadMs)

  const writeWithin = (delayMs: number) => {
    if (phase.kind !== 'idle') return
    const atMs = clock.monotonicMs() + delayMs
    if (phase.timer !== null && phase.timer.atMs <= atMs) return
    phase.timer?.cancel()
    phase = { kind: 'idle', timer: { atMs, cancel: clock.setTimer(delayMs, startWriting) } }
  }

  const startWriting = () => {
    if (phase.kind !== 'idle') return
    phase.timer?.cancel()
    const entries = waiting
    waiting = []
    const cancelLimit = limitWait(entries)
    phase = { kind: 'writing', entries, cancelLimit, ended: send(entries).then((applied) => end(entries, applied)) }
  }

  /** Nobody waits longer than that for what is written now, or comes meanwhile. */
  const limitWait = (entries: readonly Entry[]) => {
    const nowMs = clock.monotonicMs()
    const sinceMs = entries.find(({ waiter }) => waiter !== null)?.waiter?.sinceMs ?? nowMs
    return clock.setTimer(Math.max(0, sinceMs + TELL_ANYWAY_MS - nowMs), () => {
      enterTrouble(NO_ANSWER)
      refuse([...entries, ...waiting], NO_ANSWER)
    })
  }

  const send = async (entries: readonly Entry[]): Promise<Applied> => {
    if (repair === 'replace') {
      const replaced = await access.replace(clock.wallMs())
      if (replaced.kind === 'failed') return replaced
      repair = 'seed'
      const aside = replaced.setAside === '' ? '' : `; the old file is ${replaced.setAside}`
      log.write('error', `history begins anew in a new database, with the current state${aside}`)
    }
    const isSeeding = repair === 'seed'
    // Another repair may become necessary while this is written.
    repair = 'none'
    const writes = entries.map(({ write }) => write)
    const applied = await access.apply(isSeeding ? [...writes, ...seed()] : writes, followedMs())
    if (isSeeding && applied.kind === 'failed') needSeed()
    return applied
  }

  const end = (entries: readonly Entry[], applied: Applied) => {
    if (phase.kind !== 'writing') return
    phase.cancelLimit()
    phase = IDLE
    if (applied.kind === 'kept') written(entries, applied.refused)
    else failed(entries, applied)
  }

  const written = (entries: readonly Entry[], refused: readonly string[]) => {
    for (const reason of refused) log.write('error', `a bug in Minitor, please report it: ${reason}`)
    for (const { waiter } of entries) waiter?.resolve()
    leaveTrouble()
    if (repair !== 'none' || waiting.some(({ waiter }) => waiter !== null)) writeWithin(0)
    else writeWithin(waiting.length > 0 ? GATHER_MS : ALIVE_EVERY_MS)
  }

  const failed = (entries: readonly Entry[], { reason, isDamaged }: Extract<Applied, { kind: 'failed' }>) => {
    // A file that is damaged again before anything was written to it is not replaced over and over.
    const isReplacedAtOnce = isDamaged && repair === 'none'
    if (isDamaged) repair = 'replace'
    enterTrouble(reason)
    waiting = [...entries, ...waiting]
    if (isReplacedAtOnce) return writeWithin(0)
    refuse(waiting, reason)
    forgetIfTooMany()
    writeWithin(RETRY_MS)
  }

  const enterTrouble = (reason: string) => {
    if (trouble === null) log.write('error', `state and history cannot be saved for now: ${reason}`)
    trouble = { sinceMs: clock.monotonicMs(), lostCount: 0, ...trouble, reason }
  }

  const leaveTrouble = () => {
    if (trouble === null) return
    const { lostCount } = trouble
    const lost = lostCount === 0 ? '' : `; of ${plural(lostCount, 'check')} only the outcome is known`
    log.write('info', `state and history are saved again${lost}`)
    trouble = null
  }

  const stop = (stopped: Extract<Phase, { kind: 'closed' | 'abandoned' }>): readonly Entry[] => {
    if (phase.kind === 'writing') waiting = [...phase.entries, ...waiting]
    if (phase.kind === 'idle') phase.timer?.cancel()
    if (phase.kind === 'writing') phase.cancelLimit()
    phase = stopped
    return waiting
  }

  const needSeed = () => {
    if (repair === 'none') repair = 'seed'
  }

  const refuse = (entries: readonly Entry[], reason: string) => {
    for (const entry of entries) {
      entry.waiter?.reject(new Error(reason))
      entry.waiter = null
    }
  }

  const add = (entry: Entry) => {
    if (phase.kind === 'abandoned') return
    if (phase.kind === 'closed') return refuse([entry], STOPPED)
    if (entry.write.kind === 'unwatched') aheadMs = entry.write.unwatched.toMs - clock.monotonicMs()
    waiting.push(entry)
    if (trouble === null) return writeWithin(entry.waiter === null ? GATHER_MS : 0)
    refuse([entry], trouble.reason)
    forgetIfTooMany()
  }

  /**
   * In trouble only. The current state is written in the end; only what that lacks must not be forgotten. The time of the
   * forgotten checks counts as neither up nor down.
   */
  const forgetIfTooMany = () => {
    if (trouble === null || waiting.length <= LONGEST_QUEUE) return
    const lost = waiting.flatMap(({ write }) => (write.kind === 'check' ? [write.change.check] : []))
    const fromMs = lost[0]?.startedAtMs ?? 0
    const gap = { fromMs, toMs: Math.max(fromMs, clock.wallMs()) }
    const firstLost = waiting.findIndex(({ write }) => write.kind === 'check')
    waiting = waiting.flatMap((entry, index): Entry[] => {
      if (NOT_IN_STATE.has(entry.write.kind)) return [entry]
      return index === firstLost ? [{ write: { kind: 'unwatched', unwatched: gap }, waiter: null }] : []
    })
    trouble = { ...trouble, lostCount: trouble.lostCount + lost.length }
    needSeed()
  }

  if (atFirst !== null) enterTrouble(atFirst)
  writeWithin(atFirst === null ? ALIVE_EVERY_MS : RETRY_MS)
  return {
    add(write) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      add({ write, waiter: { resolve, reject, sinceMs: clock.monotonicMs() } })
      return promise
    },
    addRoutine: (write) => add({ write, waiter: null }),
    replaceFile(reason) {
      log.write('error', `the database is damaged: ${reason}`)
      repair = 'replace'
      writeWithin(0)
    },
    troubles() {
      if (trouble === null) return []
      const seconds = Math.round((clock.monotonicMs() - trouble.sinceMs) / 1000)
      return [`state and history have not been saved for ${seconds} s: ${trouble.reason}`]
    },
    async close() {
      let isLate = false
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const cancel = clock.setTimer(CLOSE_MS, () => {
        isLate = true
        resolve()
      })
      // In trouble two more: the first may find a damaged file, which the second replaces.
      for (let triesLeft = 2; !isLate && (waiting.length > 0 || phase.kind === 'writing'); ) {
        if (phase.kind === 'idle') {
          if (trouble !== null && triesLeft-- === 0) break
          startWriting()
        }
        if (phase.kind === 'writing') await Promise.race([phase.ended, late])
      }
      cancel()
      const unwritten = stop({ kind: 'closed' })
      refuse(unwritten, STOPPED)
      if (unwritten.length > 0)
        log.write('error', `${plural(unwritten.length, 'change')} could not be saved before the end`)
    },
    abandon: () => stop({ kind: 'abandoned' }).map(({ write }) => write),
  }
}
