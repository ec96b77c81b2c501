import { lateCheck, pingCheck } from '../../core/decide/ping-check.ts'
import { nextSlot } from '../../core/decide/schedule.ts'
import { type MetricFamily, oneValue } from '../../core/model/metric.ts'
import type { Clock, Heartbeats, Log, Ping, ReceivedPing, Store } from '../../core/model/ports.ts'
import { named } from '../../core/text/printable.ts'
import { HOUR_MS, MINUTE_MS } from '../../core/text/time.ts'
import type { Applied } from './applied.ts'
import type { Conclude } from './conclude.ts'
import { createPingLimits, type PingLimits } from './ping-limits.ts'
import type { Scheduler } from './scheduler.ts'
import type { UnwatchedTime } from './unwatched.ts'
import { dueAt, noteDue, type Watched, type Watchlist } from './watched.ts'

/** If a late ping counts for nothing, because the guard fails, it is checked again this soon. */
const LOOK_AGAIN_MS = MINUTE_MS
/** How often a heartbeat that is flooded is logged. */
const FLOOD_SAID_EVERY_MS = HOUR_MS

/** The monitors that wait for pings instead of running a command. Their `slotMs` is when the next ping is due. */
export interface HeartbeatWatch extends Heartbeats {
  /** Takes pings for the heartbeats of the watchlist as it is now. */
  apply(): void
  /** Concludes that a ping is late, if it is; resolves to when to ask again, in monotonic milliseconds. */
  look(watched: Watched, free: () => void): Promise<number>
  readonly family: MetricFamily
  /** Takes no more pings. */
  stop(): void
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  readonly nextRunId: () => string
  readonly conclude: Conclude
  readonly applied: () => Applied
  readonly watchlist: Watchlist
  readonly scheduler: Pick<Scheduler<Watched>, 'noticeStall' | 'setListening'>
  readonly unwatchedTime: UnwatchedTime
}

export function createHeartbeats(options: Options): HeartbeatWatch {
  const { clock, store, log, nextRunId, conclude, applied, watchlist, scheduler, unwatchedTime } = options
  let byKey = new Map<string, Watched>()
  let isStopped = false
  let mergedCount = 0
  const turns = createPingTurns()

  const concludeLate = async (watched: Watched, { lastStartMs, limits }: Turn): Promise<void> => {
    const nowMs = clock.monotonicMs()
    // While this waited for its turn, a ping may have come.
    if (dueAt(watched) > nowMs) return
    const atMs = clock.wallMs()
    const startedMs = lastStartMs()
    const late = lateCheck({
      monitor: watched.monitor.name,
      runId: nextRunId(),
      atMs,
      dueAtMs: atMs - (nowMs - watched.slotMs),
      lastSuccessAtMs: watched.state.lastSuccessAtMs,
      startedAtMs: startedMs === null ? null : atMs - (nowMs - startedMs),
    })
    watched.slotMs = dueAfterLate(watched, nowMs)
    limits.forgetLast()
    const concluded = await conclude(watched, late, () => watchlist.isWatched(watched), { ping: null })
    if (concluded?.check.outcome !== 'void') return
    const graceMs = watched.monitor.heartbeat?.graceMs ?? 0
    watched.slotMs = Math.min(watched.slotMs, clock.monotonicMs() + LOOK_AGAIN_MS - graceMs)
    noteDue(watched, { clock, store })
  }

  const take = async (watched: Watched, turn: Turn, { ping, key }: { ping: Ping; key: string }) => {
    const isCurrent = () => watchlist.isWatched(watched) && watched.monitor.heartbeat?.key === key
    if (!isCurrent()) return null
    if (ping.kind === 'start') turn.start(ping.rid, clock.monotonicMs())
    if (ping.kind === 'start' || ping.kind === 'log' || !watched.monitor.isEnabled) return keep(ping)
    const startedMs = turn.end(ping.rid)
    const nowMs = clock.monotonicMs()
    const admission = turn.limits.admit(ping.kind, nowMs)
    if (admission !== 'taken') reportFlood(watched, turn)
    if (admission === 'refused') return 'too_many'
    const { slotMs: dueMs, monitor, timetable } = watched
    watched.slotMs = timetable.afterPing({ atMs: nowMs, dueMs, graceMs: monitor.heartbeat?.graceMs ?? 0 })
    if (admission === 'merged') {
      mergedCount++
      return { kept: turn.kept }
    }
    const durationMs = ping.durationMs ?? (startedMs === null ? null : nowMs - startedMs)
    const ended = { ...ping, durationMs, body: turn.limits.keepsBody(ping.body, nowMs) ? ping.body : '' }
    const concluded = await conclude(watched, pingCheck(ended, nextRunId()), isCurrent, { ping: ended })
    if (concluded !== null) turn.kept = concluded.kept
    return concluded
  }

  const reportFlood = ({ monitor: { name } }: Watched, turn: Turn) => {
    const nowMs = clock.monotonicMs()
    if (nowMs - turn.floodSaidMs < FLOOD_SAID_EVERY_MS) return
    turn.floodSaidMs = nowMs
    const message = `${named(name)} is pinged more than once a second, and not every ping is stored: does somebody else know its key?`
    log.write('warn', message, { monitor: name })
  }

  const keep = (ping: Ping) => ({
    kept: store.keepPing(ping).then(
      () => true,
      () => false,
    ),
  })

  return {
    async ping(key, received: ReceivedPing) {
      const watched = byKey.get(key)
      if (watched === undefined) return 'unknown'
      const turn = turns.of(watched)
      if (isStopped || turn.isFull) return 'not_kept'
      scheduler.noticeStall()
      unwatchedTime.followClock()
      const body = applied().mask(received.body)
      const ping = { ...received, body, monitor: watched.monitor.name, atMs: clock.wallMs() }
      const taken = await turn.next(() => take(watched, turn, { ping, key }))
      if (taken === 'too_many') return taken
      if (taken === null) return isStopped ? 'not_kept' : 'unknown'
      return (await taken.kept) ? 'kept' : 'not_kept'
    },
    apply() {
      byKey = new Map()
      for (const watched of watchlist.byName.values()) {
        const { heartbeat } = watched.monitor
        if (heartbeat !== null) byKey.set(heartbeat.key, watched)
      }
      scheduler.setListening(byKey.size > 0)
    },
    async look(watched, free) {
      unwatchedTime.followClock()
      if (dueAt(watched) <= clock.monotonicMs()) {
        const turn = turns.of(watched)
        await turn.next(() => {
          free()
          return concludeLate(watched, turn)
        })
      }
      return dueAt(watched)
    },
    family: oneValue(
      'counter',
      'minitor_pings_merged_total',
      'Pings that said the same as the one before, came too soon after it, and were not stored.',
      () => mergedCount,
    ),
    stop() {
      isStopped = true
    },
  }
}

