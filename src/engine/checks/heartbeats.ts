import { lateCheck, pingCheck } from '../../core/decide/ping-check.ts'
import { nextSlot } from '../../core/decide/schedule.ts'
import type { Clock, Heartbeats, Ping, ReceivedPing, Store } from '../../core/model/ports.ts'
import { MINUTE_MS } from '../../core/text/time.ts'
import type { Conclude } from './conclude.ts'
import { createStandstill } from './stillness.ts'
import { dueAt, noteDue, type Watched } from './watched.ts'

/** After a late ping that counts for nothing, as the guard fails, it is looked again this soon. */
const LOOK_AGAIN_MS = MINUTE_MS

/** The monitors that are pinged instead of running a command. Their `slotMs` is when the next ping is due. */
export interface HeartbeatWatch extends Heartbeats {
  /** Takes pings for these from now on. */
  apply(monitors: Iterable<Watched>): void
  /** Concludes that a ping is late, if it is; resolves to when it is to be looked again, in monotonic milliseconds. */
  look(watched: Watched, free: () => void): Promise<number>
  /** The wall clock was set by so much. */
  clockSet(byMs: number): void
  /** Takes no more pings. */
  stop(): void
}

interface Options {
  readonly clock: Clock
  readonly store: Store
  readonly nextRunId: () => string
  readonly conclude: Conclude
  /** Whether the monitor is still one of the configuration, and Minitor is not stopping. */
  readonly isCurrent: (watched: Watched) => boolean
  readonly mask: (text: string) => string
  readonly followWallClock: () => void
}

export function createHeartbeats(options: Options): HeartbeatWatch {
  const { clock, store, nextRunId, conclude, isCurrent, mask, followWallClock } = options
  let byKey = new Map<string, Watched>()
  let isStopped = false
  const turns = createPingTurns()

  /** Deadlines are stretched by the time in which nobody listened. */
  const standstill = createStandstill(clock, (lastMs) => move(() => lastMs))

  const move = (byMs: (watched: Watched) => number) => {
    for (const watched of byKey.values()) {
      if (!watched.monitor.isEnabled) continue
      watched.slotMs += byMs(watched)
      noteDue(watched, { clock, store })
    }
  }

  const concludeLate = async (watched: Watched, { lastStartMs }: Turn): Promise<void> => {
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
    const concluded = await conclude(watched, late, () => isCurrent(watched))
    if (concluded?.check.outcome !== 'void') return
    const graceMs = watched.monitor.heartbeat?.graceMs ?? 0
    watched.slotMs = Math.min(watched.slotMs, clock.monotonicMs() + LOOK_AGAIN_MS - graceMs)
    noteDue(watched, { clock, store })
  }

  const take = async (watched: Watched, turn: Turn, { ping, key }: { ping: Ping; key: string }) => {
    const isOurs = () => isCurrent(watched) && watched.monitor.heartbeat?.key === key
    if (!isOurs()) return null
    if (ping.kind === 'start') turn.start(ping.rid, clock.monotonicMs())
    if (ping.kind === 'start' || ping.kind === 'log' || !watched.monitor.isEnabled) return keep(ping)
    const startedMs = turn.end(ping.rid)
    const durationMs = ping.durationMs ?? (startedMs === null ? null : clock.monotonicMs() - startedMs)
    const ended = { ...ping, durationMs }
    watched.slotMs = watched.timetable.after(clock.monotonicMs())
    return conclude(watched, pingCheck(ended, nextRunId()), isOurs, ended)
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
      standstill.look()
      followWallClock()
      const ping = { ...received, body: mask(received.body), monitor: watched.monitor.name, atMs: clock.wallMs() }
      const taken = await turn.next(() => take(watched, turn, { ping, key }))
      if (taken === null) return isStopped ? 'not_kept' : 'unknown'
      return (await taken.kept) ? 'kept' : 'not_kept'
    },
    apply(monitors) {
      byKey = new Map()
      for (const watched of monitors) {
        const { heartbeat } = watched.monitor
        if (heartbeat !== null) byKey.set(heartbeat.key, watched)
      }
      standstill.setActive(byKey.size > 0)
    },
    async look(watched, free) {
      standstill.look()
      followWallClock()
      if (dueAt(watched) <= clock.monotonicMs()) {
        const turn = turns.of(watched)
        await turn.next(() => {
          free()
          return concludeLate(watched, turn)
        })
      }
      return dueAt(watched)
    },
    clockSet(byMs) {
      // Set forward, the time between was not watched. Set back, a time of a cron schedule is further away than it was.
      move(({ monitor }) => (monitor.schedule.kind === 'cron' ? Math.max(0, -byMs) : 0))
    },
    stop() {
      isStopped = true
      standstill.setActive(false)
    },
  }
}

/** When a ping is due next, and can still be late, after one that is late at `nowMs`. */
function dueAfterLate({ slotMs, timetable, monitor: { schedule, heartbeat } }: Watched, nowMs: number): number {
  const afterMs = nowMs - (heartbeat?.graceMs ?? 0)
  if (schedule.kind === 'cron') return timetable.after(Math.max(slotMs, afterMs))
  return nextSlot({ slotMs, intervalMs: schedule.intervalMs, afterMs }).atMs
}

/** A ping that has to wait for so many others of its heartbeat, while the guard is asked say, is turned away. */
const MOST_WAITING = 1000
/** Of each heartbeat so many starts are remembered that have had no end. */
const STARTS_KEPT = 100

/** What is concluded of one heartbeat, one thing after the other, and the jobs that have said that they began. */
export interface Turn {
  readonly isFull: boolean
  /** Does this once all that came before it is done. */
  next<Result>(work: () => Promise<Result>): Promise<Result>
  /** Times are monotonic milliseconds. */
  start(rid: string | null, atMs: number): void
  /** Ends a job; returns when it began, null if nobody has said so. Without `rid` it is the last that began without one. */
  end(rid: string | null): number | null
  /** When the last of the jobs that have not ended began. */
  lastStartMs(): number | null
}

export function createPingTurns(): { of(watched: Watched): Turn } {
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
  }
}
