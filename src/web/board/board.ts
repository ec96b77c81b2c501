import type { Clock, Log } from '../../core/model/ports.ts'
import type { Present, PresentMonitor } from '../../core/model/present.ts'
import type { MonitorPast, Past } from '../../core/past/past.ts'
import { type MonitorView, viewOf } from '../../core/past/view.ts'
import { createPastRefresh } from './past-refresh.ts'

/** A monitor as everybody sees it, and what only the daemon knows of it. */
export type BoardMonitor = Omit<PresentMonitor, 'lastCheck'> & MonitorView

/** Slugs of the monitors that have changed; null: all may have. */
export type ChangeListener = (slugs: ReadonlySet<string> | null) => void

/** Present and past of every monitor, cheap to read. */
export interface Board {
  /** In the order of the configuration; at most a quarter of a second behind the checks. */
  monitors(): readonly BoardMonitor[]
  /** As it is now. */
  bySlug(slug: string): BoardMonitor | undefined
  /** Grows with every change of what `monitors` returns. */
  readonly version: number
  /** Calls the listener at most four times a second. Returns a function that stops it. */
  onChange(listener: ChangeListener): () => void
  close(): void
}

interface Options {
  readonly present: Present
  readonly past: Pick<Past, 'overview'>
  readonly clock: Clock
  readonly log: Log
  /** Where exceptions in the background go; see `Faults`. */
  readonly report: (error: unknown, during: string) => void
}

/** Changes are shown and reported at most this often: hundreds of checks may end in a second. */
const GATHER_MS = 250
/** Monitors read before other work gets its turn: a few milliseconds. */
const READ_AT_ONCE = 500

export function createBoard({ present, past, clock, log, report }: Options): Board {
  const listeners = new Set<ChangeListener>()
  /** By name, in the order of the configuration. */
  let shown = new Map<string, BoardMonitor>()
  let list: readonly BoardMonitor[] | null = null
  let version = 0
  /** Names of monitors to read again. */
  const ended = new Set<string>()
  /** Slugs that listeners have not heard of; null is all. */
  let changed: Set<string> | null = new Set()
  let gatheredMs = -Infinity
  let cancelGather: (() => void) | null = null
  let cancelRound: (() => void) | null = null

  const withPast = (now: PresentMonitor): BoardMonitor => viewOf(now, shown.get(nameOf(now))?.past ?? null)
  const namesOfMoved = (read: readonly PresentMonitor[]) =>
    read.filter(({ monitor, state }) => state.status !== shown.get(monitor.name)?.state.status).map(nameOf)

  /** What goes wrong in a timer would end the daemon. */
  const safely = (work: () => void) => () => {
    try {
      work()
    } catch (error) {
      report(error, 'keeping the pages up to date')
    }
  }

  const gatherSoon = () => {
    cancelGather ??= clock.setTimer(Math.max(0, gatheredMs + GATHER_MS - clock.monotonicMs()), safely(gather))
  }

  const gather = () => {
    cancelGather = null
    gatheredMs = clock.monotonicMs()
    if (cancelRound === null) readEnded()
    const news = changed
    changed = new Set()
    if (news?.size !== 0) for (const listener of [...listeners]) safely(() => listener(news))()
  }

  const change = (monitors: readonly BoardMonitor[]) => {
    if (monitors.length === 0) return
    for (const one of monitors) {
      shown.set(nameOf(one), one)
      changed?.add(one.slug)
    }
    list = null
    version++
  }

  const readEnded = () => {
    const slugs = [...ended].flatMap((name) => shown.get(name)?.slug ?? [])
    ended.clear()
    const now = slugs.flatMap((slug) => present.bySlug(slug) ?? [])
    refresh.want(namesOfMoved(now))
    change(now.map(withPast))
  }

  /** In pieces. Monitors whose checks end meanwhile are read afterwards. */
  const readAll = () => {
    cancelRound?.()
    const rest = present.monitors()[Symbol.iterator]()
    const read: PresentMonitor[] = []
    const readOn = () => {
      cancelRound = null
      for (const endCount = read.length + READ_AT_ONCE; read.length < endCount; ) {
        const next = rest.next()
        if (next.done) return showAll(read)
        read.push(next.value)
      }
      cancelRound = clock.setTimer(0, safely(readOn))
    }
    readOn()
  }

  const showAll = (read: readonly PresentMonitor[]) => {
    refresh.want(namesOfMoved(read))
    shown = new Map(read.map((one) => [nameOf(one), withPast(one)]))
    list = null
    version++
    changed = null
    gatherSoon()
  }

  const showPasts = (pasts: ReadonlyMap<string, MonitorPast>) => {
    change(
      [...pasts].flatMap(([name, past]) => {
        const monitor = shown.get(name)
        return monitor === undefined ? [] : [viewOf(monitor, past)]
      }),
    )
    gatherSoon()
  }

  for (const one of present.monitors()) shown.set(nameOf(one), withPast(one))
  const refresh = createPastRefresh({
    past,
    clock,
    log,
    all: () => shown.keys(),
    onRead: (pasts) => safely(() => showPasts(pasts))(),
  })
  const stopListening = present.onChange((monitor) => {
    if (monitor === null) return safely(readAll)()
    ended.add(monitor)
    gatherSoon()
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
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      stopListening()
      refresh.close()
      listeners.clear()
      cancelGather?.()
      cancelRound?.()
    },
  }
}

function nameOf({ monitor }: Pick<PresentMonitor, 'monitor'>): string {
  return monitor.name
}
