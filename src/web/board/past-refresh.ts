import { onEdge } from '../../core/model/on-edge.ts'
import type { Clock, Log } from '../../core/model/ports.ts'
import { type MonitorPast, type Past, PastUnavailable } from '../../core/past/past.ts'
import { DAY_MS } from '../../core/text/time.ts'

/** The past of all monitors is read this often: the cell of a day and the uptime of hours change little meanwhile. */
const ALL_EVERY_MS = 300_000
/** Monitors with news are gathered for this long; by then the news is in the file. */
const GATHER_MS = 1000
const RETRY_MS = 10_000
/** Monitors read at once: taking thousands from another thread would hold up everything else. */
const READ_AT_ONCE = 500

/** Reads the past of monitors in the background, and again when it has changed. */
export interface PastRefresh {
  /** Reads these monitors soon. */
  want(monitors: Iterable<string>): void
  close(): void
}

interface Options {
  readonly past: Pick<Past, 'overview'>
  readonly clock: Clock
  readonly log: Log
  /** The names of all monitors. */
  readonly all: () => Iterable<string>
  readonly onRead: (pasts: ReadonlyMap<string, MonitorPast>) => void
}

/** Reads all monitors at first, every few minutes, and when a day (UTC) has ended. One reading at a time. */
export function createPastRefresh({ past, clock, log, all, onRead }: Options): PastRefresh {
  const wanted = new Set<string>()
  let isReading = false
  let isClosed = false
  let cancelSoon: (() => void) | null = null
  let cancelAll = () => {}

  const report = onEdge(log, {
    begins(error: unknown) {
      const isExpected = error instanceof PastUnavailable
      const reason = isExpected ? String(error.cause) : `a bug in Minitor, please report it: ${String(error)}`
      return [isExpected ? 'warn' : 'error', `history cannot be shown for now: ${reason}`]
    },
    ends: 'history can be shown again',
  })

  const readIn = (delayMs: number) => {
    if (isClosed || isReading) return
    cancelSoon ??= clock.setTimer(delayMs, () => {
      cancelSoon = null
      void read()
    })
  }

  const read = async () => {
    const monitors = [...wanted].slice(0, READ_AT_ONCE)
    for (const monitor of monitors) wanted.delete(monitor)
    isReading = true
    const reading = await past.overview(monitors, clock.wallMs()).catch(notRead)
    isReading = false
    if (isClosed) return
    if (reading !== null) {
      onRead(reading)
      report(null)
    }
    for (const monitor of reading === null ? monitors : []) wanted.add(monitor)
    const pauseMs = monitors.length === READ_AT_ONCE ? 0 : GATHER_MS
    if (wanted.size > 0) readIn(reading === null ? RETRY_MS : pauseMs)
  }

  const notRead = (error: unknown): null => {
    if (!isClosed) report(error)
    return null
  }

  const readAll = () => {
    for (const monitor of all()) wanted.add(monitor)
    if (wanted.size > 0) readIn(0)
    const toMidnightMs = DAY_MS - (clock.wallMs() % DAY_MS)
    cancelAll = clock.setTimer(Math.min(ALL_EVERY_MS, toMidnightMs), readAll)
  }

  readAll()
  return {
    want(monitors) {
      for (const monitor of monitors) wanted.add(monitor)
      if (wanted.size > 0) readIn(GATHER_MS)
    },
    close() {
      isClosed = true
      cancelSoon?.()
      cancelAll()
    },
  }
}
