import type { Config } from '../../src/core/model/config.ts'
import type { Monitor } from '../../src/core/model/types.ts'
import type { Scene, Witness } from './witness.ts'

/** How long other work may hold up a check. */
const LATE_MS = 100
/** Wall times are whole milliseconds, and timers a hair early. */
const INEXACT_MS = 4
/** A longer gap is a standstill, after which due checks are planned anew. */
const STALL_MS = 1000
/** How long nothing starts when resources run out. */
const LONGEST_PAUSE_MS = 6000
const STARVED_MS = 5 * 60_000

/** A monitor's checks in one life, in milliseconds of the world. */
interface Track {
  /** Some slot of its grid; null until it is known. */
  gridMs: number | null
  /** When its next check is due; null where that cannot be known from outside. */
  expectedMs: number | null
  startedAtMs: number | null
  /** When that check started; a reload may change it. */
  wasParent: boolean
  /** Its last check was a late one, after which half an interval stays free. */
  isPlanned: boolean
  sinceMs: number
}

/** Checks that checks start in time, in slots that do not move, without bursts, and that no monitor is forgotten. */
export function createScheduleWitness({ timeline, accuse, config }: Scene): Witness {
  const tracks = new Map<string, Track>()
  const running = new Set<string>()
  let schedules = new Map<string, string>()
  let limit = 0
  let shortUntilMs = 0
  let isFirstConfig = true
  let disturbedAtMs = 0
  let fullAtMs = Number.NEGATIVE_INFINITY

  const monitorOf = (name: string) => config().monitors.find((one) => one.name === name)
  const isParent = (name: string) => config().monitors.some(({ dependsOn }) => dependsOn.includes(name))
  const newTrack = (gridMs: number | null): Track => ({
    gridMs,
    expectedMs: null,
    startedAtMs: null,
    wasParent: false,
    isPlanned: true,
    sinceMs: timeline.nowMs,
  })
  const noteFull = () => {
    if (running.size >= limit) fullAtMs = timeline.nowMs
  }

  const judgeStart = (name: string, track: Track, intervalMs: number) => {
    const { expectedMs, startedAtMs, isPlanned, wasParent } = track
    // A child may have asked for it while its last check ran, and before a reload ended the dependency.
    const isOutOfTurn = isParent(name) || wasParent
    const nowMs = timeline.nowMs
    if (isPlanned && startedAtMs !== null && startedAtMs > disturbedAtMs && !isOutOfTurn) {
      const apartMs = nowMs - startedAtMs
      const isRetrying = monitorOf(name)?.retryIntervalMs != null
      const isHeldUp = Math.max(fullAtMs, shortUntilMs) > disturbedAtMs
      if (apartMs < intervalMs / 2 - LATE_MS && !isRetrying && !isHeldUp) {
        accuse('what was missed is not caught up', `${name} again after ${apartMs} ms`)
      }
    }
    if (expectedMs === null) return
    const lateMs = nowMs - expectedMs
    if (lateMs < -INEXACT_MS && !isOutOfTurn) accuse('a check keeps its slot', `${name} is ${-lateMs} ms early`)
    if (lateMs > LATE_MS && fullAtMs < expectedMs && shortUntilMs < expectedMs)
      accuse('nothing delays a check', `${name} is ${lateMs} ms late`)
  }

  /** The next slot of the grid, or sooner where a failing monitor has its own interval. */
  const expect = (monitor: Monitor, track: Track, slotMs: number, isFailing: boolean) => {
    if (monitor.schedule.kind !== 'interval') return null
    const { intervalMs } = monitor.schedule
    const nowMs = timeline.nowMs
    const { startedAtMs, wasParent } = track
    if (startedAtMs === null) return null
    // A check that ends just as a standstill ends is planned anew with the others.
    if (nowMs < disturbedAtMs + INEXACT_MS) return null
    // It ran out of turn, and its slot is still to come; from outside that looks like a planned check.
    if (slotMs > startedAtMs + INEXACT_MS && wasParent) return null
    const passed = (nowMs - slotMs) / intervalMs
    if (Math.abs(passed - Math.round(passed)) * intervalMs < INEXACT_MS && passed > 0.5) return null
    const nextMs = slotMs + intervalMs * (Math.max(0, Math.floor(passed)) + 1)
    if (!isFailing || monitor.retryIntervalMs === null) return nextMs
    return Math.min(nextMs, Math.max(nowMs, startedAtMs + monitor.retryIntervalMs))
  }

  return {
    began({ snapshot, config: first }) {
      tracks.clear()
      running.clear()
      shortUntilMs = 0
      isFirstConfig = true
      disturbedAtMs = timeline.nowMs
      fullAtMs = Number.NEGATIVE_INFINITY
      for (const { name, schedule } of first.monitors) {
        const slotAtMs = snapshot.monitors.get(name)?.slotAtMs ?? null
        if (schedule.kind !== 'interval' || slotAtMs === null) continue
        const isWrong = slotAtMs > timeline.wallMs() + schedule.intervalMs - INEXACT_MS
        tracks.set(name, newTrack(isWrong ? null : timeline.nowMs - (timeline.wallMs() - slotAtMs)))
      }
    },
    configured(next) {
      const before = schedules
      noteFull()
      limit = next.maxConcurrentChecks
      schedules = schedulesOf(next)
      // With a new limit, as many as before may run once the pause is over.
      if (shortUntilMs === Number.POSITIVE_INFINITY) shortUntilMs = timeline.nowMs + LONGEST_PAUSE_MS
      for (const [name, schedule] of isFirstConfig ? [] : schedules) {
        if (before.get(name) !== schedule) tracks.delete(name)
      }
      for (const { name } of next.monitors) tracks.set(name, tracks.get(name) ?? newTrack(null))
      isFirstConfig = false
    },
    frozen(ms) {
      for (const track of tracks.values()) {
        track.expectedMs = null
        if (ms > STALL_MS) track.isPlanned = true
      }
      disturbedAtMs = Math.max(disturbedAtMs, timeline.nowMs + ms)
    },
    checkStarted({ env }) {
      const name = env.MINITOR_MONITOR_NAME ?? ''
      const track = tracks.get(name) ?? newTrack(null)
      tracks.set(name, track)
      noteFull()
      const schedule = monitorOf(name)?.schedule
      if (schedule?.kind === 'interval' && timeline.nowMs > shortUntilMs) judgeStart(name, track, schedule.intervalMs)
      running.add(name)
      noteFull()
      if (track.startedAtMs !== null && track.startedAtMs > disturbedAtMs) track.isPlanned = false
      track.startedAtMs = timeline.nowMs
      track.wasParent = isParent(name)
      track.expectedMs = null
    },
    checkEnded({ env }, ending) {
      noteFull()
      running.delete(env.MINITOR_MONITOR_NAME ?? '')
      if (ending.kind === 'void' && ending.isExhausted) shortUntilMs = Number.POSITIVE_INFINITY
    },
    committed({ check, state, slotAtMs }) {
      const track = tracks.get(check.monitor)
      const monitor = monitorOf(check.monitor)
      if (track === undefined || monitor === undefined || monitor.schedule.kind !== 'interval') return
      if (slotAtMs === null) return
      const slotMs = timeline.nowMs - (timeline.wallMs() - slotAtMs)
      const { intervalMs } = monitor.schedule
      const offMs = track.gridMs === null ? 0 : Math.abs(slotMs - track.gridMs) % intervalMs
      if (Math.min(offMs, intervalMs - offMs) > INEXACT_MS) {
        accuse('the grid of a monitor does not move', `${check.monitor} by ${offMs} of ${intervalMs} ms`)
      }
      // Only the first slot counts: a grid that creeps must be noticed.
      track.gridMs ??= slotMs
      track.expectedMs = expect(monitor, track, slotMs, state.status === 'failing')
    },
    pulsed() {
      for (const { name, schedule, isEnabled } of config().monitors) {
        const track = tracks.get(name)
        if (!isEnabled || schedule.kind !== 'interval' || timeline.nowMs < shortUntilMs || running.has(name)) continue
        const lastMs = Math.max(track?.startedAtMs ?? track?.sinceMs ?? timeline.nowMs, disturbedAtMs, fullAtMs)
        const restMs = timeline.nowMs - lastMs
        if (restMs > 2 * schedule.intervalMs + STARVED_MS) accuse('nobody is forgotten', `${name} for ${restMs} ms`)
      }
    },
  }
}

function schedulesOf({ monitors }: Config): Map<string, string> {
  return new Map(monitors.map(({ name, schedule, isEnabled }) => [name, JSON.stringify([schedule, isEnabled])]))
}
