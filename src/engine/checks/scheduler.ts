import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import type { Clock } from '../../core/model/ports.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import { createDueHeap } from './due-heap.ts'

/** Timers overflow at 2^31 ms, and cron slots move with the wall clock: never sleep longer than this. */
const LONGEST_SLEEP_MS = MINUTE_MS
/** While pings are waited for, when a stall began must be known to the second. */
export const LISTENING_SLEEP_MS = 1000
/** A timer this late means that Minitor itself stood still: stopped, or starved. */
const STALL_MS = 1000
/** The share of the tasks that ran when resources ran out which may run at once from then on. */
const SHARE_AFTER_FAILURE = 0.75
/** After a failure, one more may run when none has started or ended for this long: what hangs must not hold up the rest. */
const PATIENCE_MS = 5000

/** Something to run again and again. Times are milliseconds of the clock's monotonic time. */
export interface Task {
  /**
   * Runs once for the slot `dueMs`; resolves to the next time it is due. Must not reject. Calls `free` to give up its
   * place before it is over: while it waits for something that takes nothing of this machine.
   */
  run(dueMs: number, free: () => void): Promise<number>
}

export interface Scheduler<Work extends Task> {
  /** Adds a task, or moves one that waits. One that runs now goes on, and returns itself when it is due next. */
  add(task: Work, dueMs: number): void
  /** A run under way goes on to its end, and is the last. */
  remove(task: Work): void
  isRunning(task: Work): boolean
  /** When a waiting task is due; null for one that runs, or was never added. */
  dueOf(task: Work): number | null
  /** Runs a task out of turn, or waits for the run under way; its slot stays. Resolves when it ended. */
  runNow(task: Work): Promise<void>
  /** A start has failed for lack of resources: fewer may run at once than do now, and none starts for `pauseMs`. */
  backOff(pauseMs: number): void
  /** One more may run at once, up to the limit. */
  relax(): void
  setLimit(maxBusy: number): void
  /** Whether stalls must be noticed even if no task became due in them. */
  setListening(isListening: boolean): void
  /** Notices a stall now instead of with the next timer. */
  noticeStall(): void
  /** Places that are taken: by tasks that run and have not freed theirs. */
  readonly busyCount: number
  /** How late the longest-overdue task is now, or the last one started was. */
  readonly lagMs: number
  families(): readonly MetricFamily[]
  /** Starts nothing more. */
  stop(): void
}

/** A task and when it is due, in monotonic milliseconds. */
export interface Due<Work> {
  readonly task: Work
  readonly dueMs: number
}

interface Options<Work> {
  readonly clock: Clock
  /** Minitor stood still for `lateMs` and now goes on: returns when to run what became due meanwhile. */
  replan(overdue: readonly Work[], lateMs: number): readonly Due<Work>[]
}

/**
 * Runs every task when it is due, one at a time until a higher limit is set (a semaphore), the longest overdue first. A
 * task is either waiting in the heap or running, so it cannot overlap itself. One timer serves all.
 */