/** When the next ping is due that can still be late, after one that is late at `nowMs`. */
function dueAfterLate({ slotMs, timetable, monitor: { schedule, heartbeat } }: Watched, nowMs: number): number {
  const afterMs = nowMs - (heartbeat?.graceMs ?? 0)
  if (schedule.kind === 'cron') return timetable.after(Math.max(slotMs, afterMs))
  return nextSlot({ slotMs, intervalMs: schedule.intervalMs, afterMs }).atMs
}

/** More pings of one heartbeat that wait, while the guard runs for example, are refused. */
const MOST_WAITING = 1000
/** This many starts without an end are remembered for each heartbeat. */
const STARTS_KEPT = 100

/** The queue (a mutex) of one heartbeat, whose pings are concluded one after the other, and its jobs that began. */
export interface Turn {
  readonly isFull: boolean
  /** Does this once everything before it is done. */
  next<Result>(work: () => Promise<Result>): Promise<Result>
  /** Times are monotonic milliseconds. */
  start(rid: string | null, atMs: number): void
  /** Ends a job; returns when it began, null if that is not known. Without `rid` it is the last that began without one. */
  end(rid: string | null): number | null
  /** When the last of the jobs that have not ended began. */
  lastStartMs(): number | null
  readonly limits: PingLimits
  /** When it was last logged that there are too many. Monotonic milliseconds. */
  floodSaidMs: number
  /** Whether the last ping that was taken is on the disk, once that is known. */
  kept: Promise<boolean>
}

function createPingTurns(): { of(watched: Watched): Turn } {
  const turns = new WeakMap<Watched, Turn>()
  return {
    of(watched) {
      const turn = turns.get(watched) ?? createTurn()
      turns.set(watched, turn)
      return turn
    },
  }
}

function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve()
  let waitingCount = 0
  const starts = new Map<string | null, number>()
  return {
    get isFull() {
      return waitingCount >= MOST_WAITING
    },
    next(work) {
      waitingCount++
      const result = last.then(work).finally(() => {
        waitingCount--
      })
      last = result
      return result
    },
    start(rid, atMs) {
      starts.delete(rid)
      starts.set(rid, atMs)
      const [oldest] = starts.keys()
      if (starts.size > STARTS_KEPT && oldest !== undefined) starts.delete(oldest)
    },
    end(rid) {
      const startedMs = starts.get(rid) ?? null
      starts.delete(rid)
      return startedMs
    },
    lastStartMs: () => [...starts.values()].at(-1) ?? null,
    limits: createPingLimits(),
    floodSaidMs: -Infinity,
    kept: Promise.resolve(true),
  }
}
