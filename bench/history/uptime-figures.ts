import { readDatabase } from '../../src/store/file/open-for-reading.ts'
import { readMonitors } from '../../src/store/tables/monitors.ts'
import { readUptime } from '../../src/store/tables/uptime.ts'
import { dropFromCache } from '../disk.ts'
import { below, type Figure, fact } from '../measurement.ts'
import { renderMs, renderSpread } from '../statistics.ts'
import type { Subject } from './subject.ts'

const GOAL_MS = 5

/** The store's own query, of each monitor in turn, each with a connection of its own that has read nothing yet. */
export function* uptimeFigures({ database: path }: Subject): Generator<Figure> {
  const monitors = [...read(path, readMonitors).values()]
  const time = (monitor: (typeof monitors)[number]) => {
    const nowMs = Date.now()
    const beganMs = performance.now()
    read(path, (database) =>
      readUptime(database, { monitors: [monitor], windows: ['365d'], nowMs, watchedToMs: nowMs }),
    )
    return performance.now() - beganMs
  }
  const times = monitors.map(time)
  const coldTimes = monitors
    .filter((_, index) => index % 10 === 0)
    .map((monitor) => {
      dropFromCache([path])
      return time(monitor)
    })
  yield below(GOAL_MS, "a year's uptime of one monitor, with opening the file", times)
  yield fact('… with the file not in the page cache', renderSpread(coldTimes, renderMs))
}

function read<Result>(path: string, work: Parameters<typeof readDatabase<Result>>[1]): Result {
  const outcome = readDatabase(path, work)
  if (outcome.kind === 'refused') throw new Error(outcome.reason)
  return outcome.result
}