export function createScheduler<Work extends Task>({ clock, replan }: Options<Work>): Scheduler<Work> {
  const heap = createDueHeap<Due<Work>>()
  const waiting = new Map<Work, Due<Work>>()
  const running = new Map<Work, Promise<void>>()
  const removed = new WeakSet<Work>()
  let busyCount = 0
  let longestSleepMs = LONGEST_SLEEP_MS
  let limit = 1
  let allowed = 1
  let lastLagMs = 0
  let heldUntilMs = -Infinity
  let movedMs = -Infinity
  let timer: { readonly atMs: number; readonly cancel: () => void } | null = null
  let isStopped = false

  const enter = (task: Work, dueMs: number) => {
    const entry = { task, dueMs }
    waiting.set(task, entry)
    heap.push(entry)
  }

  /** The entry due first; removed and replaced entries are dropped here rather than searched for. */
  const top = (): Due<Work> | undefined => {
    for (;;) {
      const entry = heap.peek()
      if (entry === undefined || waiting.get(entry.task) === entry) return entry
      heap.pop()
    }
  }

  const start = (task: Work, dueMs: number): Promise<void> => {
    let hasPlace = true
    busyCount++
    movedMs = clock.monotonicMs()
    const free = () => {
      if (hasPlace) {
        busyCount--
        movedMs = clock.monotonicMs()
      }
      hasPlace = false
      pump()
    }
    const run = task.run(dueMs, free).then((nextDueMs) => {
      running.delete(task)
      if (!removed.has(task)) enter(task, nextDueMs)
      free()
    })
    running.set(task, run)
    return run
  }

  const replanOverdue = (nowMs: number, lateMs: number) => {
    const overdue: Work[] = []
    for (let entry = top(); entry !== undefined && entry.dueMs <= nowMs; entry = top()) {
      heap.pop()
      waiting.delete(entry.task)
      overdue.push(entry.task)
    }
    for (const { task, dueMs } of replan(overdue, lateMs)) enter(task, dueMs)
  }

  const sleepUntil = (atMs: number, nowMs: number) => {
    if (timer !== null && timer.atMs <= atMs) return
    timer?.cancel()
    const wakeMs = Math.min(atMs, nowMs + longestSleepMs)
    timer = { atMs: wakeMs, cancel: clock.setTimer(Math.max(0, wakeMs - nowMs), wake) }
  }

  /** A timer may fire a little before its time: what matters is that it has fired, and another one is needed. */
  const wake = () => {
    const lateMs = clock.monotonicMs() - (timer?.atMs ?? 0)
    timer = null
    pump(lateMs)
  }

  const latenessMs = () => (timer === null ? 0 : clock.monotonicMs() - timer.atMs)

  const noticeStall = (lateMs = latenessMs()): boolean => {
    if (lateMs <= STALL_MS) return false
    // Without the timer nobody else notices the same stall.
    timer?.cancel()
    timer = null
    replanOverdue(clock.monotonicMs(), lateMs)
    return true
  }

  const pump = (lateMs = latenessMs()) => {
    if (isStopped) return
    noticeStall(lateMs)
    const nowMs = clock.monotonicMs()
    if (nowMs < heldUntilMs) return sleepUntil(heldUntilMs, nowMs)
    for (let entry = top(); entry !== undefined; entry = top()) {
      if (entry.dueMs > nowMs) return sleepUntil(entry.dueMs, nowMs)
      if (busyCount >= allowed) {
        // A task that ends starts others; the timer is there to notice a stall meanwhile.
        if (busyCount >= limit) return sleepUntil(nowMs + longestSleepMs, nowMs)
        if (nowMs < movedMs + PATIENCE_MS) return sleepUntil(movedMs + PATIENCE_MS, nowMs)
        allowed = busyCount + 1
      }
      heap.pop()
      waiting.delete(entry.task)
      lastLagMs = nowMs - entry.dueMs
      start(entry.task, entry.dueMs)
    }
    // With nothing but signal handlers to keep it alive, the runtime would spin instead of sleeping.
    sleepUntil(nowMs + longestSleepMs, nowMs)
  }

  const waitingCount = () => {
    const nowMs = clock.monotonicMs()
    let count = 0
    for (const { dueMs } of waiting.values()) if (dueMs <= nowMs) count++
    return count
  }

  const lagMs = () => {
    const entry = top()
    const overdueMs = entry === undefined ? 0 : clock.monotonicMs() - entry.dueMs
    return overdueMs > 0 ? overdueMs : lastLagMs
  }

  return {
    add(task, dueMs) {
      removed.delete(task)
      if (!running.has(task)) enter(task, dueMs)
      pump()
    },
    remove(task) {
      removed.add(task)
      waiting.delete(task)
    },
    isRunning: (task) => running.has(task),
    dueOf: (task) => waiting.get(task)?.dueMs ?? null,
    async runNow(task) {
      pump()
      const entry = waiting.get(task)
      if (entry === undefined) return running.get(task)
      waiting.delete(task)
      return start(task, entry.dueMs)
    },
    backOff(pauseMs) {
      // The one that has failed still has its place. Some room is left for what the running ones may start.
      allowed = Math.max(1, Math.floor((busyCount - 1) * SHARE_AFTER_FAILURE))
      heldUntilMs = clock.monotonicMs() + pauseMs
    },
    relax() {
      if (allowed < limit) allowed++
    },
    setLimit(maxBusy) {
      limit = maxBusy
      allowed = maxBusy
      pump()
    },
    setListening(isListening) {
      noticeStall()
      timer?.cancel()
      timer = null
      longestSleepMs = isListening ? LISTENING_SLEEP_MS : LONGEST_SLEEP_MS
      pump()
    },
    noticeStall() {
      if (noticeStall()) pump()
    },
    get busyCount() {
      return busyCount
    },
    get lagMs() {
      return lagMs()
    },
    families: () => [
      oneValue('gauge', 'minitor_checks_running', 'Checks that run at this moment.', () => busyCount),
      oneValue('gauge', 'minitor_checks_waiting', 'Checks that are due and wait for a free slot.', waitingCount),
      oneValue('gauge', 'minitor_schedule_lag_seconds', 'How late checks start.', () => lagMs() / 1000),
    ],
    stop() {
      noticeStall()
      isStopped = true
      timer?.cancel()
    },
  }
}
