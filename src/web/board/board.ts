import type { Clock, Log } from '../../core/model/ports.ts'
import type { Present, PresentMonitor } from '../../core/model/present.ts'
import type { CheckResult } from '../../core/model/types.ts'
import type { KeptCheck } from '../../core/past/kept.ts'
import type { MonitorPast, Past } from '../../core/past/past.ts'
import { type ChangeListener, createGatheredChanges } from './gathered-changes.ts'
import { createPastRefresh } from './past-refresh.ts'

/** A monitor with what an overview shows of its past; null until that was read for the first time. */
export interface BoardMonitor extends PresentMonitor {
  readonly past: MonitorPast | null
}

/** Its last check: that of this daemon, else the last one that is kept. Pure. */
export function lastCheckOf({
  lastCheck,
  past,
}: Pick<BoardMonitor, 'lastCheck' | 'past'>): KeptCheck | CheckResult | null {
  return lastCheck ?? past?.lastCheck ?? null
}

/** Since when it has its status (Unix epoch milliseconds), as far as anybody knows. Pure. */
export function sinceOf({ state, sinceMs, past }: Pick<BoardMonitor, 'state' | 'sinceMs' | 'past'>): number | null {
  return sinceMs ?? (state.status === 'up' ? (past?.upSinceMs ?? null) : null)
}

/** Present and past of every monitor in one cheap view. */
export interface Board {
  /** In the order of the configuration. It may lag a quarter of a second behind the checks. */
  monitors(): readonly BoardMonitor[]
  /** As it is now. */
  bySlug(slug: string): BoardMonitor | undefined
  /** Grows with every change of what `monitors` returns. */
  readonly version: number
  /**
   * Calls with the slugs of monitors that have changed, gathered, at most four times a second; with null each of them
   * may have. Returns how to stop.
   */
  onChange(listener: ChangeListener): () => void
  close(): void
}

interface Options {
  readonly present: Present
  readonly past: Pick<Past, 'overview'>
  readonly clock: Clock
  readonly log: Log
}

/** Checks that end within so long are looked at together: there may be hundreds in a second. */
const GATHER_MS = 250
/** So many monitors are looked at before others get their turn: a few milliseconds. */
const LOOKED_AT_ONCE = 500

export function createBoard({ present, past, clock, log }: Options): Board {
  const changes = createGatheredChanges(clock)
  /** By name, in the order of the configuration. */
  let shown = new Map<string, BoardMonitor>()
  let list: readonly BoardMonitor[] | null = null
  let version = 0
  /** Names of monitors to look at again. */
  const ended = new Set<string>()
  let cancelEnded: (() => void) | null = null
  let cancelRound: (() => void) | null = null

  const withPast = (now: PresentMonitor): BoardMonitor => ({ ...now, past: shown.get(now.monitor.name)?.past ?? null })

  const change = (slugs: readonly string[] | null) => {
    if (slugs?.length === 0) return
    list = null
    version++
    changes.add(slugs)
  }

  const lookAtEnded = () => {
    const before = [...ended].flatMap((name) => shown.get(name) ?? [])
    ended.clear()
    const now = before.flatMap(({ slug }) => present.bySlug(slug) ?? [])
    const moved = now.filter((one) => hasMoved(one, shown.get(one.monitor.name))).map(({ monitor }) => monitor.name)
    for (const one of now) shown.set(one.monitor.name, withPast(one))
    change(now.map(({ slug }) => slug))
    refresh.want(moved)
  }

  /** In pieces. What ends meanwhile is looked at afterwards. */
  const lookAtAll = () => {
    cancelRound?.()
    const rest = present.monitors()[Symbol.iterator]()
    const seen: PresentMonitor[] = []
    const lookOn = () => {
      cancelRound = null
      for (const endCount = seen.length + LOOKED_AT_ONCE; seen.length < endCount; ) {
        const next = rest.next()
        if (next.done) return show(seen)
        seen.push(next.value)
      }
      cancelRound = clock.setTimer(0, lookOn)
    }
    lookOn()
  }

  const show = (seen: readonly PresentMonitor[]) => {
    const moved = seen.filter((one) => hasMoved(one, shown.get(one.monitor.name))).map(({ monitor }) => monitor.name)
    shown = new Map(seen.map((one) => [one.monitor.name, withPast(one)]))
    change(null)
    refresh.want(moved)
    if (ended.size > 0) lookAtEnded()
  }

  const showPasts = (pasts: ReadonlyMap<string, MonitorPast>) => {
    const known = [...pasts].flatMap(([name, one]) => {
      const monitor = shown.get(name)
      return monitor === undefined ? [] : [{ ...monitor, past: one }]
    })
    for (const one of known) shown.set(one.monitor.name, one)
    change(known.map(({ slug }) => slug))
  }

  for (const one of present.monitors()) shown.set(one.monitor.name, withPast(one))
  const refresh = createPastRefresh({ past, clock, log, all: () => shown.keys(), onRead: showPasts })
  const stopListening = present.onChange((monitor) => {
    if (monitor === null) return lookAtAll()
    ended.add(monitor)
    cancelEnded ??= clock.setTimer(GATHER_MS, () => {
      cancelEnded = null
      if (cancelRound === null) lookAtEnded()
    })
  })

  return {
    monitors() {
      list ??= [...shown.values()]
      return list
    },
    bySlug(slug) {
      const now = present.bySlug(slug)
      return now === undefined ? undefined : withPast(now)
    },
    get version() {
      return version
    },
    onChange: changes.listen,
    close() {
      stopListening()
      refresh.close()
      changes.close()
      cancelEnded?.()
      cancelRound?.()
    },
  }
}

/** Whether its past has gone on in a way that everybody is to see soon. */
function hasMoved(now: PresentMonitor, before: PresentMonitor | undefined): boolean {
  return now.state.status !== before?.state.status
}
